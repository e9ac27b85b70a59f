/** Wikilinks by names that the files do not have as they are written, and by titles. */
import { describe, expect, test } from "bun:test";
import { createLinkResolver, type LinkTarget } from "../../../src/ingest/markdown/resolve.ts";

const document = (id: string, ...aliases: string[]): LinkTarget => ({ id, aliases });

describe("wikilinks whose files write their names in another way", () => {
  const ids = [
    "pages/books___to read.md",
    "pages/old%252Fway.md",
    "pages/What%253F.md",
    "journals/2026_11_16.md",
    "journals/2026_11_18.md",
    "diary/2026-11-18.md",
    "diary/November 19, 2026.md",
    "notes/Plan of 2026-11-20.md",
    "notes/parts/one.md",
    "notes/parts___one.md",
  ];
  const named = createLinkResolver([
    ...ids.map((id) => document(id)),
    document("notes/party.md", "Nov 18th, 2026"),
    { id: "notes/x.md", aliases: ["2026-11-21"], title: "November 16, 2026" },
  ]);
  test.each([
    ["books/to read", "pages/books___to read.md"],
    ["old/way", "pages/old%252Fway.md"],
    ["What?", "pages/What%253F.md"],
    ["parts/one", "notes/parts/one.md"],
    ["to read", undefined],
    ["Nov 16th, 2026", "journals/2026_11_16.md"],
    ["2026-11-16", "journals/2026_11_16.md"],
    ["Monday, 16 November 2026", "journals/2026_11_16.md"],
    ["November 16, 2026", "notes/x.md"],
    ["2026-11-18", "diary/2026-11-18.md"],
    ["2026_11_18", "journals/2026_11_18.md"],
    ["Nov 18th, 2026", "notes/party.md"],
    ["November 18, 2026", "diary/2026-11-18.md"],
    ["2026-11-19", "diary/November 19, 2026.md"],
    ["2026-11-20", undefined],
    ["Nov 21st, 2026", undefined],
    ["Nov 31st, 2026", undefined],
  ])("%s", (target, id) => {
    for (const source of ["notes/a.md", "b.md"]) {
      const resolution = named(source, { type: "wikilink", target, anchor: undefined });
      expect(resolution.kind === "resolved" ? resolution.id : undefined).toBe(id);
    }
    const inText = named("b.md", { type: "link", target, anchor: undefined });
    expect(inText.kind).not.toBe("resolved");
  });

  test("of several days the one in the folder of the link", () => {
    const link = { type: "wikilink", target: "Nov 18, 2026", anchor: undefined };
    expect(named("journals/2026_11_16.md", link)).toMatchObject({ id: "journals/2026_11_18.md" });
  });
});

describe("wikilinks by title", () => {
  const titled = createLinkResolver([
    { id: "20240101.md", aliases: [], title: "On Compost" },
    { id: "20240102.md", aliases: ["Worms"], title: "Of worms" },
    { id: "20240103.md", aliases: [], title: "Worms" },
    { id: "a/1.md", aliases: [], title: "Introduction" },
    { id: "b/1.md", aliases: [], title: "Introduction" },
    { id: "c#.md", aliases: [], title: "C# and F#" },
    { id: "Season.md", aliases: [], title: "On compost heaps" },
  ]);
  test.each([
    ["wikilink", "on compost", undefined, "20240101.md"],
    ["embed", "On Compost", undefined, "20240101.md"],
    ["wikilink", "On Compost", "Heat", "20240101.md"],
    ["wikilink", "C", " and F#", "c#.md"],
    ["wikilink", "Worms", undefined, "20240102.md"],
    ["wikilink", "Introduction", undefined, undefined],
    ["wikilink", "season", undefined, "Season.md"],
    ["related", "On Compost", undefined, undefined],
    ["link", "On Compost", undefined, undefined],
  ])("%s to %s # %s", (type, target, anchor, id) => {
    const resolution = titled("20240103.md", { type, target, anchor });
    expect(resolution.kind === "resolved" ? resolution.id : undefined).toBe(id);
  });
});

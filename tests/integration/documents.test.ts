/** Naming documents the way people do, and reading before there is anything to read. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { withoutOverride } from "../helpers/privileges.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

interface Read {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly lines: readonly number[];
}

/** The notes, and others, after their first ingest. */
async function ingestedNotes(more: Readonly<Record<string, string>> = {}): Promise<TempFolder> {
  const folder = notesFolder().write(more);
  await init(folder);
  return folder;
}

/** What `read` answers there. */
const readerIn =
  ({ path: cwd }: TempFolder) =>
  async (...typed: string[]) =>
    (await amalfaJson<Read & ErrorDocument>(["read", ...typed], { cwd })).document;

describe("a document as it is typed", () => {
  test("by id, by an ending of it, by a path from here, by an absolute path", async () => {
    using folder = await ingestedNotes();
    const from = async (cwd: string, typed: string): Promise<string> =>
      (await amalfaJson<Read>(["read", typed], { cwd })).document.id;
    expect(await from(folder.path, "soil/compost.md")).toBe("soil/compost.md");
    expect(await from(folder.path, "compost.md")).toBe("soil/compost.md");
    expect(await from(folder.join("soil"), "compost.md")).toBe("soil/compost.md");
    expect(await from(folder.join("soil"), "../README.md")).toBe("README.md");
    expect(await from(folder.join("soil"), "./worms.md")).toBe("soil/worms.md");
    expect(await from(folder.join("crops"), folder.join("plan/season.md"))).toBe("plan/season.md");
    const tagged = await amalfaJson<{ path: string }>(["inject-tags", "worms.md", "soil"], {
      cwd: folder.join("soil"),
    });
    expect(tagged.document.path).toBe("soil/worms.md");
  });

  test("by its name, as wikilinks find it", async () => {
    using folder = await ingestedNotes({
      "diary/one.md": "---\naliases: [First day]\n---\n# The beginning\n",
      "diary/two.md": "---\naliases: [Same, other]\n---\n# Second\n",
      "diary/three.md": "---\naliases: [same]\n---\n# Third\n",
      "diary/nai\u0308ve.md": "# Written apart\n",
      "diary/thief.md": "# diary/one.md\n",
    });
    const read = readerIn(folder);
    for (const name of ["one", "diary/one", "ONE", "first day", "the Beginning"]) {
      expect([name, (await read(name)).id]).toEqual([name, "diary/one.md"]);
    }
    for (const name of ["na\u00efve", "nai\u0308ve", "na\u00efve.md"]) {
      expect([name, (await read(name)).id.normalize("NFC")]).toEqual([name, "diary/na\u00efve.md"]);
    }
    expect((await read("diary/one.MD")).id).toBe("diary/one.md");
    expect((await read("same")).error.code).toBe("document.ambiguous");
    expect((await read("first")).error.code).toBe("document.unknown");
  });

  test("by the name that the file of a page of Logseq stands for, and by a day", async () => {
    using folder = await ingestedNotes({
      "pages/books___to read.md": "- one\n",
      "pages/old%2Fway.md": "- two\n",
      "journals/2026_11_16.md": "- [[books/to read]] after [[Nov 18th, 2026]]\n",
      "journals/2026_11_18.md": "- as on [[2026-11-16]]\n",
      "diary/2026-11-18.md": "The same day.\n",
    });
    const read = readerIn(folder);
    for (const name of ["books/to read", "[[Books/to read]]", "books___to read"])
      expect(await read(name)).toMatchObject({ id: "pages/books___to read.md", title: "books/to read" });
    expect(await read("old/way")).toMatchObject({ id: "pages/old%252Fway.md", title: "old/way" });
    for (const name of ["Nov 16th, 2026", "2026-11-16", "2026_11_16", "November 16, 2026"])
      expect([name, (await read(name)).id]).toEqual([name, "journals/2026_11_16.md"]);
    expect((await read("2026-11-18")).id).toBe("diary/2026-11-18.md");
    expect((await read("Nov 18th, 2026")).error.code).toBe("document.ambiguous");
    expect((await read("Nov 17th, 2026")).error.code).toBe("document.unknown");
    const explored = await amalfaJson<{ outgoing: { id: string }[] }>(["explore", "2026-11-16"], {
      cwd: folder.path,
    });
    expect(explored.document.outgoing.map(({ id }) => id)).toEqual([
      "journals/2026_11_18.md",
      "pages/books___to read.md",
    ]);
  });

  test("by its number with other noughts", async () => {
    using folder = await ingestedNotes({
      "offers/OFF-2024-007.md": "# A table\n",
      "offers/OFF-2024-017.md": "# A bench\n",
      "adr/0007.md": "# Secrets\n",
    });
    const read = readerIn(folder);
    for (const name of ["OFF-2024-7", "off-2024-0007", "offers/OFF-2024-07.md"])
      expect([name, (await read(name)).id]).toEqual([name, "offers/OFF-2024-007.md"]);
    expect((await read("adr/7")).id).toBe("adr/0007.md");
    expect((await read("OFF-2024-1")).error.code).toBe("document.unknown");
  });

  test("with the line behind it, as results print places", async () => {
    using folder = await ingestedNotes();
    const read = readerIn(folder);
    expect(await read("worms.md:3")).toMatchObject({ id: "soil/worms.md", lines: [3, 3] });
    expect(await read("worms.md:3", "--lines", "1")).toMatchObject({ lines: [1, 1] });
    expect(await read("season.md:2-3")).toMatchObject({ id: "plan/season.md", lines: [2, 3] });
    expect(await read("./soil/worms.md:1-2:7")).toMatchObject({ id: "soil/worms.md", lines: [1, 2] });
    expect(await read("worms.md:2-")).toMatchObject({ lines: [2, 3] });
    const links = await amalfaJson<{ id: string }>(["explore", "tomatoes.md:5-6"], { cwd: folder.path });
    expect(links.document.id).toBe("crops/tomatoes.md");
  });

  test("as a link has it, with a heading or lines behind it, and as other systems write paths", async () => {
    using folder = new TempFolder().write({
      "notes/my plan.md": "# Plan\n\nOne\n\n## Next steps\n\nTwo\n",
      "notes/C#.md": "# See sharp\n",
    });
    await init(folder);
    await using client = await McpClient.connect(folder.path);
    const over = async (id: string) => (await client.call("read_node_content", { id })).body;
    for (const written of [
      "[[my plan]]",
      "[[notes/my plan#Next steps|the plan]]",
      "![[my plan]]",
      "[plan](notes/my%20plan.md)",
      "[plan](<notes/my plan.md>)",
      "notes/my%20plan.md",
      "notes/my plan.md#next-steps",
      "notes\\my plan.md",
      "notes//my plan.md",
      "@notes/my plan.md",
      "amalfa:///notes/my%20plan.md",
      "amalfa://document/notes/my%20plan.md#next-steps",
    ])
      expect([written, (await over(written)).id]).toEqual([written, "notes/my plan.md"]);
    expect(await over("notes/my plan.md#L3-L5")).toMatchObject({ id: "notes/my plan.md", lines: [3, 5] });
    expect((await over("[[C#]]")).id).toBe("notes/C#.md");
    expect(await over("notes/gone.md#part")).toMatchObject({ code: "document.unknown" });
    const typed = await amalfaJson<Read>(["read", "notes/my plan.md#L7"], { cwd: folder.path });
    expect(typed.document).toMatchObject({ id: "notes/my plan.md", lines: [7, 7] });
  });

  test("a heading behind it leads to that section, however the document is named", async () => {
    const nas =
      "# NAS\n\nA box.\n\n## Replace a disk\n\nPull it. ^pull\n\n### Then\n\nWait.\n\n## Later\n\nEnd.\n";
    using folder = new TempFolder().write({ "Tech/NAS.md": nas, "C# notes.md": "# Sharp\n\n## One\n\n1\n" });
    await init(folder);
    await using client = await McpClient.connect(folder.path);
    const read = async (id: string) => (await client.call("read_node_content", { id })).body;
    for (const written of [
      "Tech/NAS.md#Replace a disk",
      "NAS.md#replace-a-disk",
      "[[NAS#Replace a disk]]",
      "[[NAS#NAS#Replace a disk|disks]]",
      "[disk](Tech/NAS.md#replace-a-disk)",
      "nas#Replace a disk",
      "NAS.md#Replace%20a%20disk",
    ]) {
      expect([written, (await read(written)).lines]).toEqual([written, [5, 11]]);
      const { stdout } = await amalfa(["read", written], { cwd: folder.path });
      expect([written, stdout]).toEqual([written, `${nas.split("\n").slice(4, 11).join("\n")}\n`]);
    }
    expect((await read("NAS#^pull")).lines).toEqual([7, 7]);
    expect((await read("C# notes")).id).toBe("C# notes.md");
    expect((await read("C# notes#One")).lines).toEqual([3, 5]);
    const { status, stderr } = await amalfa(["read", "nas#Gone"], { cwd: folder.path });
    expect(status).toBe(2);
    expect(stderr).toContain('Tech/NAS.md has no heading "Gone"');
    expect(stderr).toContain('It has "NAS", "Replace a disk", "Then", "Later".');
    const inside = await amalfa(["read", "./NAS.md#Later"], { cwd: folder.join("Tech") });
    expect(inside.stdout).toBe("## Later\n\nEnd.\n");
  });

  test("unless a document is called so itself", async () => {
    using folder = new TempFolder().write({
      "a.md": "# A\n\nOne\n",
      "b.md": "---\naliases: ['a.md:3', 'a.md:1-2']\n---\n\nOther\n",
      "a.md:9.md": "# Nine\n",
    });
    await init(folder);
    const read = readerIn(folder);
    for (const [typed, id] of [
      ["a.md:3", "b.md"],
      ["a.md:1-2", "b.md"],
      ["a.md:1-3", "a.md"],
      ["a.md:9.md", "a.md:9.md"],
      ["a.md:9.md:1", "a.md:9.md"],
    ] as const)
      expect([typed, (await read(typed)).id]).toEqual([typed, id]);
    await using client = await McpClient.connect(folder.path);
    const over = async (id: string, lines?: string) =>
      (await client.call("read_node_content", { id, ...(lines === undefined ? {} : { lines }) })).body;
    expect(await over("a.md:3-3")).toMatchObject({ id: "a.md", lines: [3, 3], text: "One" });
    expect(await over("a.md:3-3", "1")).toMatchObject({ id: "a.md", lines: [1, 1], text: "# A" });
    expect(await over("a.md:3")).toMatchObject({ id: "b.md" });
  });

  test("a file that the graph does not have is told from one that is not there", async () => {
    using folder = await ingestedNotes();
    folder.write({ "new.md": "# New\n", "latin.md": new Uint8Array([0xe4, 0xf6, 0xfc, 0x0a]) });
    for (const command of ["read", "explore"]) {
      const say = async (typed: string): Promise<string> => {
        const args = [command, typed, "--no-refresh"];
        const { status, document } = await amalfaJson<ErrorDocument>(args, { cwd: folder.path });
        expect([status, document.error.code]).toEqual([1, "document.unknown"]);
        return `${document.error.message} ${document.error.hint}`;
      };
      expect(await say("new.md")).toMatch(/a file that the graph does not have.*`amalfa init`/);
      expect(await say("latin.md")).toMatch(/cannot have: .*UTF-8.*Mend the file/);
      expect(await say("gone.md")).toMatch(/no document "gone\.md" in the graph/);
    }
  });

  test("one that cannot be read is named with the reason and what to do, in the words of people", async () => {
    using folder = await ingestedNotes();
    folder.write({ "soil/compost.md": new Uint8Array([0xe4, 0xf6, 0xfc, 0x0a]) });
    chmodSync(folder.join("soil/worms.md"), 0);
    const say = (...args: string[]): string => {
      const { status, stderr } = withoutOverride(args, folder.path);
      expect(status).toBe(1);
      return stderr;
    };
    expect(say("read", "worms.md")).toMatch(
      /worms\.md cannot be read: permission denied\.\n {2}Mend the file/,
    );
    expect(say("read", "compost.md")).toMatch(/compost\.md is not UTF-8: byte 0xe4 .*\n {2}Mend the file/);
    expect(say("inject-tags", "soil/worms.md", "x")).toMatch(
      /permission denied\. It was not changed\.\n {2}Check/,
    );
  });

  test("lines beyond the end are wrong usage, not an empty answer", async () => {
    using folder = await ingestedNotes();
    const beyond = await amalfaJson<ErrorDocument>(["read", "worms.md", "--lines", "100-200"], {
      cwd: folder.path,
    });
    expect([beyond.status, beyond.document.error.code]).toEqual([2, "document.lines"]);
    const across = await amalfaJson<Read & { lines: number[] }>(["read", "worms.md", "--lines", "3-200"], {
      cwd: folder.path,
    });
    expect(across.document).toMatchObject({ lines: [3, 3], text: "They like it damp and dark." });
  });
});

describe("before the first ingest has finished", () => {
  test("a search says that there is no graph yet, not that nothing was found", async () => {
    using folder = await ingestedNotes();
    using db = new Database(folder.join(".amalfa/resonance.db"));
    // As an interrupted first ingest leaves it: tables without a row.
    for (const table of ["nodes", "chunks", "vectors", "vector_bits", "edges", "meta"])
      db.run(`DELETE FROM ${table}`);
    const { status, document } = await amalfaJson<ErrorDocument>(["search", "worms"], { cwd: folder.path });
    expect([status, document.error.code]).toEqual([1, "database.missing"]);
  });
});

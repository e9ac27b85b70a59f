/** How the results of other commands look. */
import { describe, expect, test } from "bun:test";
import { renderCheckList } from "../../../src/cli/commands/doctor.ts";
import { renderExplore } from "../../../src/cli/commands/explore.ts";
import { renderGaps } from "../../../src/cli/commands/find-gaps.ts";
import { renderSources } from "../../../src/cli/commands/list-sources.ts";
import { renderRead } from "../../../src/cli/commands/read.ts";
import { renderReset } from "../../../src/cli/commands/reset.ts";
import { renderStats } from "../../../src/cli/commands/stats.ts";
import { renderIngest } from "../../../src/cli/output/render-ingest.ts";
import { renderStopped } from "../../../src/cli/output/render-services.ts";
import { renderValidate } from "../../../src/cli/output/render-validate.ts";
import type { Terminal } from "../../../src/cli/output/terminal.ts";
import { CHECK_LIST } from "../../../src/maintenance/doctor/checks/list.ts";
import { ingest, stats } from "../../helpers/reports.ts";

const plain = { width: 80, color: false };
const colour = { width: 80, color: true };

/** Retitles the window, clears it, writes to the clipboard, rings, and turns the reading direction round. */
const HOSTILE = "safe\x1b]0;owned\x07 \x1b[2J\x1b]52;c;ZXZpbA==\x1b\\\x9b31mred\x07\b\u202Etxt.exe";

describe("read", () => {
  const text = "# Title\n\n```sh\n# no heading\n````not the end\n```\n\n## Next\n";
  const report = { id: "a.md", title: "Title", lines: [1, 8] as const, text };

  test("in a pipe is the text and nothing else", () => expect(renderRead(report, plain)).toBe(text));

  test("in a terminal without colour has its name above it, as with colour", () => {
    const shown = renderRead(report, { ...plain, attached: true });
    expect(shown).toBe(Bun.stripANSI(renderRead(report, colour)));
    expect(shown).not.toBe(text);
  });

  test("with colour lets headings stand out, but not comments in code", () => {
    const lines = renderRead(report, colour).split("\n");
    expect(lines).toContain("\x1b[1m# Title\x1b[22m");
    expect(lines).toContain("\x1b[1m## Next\x1b[22m");
    expect(lines).not.toContain("\x1b[1m# no heading\x1b[22m");
    expect(Bun.stripANSI(renderRead(report, colour))).toEndWith(text);
  });
});

describe("explore", () => {
  test("lists links both ways, and those that lead nowhere with their place", () => {
    const text = renderExplore(
      {
        id: "a.md",
        title: "A",
        outgoing: [
          { id: "b.md", title: "B", type: "links_to" },
          { id: "docs/c.md", title: "C", type: "extends" },
        ],
        incoming: [{ id: "d.md", title: "D", type: "links_to" }],
        unresolved: [{ target: "gone", type: "wikilink", line: 7 }],
      },
      plain,
    );
    expect(text).toBe(
      [
        "a.md  A",
        "",
        "links to (2)",
        "  links_to  b.md       B",
        "  extends   docs/c.md  C",
        "",
        "linked from (1)",
        "  links_to  d.md  D",
        "",
        "unresolved (1)",
        "  wikilink  a.md:7  gone",
      ].join("\n"),
    );
  });

  test("says so when there are none", () => {
    expect(
      renderExplore({ id: "a.md", title: "A", outgoing: [], incoming: [], unresolved: [] }, plain),
    ).toContain("No links lead from here or to here.");
  });

  test("does not say that there are no links when only one type was asked for", () => {
    const none = { id: "a.md", title: "A", outgoing: [], incoming: [], unresolved: [] };
    const types = ["link", `wikilink${HOSTILE}`];
    const text = renderExplore({ ...none, relation: `depends_on${HOSTILE}`, types }, plain);
    expect(text).toContain("No links of type depends_onsafe");
    expect(text).toContain("there are those of type link, wikilinksafe");
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

describe("list-sources", () => {
  test("says which are missing", () => {
    const sources = [
      { source: "docs", kind: "folder" as const, exists: true, documents: 1_200, failed: 1 },
      { source: "gone/**/*.md", kind: "glob" as const, exists: false, documents: 0, failed: 0 },
    ];
    const failed = [{ path: "docs/bad.md", error: "is not UTF-8" }];
    const text = renderSources({ root: "/p", sources, failed }, plain);
    expect(text).toMatch(/^ {2}docs +folder +1,200 documents +1 cannot be ingested$/m);
    expect(text).toMatch(/^ {2}docs\/bad\.md +is not UTF-8$/m);
    expect(text).toMatch(/^ {2}gone\/\*\*\/\*\.md +glob +missing$/m);
  });
});

describe("I12 Failure is visible: init", () => {
  test("names every document that failed, in full", () => {
    const failed = Array.from({ length: 300 }, (_, index) => ({
      path: `${"long/".repeat(30)}${index}.md`,
      error: "permission denied",
    }));
    const text = renderIngest(
      { ...ingest, documents: { ...ingest.documents, failed } },
      { width: 40, color: false },
    );
    for (const { path } of failed) expect(text).toContain(path);
    expect(text).toContain("300 documents or folders could not be ingested");
  });
});

describe("init", () => {
  test("sums up what was done", () => {
    const text = renderIngest(ingest, plain);
    expect(text).toContain("7,425 documents in the graph in 1.5 s");
    expect(text).toMatch(/documents +20 added, 5 changed, 7,400 unchanged$/m);
    expect(text).toMatch(/graph +7,425 nodes, 12,031 chunks, 1 edge, 2 unresolved links$/m);
    expect(text).toMatch(/vectors +10 computed, 30 from the cache \(model-id\)$/m);
  });

  test("names the project where it is called from elsewhere, and the one that holds no document", () => {
    const elsewhere = renderIngest({ ...ingest, isElsewhere: true }, plain);
    expect(elsewhere).toContain("7,425 documents in the graph of /notes in 1.5 s");
    const documents = { ...ingest.documents, found: 0, unchanged: 0, added: 0, changed: 0 };
    const empty = renderIngest({ ...ingest, documents }, plain);
    expect(empty).toContain("No markdown was found in the sources of /notes\nDocuments end in .md,");
  });

  test("says that nothing changed, that nothing was found, and that it was a dry run", () => {
    const none = { ...ingest.documents, found: 3, unchanged: 3, added: 0, changed: 0 };
    expect(renderIngest({ ...ingest, documents: none }, plain)).toContain("3 documents, nothing changed");
    const empty = { ...none, found: 0, unchanged: 0 };
    expect(renderIngest({ ...ingest, documents: empty }, plain)).toContain("No markdown was found");
    expect(renderIngest({ ...ingest, dryRun: true }, plain)).toContain("nothing was written");
    expect(renderIngest({ ...ingest, dryRun: true }, plain)).toContain("10 to compute");
  });
});

describe("stats", () => {
  test("shows the figures", () => {
    const text = renderStats(stats, plain);
    expect(text).toMatch(/documents +7,425$/m);
    expect(text).toMatch(/edges +99, and 4 unresolved links$/m);
    expect(text).toMatch(/last ingest +never$/m);
    expect(text).toMatch(/drift +none$/m);
    expect(text).toContain("(3 MiB, write-ahead log 2 KiB)");
    const nothing = { ...stats, database: { ...stats.database, bytes: 0, walBytes: 0 } };
    expect(renderStats(nothing, plain)).toContain("(not made yet)");
    // The whole model id, which is wider than most terminals, is in the JSON.
    const model = "all-MiniLM-L6-v2@afdb6f1a0e45:int8:mean:l2:384d:256t:42b25fe3a4ffdd58";
    expect(renderStats({ ...stats, model }, plain)).toMatch(/model +all-MiniLM-L6-v2$/m);
    expect(renderIngest({ ...ingest, embedding: { ...ingest.embedding, model } }, plain)).toMatch(
      /from the cache \(all-MiniLM-L6-v2\)$/m,
    );
    expect(text).toContain("12,000 vectors, 1 MiB of 512 MiB");
  });

  test("says what to do about drift", () => {
    const now = new Date("2025-01-01T12:00:00Z");
    const report = {
      ...stats,
      lastIngest: "2025-01-01T09:00:00Z",
      drift: { ...stats.drift, added: 1, removed: 2 },
    };
    const text = renderStats(report, plain, now);
    expect(text).toContain("1 added, 2 removed");
    expect(text).toContain("amalfa init");
    expect(text).toMatch(/last ingest +3 hours ago$/m);
  });

  test("does not advise an ingest for what an ingest does not help", () => {
    const failed = [{ path: "old.md", error: "is not UTF-8" }];
    const cannot = renderStats({ ...stats, drift: { ...stats.drift, failed } }, plain);
    expect(cannot).toMatch(/drift +1 cannot be ingested$/m);
    const refusal = 'The source "docs" cannot be found or read';
    const drift = { ...stats.drift, removed: 2, refusal };
    const refused = renderStats({ ...stats, lastIngest: new Date().toISOString(), drift }, plain);
    expect(refused).toContain(`2 removed since then; an ingest would refuse: ${refusal}`);
    const never = renderStats({ ...stats, lastIngest: null, drift }, plain);
    expect(never).toContain(`2 removed; an ingest would refuse: ${refusal}`);
    expect(refused).not.toContain("amalfa init");
  });
});

describe("a terminal's width", () => {
  const words = "words that have to go on in another line, since there are so many of them, "
    .repeat(3)
    .trim();
  const checks = CHECK_LIST.map(({ id, title, fix }) => ({ id, title, fix: fix ?? null }));
  const invalid = {
    severity: "error",
    code: "link.target",
    path: "docs/a.md",
    line: 3,
    message: words,
  } as const;
  const entry = { path: ".amalfa/cache", files: 2, bytes: 4096, what: words, madeAgain: "by computing" };
  const texts: readonly [string, string, (terminal: Terminal) => string][] = [
    [
      "doctor --list-checks",
      "move a damaged file to quarantine",
      (terminal) => renderCheckList(checks, terminal),
    ],
    [
      "validate",
      "link.target",
      (terminal) =>
        renderValidate(
          {
            root: "/p",
            documents: 1,
            graph: "none",
            links: { unresolved: 0, elsewhere: 0 },
            summary: { errors: 1, warnings: 0 },
            problems: [invalid],
          },
          terminal,
        ),
    ],
    [
      "reset --dry-run",
      "is made again by computing",
      (terminal) =>
        renderReset(
          {
            root: "/p",
            dryRun: true,
            declined: false,
            confirmedBy: "nobody",
            stopped: [],
            deleted: [entry],
            entries: [entry],
            kept: Array.from({ length: 12 }, (_, place) => `.amalfa/kept-${place}`),
            bytes: 4096,
          },
          terminal,
        ),
    ],
  ];
  test.each(texts)("%s keeps to it, and a pipe gets whole lines", (_, last, render) => {
    const shown = render({ ...colour, attached: true });
    expect(shown.split("\n").filter((line) => Bun.stringWidth(line) > colour.width)).toEqual([]);
    const flat = (text: string): string => Bun.stripANSI(text).replace(/\s+/g, " ");
    expect(flat(shown)).toContain(last);
    const piped = render(plain).split("\n");
    expect(piped.some((line) => line.length > plain.width && line.includes(last))).toBe(true);
  });
});

describe("gaps", () => {
  const gap = { a: { id: "soil/compost.md" }, b: { id: "crops/tomatoes.md" }, similarity: 0.81234 };
  const report = { threshold: 0.6, documents: 12, gaps: [gap] };

  test("stand in one line where it is wide enough, and whole below each other where not", () => {
    const lines = (width: number): string[] =>
      renderGaps(report, { width, color: false }).split("\n").slice(1);
    expect(lines(80)).toEqual(["  0.81  soil/compost.md  crops/tomatoes.md"]);
    expect(lines(40)).toEqual(["  0.81  soil/compost.md", "        crops/tomatoes.md"]);
  });
});

test("stopped services: whoever ended an agent's MCP server is told what that means", () => {
  const stopped = [{ service: "watcher", pid: 7, by: "SIGTERM" as const }];
  expect(renderStopped({ stopped, remaining: [] }, plain)).toBe("Stopped the watcher, process 7.");
  const both = [...stopped, { service: "mcp", pid: 8, by: "SIGTERM" as const }];
  expect(renderStopped({ stopped: both, remaining: [] }, plain).replace(/\s+/g, " ")).toContain(
    "An MCP server belongs to an agent, which has no memory until its client starts",
  );
});

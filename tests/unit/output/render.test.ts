import { describe, expect, test } from "bun:test";
import { renderCheckList } from "../../../src/cli/output/render-doctor.ts";
import { renderExplore } from "../../../src/cli/output/render-explore.ts";
import { renderGaps } from "../../../src/cli/output/render-gaps.ts";
import { type IngestResult, renderIngest } from "../../../src/cli/output/render-ingest.ts";
import { renderRead } from "../../../src/cli/output/render-read.ts";
import { renderReset } from "../../../src/cli/output/render-reset.ts";
import { renderSearch, type SearchReport } from "../../../src/cli/output/render-search.ts";
import { renderSources } from "../../../src/cli/output/render-sources.ts";
import { renderStats } from "../../../src/cli/output/render-stats.ts";
import { renderValidate } from "../../../src/cli/output/render-validate.ts";
import { escaped, manyLines, oneLine } from "../../../src/cli/output/safe-text.ts";
import { markWords, renderSnippet } from "../../../src/cli/output/snippet.ts";
import type { Terminal } from "../../../src/cli/output/terminal.ts";
import type { StatsReport } from "../../../src/knowledge/stats.ts";
import { CHECKS } from "../../../src/maintenance/doctor/checks/registry.ts";

const plain = { width: 80, color: false };
const colour = { width: 80, color: true };
const mark = (word: string) => `<${word}>`;

/** Retitles the window, clears it, writes to the clipboard, rings, and turns the reading direction round. */
const HOSTILE = "safe\x1b]0;owned\x07 \x1b[2J\x1b]52;c;ZXZpbA==\x1b\\\x9b31mred\x07\b\u202Etxt.exe";

const search: SearchReport = {
  query: "sharing data between threads",
  mode: "hybrid",
  durationMs: 11.6,
  results: [
    {
      id: "src/ch16-03.md",
      title: "Shared-State Concurrency",
      score: 0.93,
      confidence: 0.5,
      passages: [],
      cosine: 0.61,
      heading: "Shared-State Concurrency > Mutexes",
      lines: [12, 40],
      snippet: `${"Filler without meaning. ".repeat(40)}Only one thread may access the data at a time. ${"More filler here. ".repeat(40)}`,
    },
    {
      id: "100%25.md",
      title: "漢字",
      score: 0.1,
      confidence: 0.5,
      passages: [],
      cosine: 0.61,
      heading: "",
      lines: [1, 1],
      snippet: "short",
    },
  ],
};

describe("text from documents", () => {
  test("loses everything that a terminal would obey", () => {
    for (const text of [oneLine(HOSTILE), manyLines(HOSTILE)]) {
      expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
      expect(text).toStartWith("safe");
      expect(text).not.toContain("owned");
    }
  });

  test("keeps its lines where they matter", () => {
    expect(manyLines("a\r\nb\rc\td\n")).toBe("a\nb\nc\td\n");
    expect(oneLine(" a\r\n\tb  c ")).toBe("a b c");
  });

  test("stays exact in names, with escapes", () => {
    expect(escaped("a\nb\t\x1b[2J\x9b\u202E🦀")).toBe("a\\nb\\t\\x1b[2J\\x9b\\u202e🦀");
  });

  test("is harmless in every renderer", () => {
    const id = HOSTILE;
    const outputs = [
      renderSearch(
        {
          ...search,
          query: HOSTILE,
          results: [{ ...search.results[0]!, id, title: HOSTILE, heading: HOSTILE, snippet: HOSTILE }],
        },
        plain,
      ),
      renderRead({ id, title: HOSTILE, lines: [1, 1], text: HOSTILE }, plain),
      renderExplore(
        {
          id,
          title: HOSTILE,
          outgoing: [{ id, title: HOSTILE, type: HOSTILE }],
          incoming: [],
          unresolved: [{ target: HOSTILE, type: HOSTILE, line: 1 }],
        },
        plain,
      ),
      renderSources(
        {
          root: HOSTILE,
          sources: [{ source: HOSTILE, kind: "folder", exists: true, documents: 1, failed: 1 }],
          failed: [{ path: HOSTILE, error: HOSTILE }],
        },
        plain,
      ),
      renderIngest(
        { ...ingest, documents: { ...ingest.documents, failed: [{ path: HOSTILE, error: HOSTILE }] } },
        plain,
      ),
      renderStats({ ...stats, root: HOSTILE, database: { ...stats.database, path: HOSTILE } }, plain),
    ];
    for (const output of outputs) expect(output).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

describe("the query of a search", () => {
  test("is in quotation marks, unless it brings its own", () => {
    expect(renderSearch({ ...search, query: "old dough" }, plain)).toContain(' for "old dough" (');
    const phrase = renderSearch({ ...search, query: '"old dough"' }, plain);
    expect(phrase).toContain(' for "old dough" (');
    const none = renderSearch({ ...search, query: 'bread "old dough"', results: [] }, plain);
    expect(none).toContain('Nothing was found for bread "old dough" (');
  });
});

describe("results that are far off", () => {
  const note = "Nothing here is near the query";
  const far = {
    ...search,
    results: search.results.map((result) => ({ ...result, confidence: 0.5, passages: [], cosine: 0.2 })),
  };
  test("are said to be, where meaning was compared", () => {
    expect(renderSearch(far, plain)).toContain(note);
    const waiting = far.results.map((result) => ({ ...result, cosine: null }));
    expect(renderSearch({ ...far, results: waiting }, plain)).not.toContain(note);
    expect(renderSearch(search, plain)).not.toContain(note);
    expect(renderSearch({ ...far, mode: "lexical" }, plain)).not.toContain(note);
    const exact = far.results.map((result, at) => ({ ...result, confidence: at === 0 ? 0.96 : 0.5 }));
    expect(renderSearch({ ...far, results: exact }, plain)).not.toContain(note);
    expect(renderSearch(far, plain, { quiet: true })).not.toContain(note);
  });
});

describe("snippets", () => {
  test("mark the forms of the query's words, whatever their case and accents", () => {
    expect(
      markWords("Threads share Data; a thread shares it. Café", "the sharing threads DATA cafe", mark),
    ).toBe("<Threads> share <Data>; a <thread> <shares> it. <Café>".replace("share <", "<share> <"));
  });

  test("mark words inside clauses of scripts without spaces", () => {
    expect(markWords("东京和東京タワーは赤いです。", "東京", mark)).toBe("东京和<東京>タワーは赤いです。");
    const clause = markWords("数据库性能优化", "性能 优化", mark);
    expect(clause).toBe("数据库<性能><优化>");
    expect(markWords("メートルで測る", "東京タワーの高さは何メートル", mark)).toBe("<メートル>で測る");
  });

  test("mark common words only when there are no others", () => {
    expect(markWords("how is the data", "how is data", mark)).toBe("how is the <data>");
    expect(markWords("how is it", "how", mark)).toBe("<how> is it");
    expect(markWords("a.b (c)", "?!", mark)).toBe("a.b (c)");
  });

  test("show the window around the words, within the lines given", () => {
    const lines = renderSnippet(search.results[0]?.snippet ?? "", search.query, {
      width: 40,
      lines: 3,
      mark,
    });
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines.join(" ")).toContain("<thread>");
    expect(lines.join(" ")).toContain("<data>");
    for (const line of lines) expect(Bun.stringWidth(line.replace(/[<>]/g, ""))).toBeLessThanOrEqual(40);
  });

  test("are shown as the search made them: what looks like markup by now is text", () => {
    const shape = { width: 60, lines: 3, mark: (word: string) => word };
    for (const text of [
      "# of <br> in needle: 3",
      "--- needle <!-- not --> said",
      "import x from 'y'; needle",
    ])
      expect(renderSnippet(text, "needle", shape)).toEqual([text]);
  });

  test("fit texts without spaces and wide characters", () => {
    for (const text of ["x".repeat(5_000), "漢字".repeat(500), `${"x".repeat(300)} needle`]) {
      const lines = renderSnippet(text, "needle", { width: 30, lines: 2, mark });
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(Bun.stringWidth(line.replace(/[<>]/g, ""))).toBeLessThanOrEqual(30);
    }
    expect(renderSnippet("", "needle", { width: 30, lines: 2, mark }).join("")).toBe("");
  });
});

describe("search", () => {
  test("shows title, place, heading path and passage of each document", () => {
    const text = renderSearch(search, plain);
    expect(text).toContain('2 documents for "sharing data between threads" (hybrid, 12 ms)');
    expect(text).toMatch(/^1 {2}Shared-State Concurrency +0\.930$/m);
    expect(text).toMatch(/^ {3}src\/ch16-03\.md:12$/m);
    expect(text).toMatch(/^ {3}Mutexes$/m);
    expect(text).toContain("100%25.md:1");
  });

  test("follows the width of the terminal", () => {
    for (const width of [40, 60, 80, 200]) {
      const lines = renderSearch(search, { width, color: false }).split("\n").slice(2);
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  test("with --quiet is the results and nothing else", () => {
    const quiet = renderSearch(search, plain, { quiet: true });
    expect(quiet).toStartWith("1  Shared-State Concurrency");
    expect(renderSearch(search, plain)).toEndWith(`\n\n${quiet}`);
    expect(renderSearch({ ...search, results: [] }, plain, { quiet: true })).toBe("");
  });

  test("says the same with and without colour", () => {
    expect(Bun.stripANSI(renderSearch(search, colour))).toBe(renderSearch(search, plain));
    expect(renderSearch(search, colour)).toContain("\x1b[");
    expect(renderSearch(search, plain)).not.toContain("\x1b");
  });

  test("without results says what to try", () => {
    const text = renderSearch({ ...search, mode: "lexical", results: [] }, plain);
    expect(text).toContain("Nothing was found");
    expect(text).toContain("--mode hybrid");
  });
});

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
    const text = renderExplore({ ...none, relation: `depends_on${HOSTILE}` }, plain);
    expect(text).toContain("No links of type depends_onsafe");
    expect(text).toContain("--relation");
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

const ingest: IngestResult = {
  command: "init",
  root: "/notes",
  isElsewhere: false,
  dryRun: false,
  documents: { found: 7_425, unchanged: 7_400, added: 20, changed: 5, removed: 0, failed: [] },
  frontMatter: [],
  otherTrees: [],
  graph: { nodes: 7_425, chunks: 12_031, edges: 1, unresolvedLinks: 2 },
  embedding: { model: "model-id", texts: 40, hits: 30, misses: 10, modelLoaded: true },
  durationMs: 1_530,
};

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

const stats: StatsReport = {
  root: "/p",
  database: { path: "/p/.amalfa/resonance.db", bytes: 3 * 1024 ** 2, walBytes: 2048 },
  nodes: 7_425,
  chunks: 12_031,
  edges: 99,
  unresolvedLinks: 4,
  model: null,
  lastIngest: null,
  drift: { added: 0, changed: 0, removed: 0, failed: [], refusal: null },
  cache: { entries: 12_000, bytes: 1024 ** 2, maxBytes: 512 * 1024 ** 2 },
};

describe("stats", () => {
  test("shows the figures", () => {
    const text = renderStats(stats, plain);
    expect(text).toMatch(/documents +7,425$/m);
    expect(text).toMatch(/edges +99, and 4 unresolved links$/m);
    expect(text).toMatch(/last ingest +never$/m);
    expect(text).toMatch(/drift +none$/m);
    expect(text).toContain("(3 MiB, write-ahead log 2 KiB)");
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
  const checks = CHECKS.map(({ id, title, fix }) => ({ id, title, fix: fix ?? null }));
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

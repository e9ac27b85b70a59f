/** How a search looks: its results, its passages, and nothing that a terminal would obey. */
import { describe, expect, test } from "bun:test";
import { renderExplore } from "../../../src/cli/commands/explore.ts";
import { renderSources } from "../../../src/cli/commands/list-sources.ts";
import { renderRead } from "../../../src/cli/commands/read.ts";
import { renderStats } from "../../../src/cli/commands/stats.ts";
import { renderIngest } from "../../../src/cli/output/render-ingest.ts";
import { markWords, renderSearch, renderSnippet } from "../../../src/cli/output/render-search.ts";
import { escaped, manyLines, oneLine } from "../../../src/cli/output/safe-text.ts";
import { textOfSearch, tidy } from "../../../src/mcp/search-answer.ts";
import { ingest, search, stats } from "../../helpers/reports.ts";

const plain = { width: 80, color: false };
const colour = { width: 80, color: true };
const mark = (word: string) => `<${word}>`;

/** Retitles the window, clears it, writes to the clipboard, rings, and turns the reading direction round. */
const HOSTILE = "safe\x1b]0;owned\x07 \x1b[2J\x1b]52;c;ZXZpbA==\x1b\\\x9b31mred\x07\b\u202Etxt.exe";

test("a copy in conflict names its original, for people and for agents", () => {
  const id = "a (conflicted copy 2026-02-01).md";
  const result = { ...search.results[0]!, id, conflictCopyOf: "a.md" };
  expect(renderSearch({ ...search, results: [result] }, plain)).toContain("a copy in conflict with a.md");
  const found = tidy(result);
  expect(found.conflictCopyOf).toBe("a.md");
  expect(textOfSearch({ results: [found], mode: "hybrid" })).toContain("copy in conflict with `a.md`");
});

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
    expect(escaped("a\nb\t\x1b[2J\x9b\u202E\u200B🦀")).toBe("a\\nb\\t\\x1b[2J\\x9b\\u202e\\u200b🦀");
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

test("one near word was looked for as well, two were", () => {
  const one = { word: "borow", near: ["borrow"] };
  expect(renderSearch({ ...search, didYouMean: [one] }, plain)).toEndWith("? It was looked for as well.");
  for (const didYouMean of [
    [one, { word: "cheker", near: ["checker"] }],
    [{ word: "borow", near: ["borrow", "burrow"] }],
  ])
    expect(renderSearch({ ...search, didYouMean }, plain)).toEndWith("? They were looked for as well.");
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

  test("are not said to be where the first one has all words of the query", () => {
    for (const [query, isSaid] of [
      ["mutex", false],
      ["the threads with data", false],
      ["concurrency of fillers", false],
      ["漢字", true],
      ["mutex poisoning", true],
      ["short", true],
    ] as const)
      expect([query, renderSearch({ ...far, query }, plain).includes(note)]).toEqual([query, isSaid]);
    const journal = far.results.map((result) => ({ ...result, title: "2026_11_16" }));
    expect(renderSearch({ ...far, results: journal, query: "16 November 2026" }, plain)).not.toContain(note);
    expect(renderSearch({ ...far, results: journal, query: "17 November 2026" }, plain)).toContain(note);
  });

  test("says of a minus that it left nothing out, where nothing that is sought stands before it", () => {
    const said = (query: string) => renderSearch({ ...search, query }, plain);
    for (const query of ["-miso", "-miso soup", '-"miso"', "-miso -tofu"])
      expect([query, said(query)]).toEqual([
        query,
        expect.stringContaining('The minus before "miso" left nothing'),
      ]);
    for (const query of ["soup -miso", '"-miso"', "--miso", "- miso", "-5"])
      expect([query, said(query)]).toEqual([query, expect.not.stringContaining("The minus before")]);
    expect(renderSearch({ ...search, query: "-miso" }, plain, { quiet: true })).not.toContain(
      "The minus before",
    );
  });

  test("says of a minus that documents were left out for it, also where nothing is left", () => {
    const report = { ...search, query: "soup -miso", excluded: ["miso"] };
    const note = 'Documents with "miso" were left out';
    expect(renderSearch(report, plain)).toContain(note);
    expect(renderSearch({ ...report, results: [] }, plain)).toContain(note);
    expect(renderSearch(report, plain, { quiet: true })).not.toContain(note);
  });

  test("name what of the query no document has, unless one of several projects has it", () => {
    const results = search.results.map((result) => ({ ...result, lacks: ["JIRA-9999"] }));
    expect(renderSearch({ ...search, results }, plain)).toContain('No document has "JIRA-9999"; ');
    const word = search.results.map((result) => ({ ...result, lacks: ["xylophone"] }));
    expect(renderSearch({ ...search, query: "xylophone", results: word }, plain)).toEndWith(
      '\n\nNo document has "xylophone"; these are only near it in meaning.',
    );
    for (const state of ["behind", "unknown"] as const) {
      const freshness = { state, added: 30, changed: 0, removed: 0 };
      const told = { ...search, results: word, didYouMean: [{ word: "xylophone", near: ["telephone"] }] };
      for (const report of [
        { ...told, freshness },
        { ...told, projects: [{ freshness }] },
      ]) {
        const text = renderSearch(report, plain);
        expect(text).toContain('No document in the graph has "xylophone"; these');
        expect(text).toContain('No document in the graph has "xylophone"; did');
        expect(text).not.toContain("No document has");
      }
    }
    expect(renderSearch({ ...search, results }, plain, { quiet: true })).not.toContain("No document has");
    const elsewhere = { ...search, results: [...search.results.slice(0, 1), ...results.slice(1)] };
    expect(renderSearch(elsewhere, plain)).not.toContain("No document has");
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

  test("are not looked through for words that nothing could mark", () => {
    expect(markWords("how is the data", "how is data", undefined)).toBe("how is the data");
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
    expect(text).toContain("100%.md:1");
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

/** Questions that a vault has the answers to, and the figures that come of them. */
import { describe, expect, test } from "bun:test";
import { compareWith, readAgainst } from "../../../src/knowledge/evaluation/against.ts";
import { differencesOf, figuresOf, judgeMinimum } from "../../../src/knowledge/evaluation/figures.ts";
import {
  compare,
  estimate,
  firstPlace,
  ndcg,
  reciprocalRank,
  verdictOf,
} from "../../../src/knowledge/evaluation/metrics.ts";
import { readMinimum } from "../../../src/knowledge/evaluation/minimum.ts";
import { type Clue, questionsFrom, sampled } from "../../../src/knowledge/evaluation/own-questions.ts";
import type { Outcome, Question } from "../../../src/knowledge/evaluation/question.ts";
import { questionsOf } from "../../../src/knowledge/evaluation/questions-file.ts";
import { AmalfaError } from "../../../src/system/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const GARDEN = [
  { id: "soil/compost.md", title: "Compost", aliases: ["black gold"] },
  { id: "crops/tomatoes.md", title: "Tomatoes", aliases: [] },
  { id: "README.md", title: "Allotment", aliases: [] },
];

function link(text: string, document: string, source = "README.md"): Clue {
  return { kind: "link", text, document, source };
}

function outcome(rank: number | null): Outcome {
  return { rank, ndcg: rank === null ? 0 : 1 / Math.log2(rank + 1) };
}

describe("Metrics", () => {
  test("the gain of a grade and the discount of a rank are those of the literature", () => {
    const grades = { a: 2, b: 1 };
    const ideal = 3 + 1 / Math.log2(3);
    expect(ndcg(["a", "b"], grades)).toBe(1);
    expect(ndcg(["x", "b", "a"], grades)).toBeCloseTo((1 / Math.log2(3) + 3 / 2) / ideal, 12);
    expect(ndcg([], grades)).toBe(0);
    expect(reciprocalRank(["x", "b"], grades)).toBe(0.5);
    expect(firstPlace([..."0123456789", "a"], grades)).toBeNull();
  });

  test("a document that is called like a property of objects has no grade of itself", () => {
    expect(ndcg(["constructor", "a"], { a: 1 })).toBeCloseTo(1 / Math.log2(3), 12);
    expect(firstPlace(["toString", "a"], { a: 1 })).toBe(2);
  });

  test("an interval holds the mean, is the same every time, and narrows with more questions", () => {
    const few = estimate([0, 1, 1, 0, 1, 1, 0, 1]);
    const many = estimate(Array.from({ length: 800 }, (_, at) => [0, 1, 1, 0, 1, 1, 0, 1][at % 8]!));
    expect(estimate([0, 1, 1, 0, 1, 1, 0, 1])).toEqual(few);
    expect(few.value).toBe(0.625);
    expect(few.interval[0]).toBeLessThan(0.625);
    expect(few.interval[1]).toBeGreaterThan(0.625);
    expect(many.interval[1] - many.interval[0]).toBeLessThan((few.interval[1] - few.interval[0]) / 3);
  });

  test("a difference that is the same for every question is one; one that goes either way is not", () => {
    const before = Array.from({ length: 40 }, (_, at) => (at % 10) / 20);
    expect(
      verdictOf(
        compare(
          before,
          before.map((value) => value + 0.1),
        ),
      ),
    ).toBe("better");
    expect(
      verdictOf(
        compare(
          before,
          before.map((value) => value - 0.1),
        ),
      ),
    ).toBe("worse");
    expect(
      verdictOf(
        compare(
          before,
          before.map((value, at) => value + (at % 2 ? 0.1 : -0.1)),
        ),
      ),
    ).toBe("same");
  });

  test("where nothing was asked there is no figure", () => {
    expect(figuresOf([])).toEqual({ mrr: null, ndcg10: null, hit1: null, hit3: null, hit10: null });
    expect(differencesOf([], []).mrr).toBeNull();
  });

  test("places count as they should", () => {
    const figures = figuresOf([outcome(1), outcome(3), outcome(4), outcome(null)]);
    expect(figures.hit1?.value).toBe(0.25);
    expect(figures.hit3?.value).toBe(0.5);
    expect(figures.hit10?.value).toBe(0.75);
    expect(figures.mrr?.value).toBeCloseTo((1 + 1 / 3 + 1 / 4) / 4, 12);
  });
});

describe("A vault's own questions", () => {
  test("a text that is a document's name, path or alias asks for nothing", () => {
    const { questions, leftOut } = questionsFrom(GARDEN, [
      link("Compost", "soil/compost.md"),
      link("soil/compost.md", "soil/compost.md"),
      link("compost.md", "soil/compost.md"),
      link("Black Gold", "soil/compost.md"),
      link("how to feed the beds", "soil/compost.md"),
    ]);
    expect(questions.map(({ query }) => query)).toEqual(["how to feed the beds"]);
    expect(leftOut).toEqual({ names: 4, ambiguous: 0, wordless: 0 });
  });

  test("an alias is a question of its own, unless it is a document's name as well", () => {
    const { questions } = questionsFrom(GARDEN, [
      { kind: "alias", text: "black gold", document: "soil/compost.md" },
      { kind: "alias", text: "tomatoes", document: "soil/compost.md" },
    ]);
    expect(questions.map(({ query }) => query)).toEqual(["black gold"]);
  });

  test("equal questions are one, with all their answers, and without those who ask", () => {
    const { questions } = questionsFrom(GARDEN, [
      link("what the beds need", "soil/compost.md", "README.md"),
      link("What the  beds need!", "crops/tomatoes.md", "soil/compost.md"),
    ]);
    expect(questions).toEqual([
      {
        kind: "link",
        query: "What the beds need!",
        grades: { "crops/tomatoes.md": 1, "soil/compost.md": 1 },
        // The other one that asks is an answer as well.
        leftOut: ["README.md"],
      },
    ]);
  });

  test("what leads to many documents, and what says nothing, is left out and counted", () => {
    const many = Array.from({ length: 6 }, (_, at) => ({ id: `${at}.md`, title: `Page ${at}`, aliases: [] }));
    const { questions, leftOut } = questionsFrom(many, [
      ...many.map(({ id }): Clue => ({ kind: "heading", text: "Introduction", document: id })),
      link("here", "1.md"),
      link("see this page", "2.md"),
      link("→", "3.md"),
      link("x".repeat(300), "4.md"),
    ]);
    expect(questions).toEqual([]);
    expect(leftOut).toEqual({ names: 0, ambiguous: 1, wordless: 4 });
  });

  test("the sample is the same for the same seed, has of each kind alike, and hardly changes with the vault", () => {
    const question = (kind: Question["kind"], at: number): Question => ({
      kind,
      query: `question ${kind} ${at}`,
      grades: { "a.md": 1 },
      leftOut: [],
    });
    const all = [
      ...Array.from({ length: 300 }, (_, at) => question("heading", at)),
      ...Array.from({ length: 5 }, (_, at) => question("link", at)),
    ];
    const chosen = sampled(all, 60, 1);
    expect(sampled(all.toReversed(), 60, 1)).toEqual(chosen);
    expect(sampled(all, 60, 2)).not.toEqual(chosen);
    expect(chosen.filter(({ kind }) => kind === "link")).toHaveLength(5);
    expect(chosen).toHaveLength(60);
    const grown = new Set(sampled([...all, question("heading", 1000)], 60, 1).map(({ query }) => query));
    expect(chosen.filter(({ query }) => grown.has(query)).length).toBeGreaterThanOrEqual(59);
    expect(sampled(all, 1000, 1)).toHaveLength(305);
  });
});

describe("A file of questions", () => {
  const find = (wanted: string): string => {
    if (!wanted.endsWith(".md"))
      throw new AmalfaError("document.unknown", `There is no document "${wanted}".`);
    return wanted;
  };

  function read(text: string): Question[] {
    using folder = new TempFolder().write({ "questions.txt": text });
    return questionsOf(folder.join("questions.txt"), find);
  }

  test("has lines with tabs or JSON objects, of one document, several, or with grades", () => {
    const asked = read(
      '\uFEFF# what I ask\nwhere is the key\thouse.md\tgarden.md\r\n\n{"question": "roof", "document": "roof.md"}\n{"query": "beds", "documents": ["a.md", "b.md"]}\n{"question": "heat", "documents": {"c.md": 3, "d.md": 0}}\n',
    );
    expect(asked.map(({ query, grades }) => [query, grades])).toEqual([
      ["where is the key", { "house.md": 1, "garden.md": 1 }],
      ["roof", { "roof.md": 1 }],
      ["beds", { "a.md": 1, "b.md": 1 }],
      ["heat", { "c.md": 3, "d.md": 0 }],
    ]);
  });

  test("may have a pasted error for a question, which begins as JSON does", () => {
    const [question] = read('{"error": {"code": 429, "message": "too many"}}\tlimits.md\n{ unclosed\ta.md\n');
    expect(question).toMatchObject({
      query: '{"error": {"code": 429, "message": "too many"}}',
      grades: { "limits.md": 1 },
    });
  });

  test("collapses equal questions", () => {
    expect(read("where is it\ta.md\nWhere is it?\tb.md\n").map(({ grades }) => grades)).toEqual([
      { "a.md": 1, "b.md": 1 },
    ]);
  });

  test("names every line that is wrong", () => {
    const bad =
      'fine\ta.md\nno document\nwhat\tnothing\n{"question": 3, "document": "a.md"}\n{"question": "x"}\n{"question": "y", "documents": {"a.md": "high"}}\n{broken\n\tb.md\n';
    try {
      read(bad);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof AmalfaError)) throw error;
      expect(error.code).toBe("eval.questions");
      expect(error.exit).toBe(2);
      for (const line of [2, 3, 4, 5, 6, 7, 8]) expect(error.message).toContain(`line ${line}: `);
      expect(error.message).not.toContain("line 1:");
    }
  });

  test("of bytes that are no text, and of a folder, says so", () => {
    using folder = new TempFolder();
    folder.write({ "bytes.txt": new Uint8Array([0x61, 0xff, 0xfe]) });
    expect(() => questionsOf(folder.join("bytes.txt"), find)).toThrow("it is not UTF-8");
    expect(() => questionsOf(folder.path, find)).toThrow("it is not a file");
  });
});

describe("A minimum", () => {
  test("names mode and metric as they are usually written", () => {
    expect(readMinimum("hybrid.mrr=0.5")).toEqual({ mode: "hybrid", metric: "mrr", least: 0.5 });
    expect(readMinimum("lexical.hit@3=1")).toEqual({ mode: "lexical", metric: "hit3", least: 1 });
    expect(readMinimum("semantic.nDCG@10=.25")).toEqual({ mode: "semantic", metric: "ndcg10", least: 0.25 });
    expect(readMinimum("ndcg=0.4")).toEqual({ mode: "hybrid", metric: "ndcg10", least: 0.4 });
    expect(readMinimum("0.4")).toEqual({ mode: "hybrid", metric: "mrr", least: 0.4 });
    for (const wrong of [
      "",
      "mrr",
      "mrr=",
      "mrr=2",
      "mrr=-1",
      "words.mrr=0.5",
      "hybrid.hit5=0.1",
      "mrr=0.5x",
    ])
      expect(readMinimum(wrong)).toBeUndefined();
  });

  test("is met from its value on, and missed where nothing was asked", () => {
    const hybrid = figuresOf([outcome(1), outcome(2)]);
    const least = (value: number) => ({ mode: "hybrid", metric: "mrr", least: value }) as const;
    expect(judgeMinimum(least(0.75), { hybrid }).met).toBe(true);
    expect(judgeMinimum(least(0.76), { hybrid }).met).toBe(false);
    expect(judgeMinimum(least(0), {})).toEqual({ ...least(0), value: null, met: false });
  });
});

describe("A comparison", () => {
  const judged = (query: string, rank: number | null) => ({
    kind: "link" as const,
    query,
    documents: ["a.md"],
    outcomes: { hybrid: outcome(rank) },
  });

  test("pairs by question, whatever their order, and counts those that only one has", () => {
    const earlier = { model: "m", questions: [judged("two", 1), judged("gone", 1), judged("one", 2)] };
    const compared = compareWith(
      earlier,
      [judged("One?", 1), judged("two", 1), judged("new", null)],
      ["hybrid"],
    );
    expect(compared).toMatchObject({ model: "m", paired: 2, unpaired: 1 });
    expect(compared.modes.hybrid?.mrr).toMatchObject({ before: 0.75, after: 1, difference: 0.25 });
  });

  test("takes another report of the program, or one with odd outcomes, for none", () => {
    using folder = new TempFolder();
    const written = (value: unknown): string => {
      folder.write({ "report.json": JSON.stringify(value) });
      return folder.join("report.json");
    };
    const question = { kind: "link", query: "a", outcomes: { hybrid: { rank: 1, ndcg: 1 } } };
    expect(readAgainst(written({ ok: true, questions: [question] })).kind).toBe("report");
    expect(readAgainst(written({ sources: ["docs"] })).kind).toBe("settings");
    for (const other of [
      { ok: true, results: [] },
      { ok: false, error: { code: "database.missing" } },
      { ok: true, questions: [{ ...question, outcomes: { hybrid: { rank: 0, ndcg: 1 } } }] },
      { ok: true, questions: [{ ...question, outcomes: { hybrid: { rank: 1, ndcg: 7 } } }] },
    ])
      expect(() => readAgainst(written(other))).toThrow("no report of an evaluation");
    expect(() => readAgainst(folder.join("none.json"))).toThrow("cannot be read");
  });
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { findGaps } from "../../../src/knowledge/find-gaps.ts";
import type { GraphReader } from "../../../src/knowledge/graph-reader.ts";
import { findNeighbours } from "../../../src/knowledge/near-pairs.ts";
import { templateTest } from "../../../src/knowledge/templates.ts";
import { dot } from "../../../src/system/vectors.ts";
import { amalfaJson, type ErrorDocument } from "../../helpers/amalfa.ts";
import {
  type FixtureDocument,
  fixtureGraph,
  openFixtureGraph,
  unitVector,
  writeFixture,
} from "../../helpers/graph-fixture.ts";
import { notesFolder } from "../../helpers/notes.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const DIMENSIONS = 384;

/** A unit vector near another one; `noise` 0 is the same, 1 about 45 degrees away. */
function near(vector: Float32Array, seed: string, noise: number): Float32Array {
  const other = unitVector(seed, vector.length);
  const mixed = vector.map((value, i) => value + noise * (other[i] as number));
  const norm = Math.hypot(...mixed);
  return mixed.map((value) => value / norm);
}

function gapsOf(documents: readonly FixtureDocument[], request = { limit: 50, threshold: 0.6 }) {
  using db = fixtureGraph(documents);
  return findGaps({ db } as GraphReader, request);
}

function pairsOf(report: ReturnType<typeof gapsOf>): string[] {
  return report.gaps.map(({ a, b }) => `${a.id} ${b.id}`);
}

describe("which pairs are gaps", () => {
  const bread = unitVector("bread", DIMENSIONS);
  const steel = unitVector("steel", DIMENSIONS);
  const documents: FixtureDocument[] = [
    { id: "a.md", texts: ["a"], vectors: [bread] },
    { id: "b.md", texts: ["b"], vectors: [near(bread, "b", 0.3)] },
    { id: "c.md", texts: ["c"], vectors: [near(bread, "c", 0.4)] },
    { id: "d.md", texts: ["d"], vectors: [steel] },
    { id: "e.md", texts: ["e1", "e2"], vectors: [near(steel, "e1", 0.5), near(steel, "e2", 0.5)] },
    { id: "empty.md", texts: [] },
  ];

  test("close ones that are not linked, what stands out first", () => {
    const report = gapsOf(documents);
    expect(report.documents).toBe(5);
    expect(pairsOf(report).sort()).toEqual(["a.md b.md", "a.md c.md", "b.md c.md", "d.md e.md"]);
    expect(pairsOf(report)[0]).toBe("d.md e.md");
  });

  test("a link in either direction is no gap", () => {
    const linked = documents.map((document) =>
      document.id === "a.md"
        ? { ...document, linksTo: ["b.md"] }
        : document.id === "e.md"
          ? { ...document, linksTo: ["d.md"] }
          : document,
    );
    expect(pairsOf(gapsOf(linked)).sort()).toEqual(["a.md c.md", "b.md c.md"]);
  });

  test("a document is the mean of its chunks, whose similarity is the exact cosine", () => {
    const [d, e] = [steel, [near(steel, "e1", 0.5), near(steel, "e2", 0.5)]] as const;
    const mean = (e[0] as Float32Array).map((value, i) => value + (e[1]?.[i] as number));
    const expected = dot(d, mean) / Math.hypot(...mean);
    const gap = gapsOf(documents).gaps.find(({ a }) => a.id === "d.md");
    expect(gap?.similarity).toBeCloseTo(expected, 3);
  });

  test("threshold and limit bound the list", () => {
    expect(pairsOf(gapsOf(documents, { limit: 2, threshold: 0.6 }))).toHaveLength(2);
    const strict = gapsOf(documents, { limit: 50, threshold: 0.93 });
    for (const { similarity } of strict.gaps) expect(similarity).toBeGreaterThanOrEqual(0.93);
    expect(strict.gaps.length).toBeGreaterThan(0);
    expect(strict.gaps.length).toBeLessThan(4);
    expect(gapsOf([], { limit: 5, threshold: 0 }).gaps).toEqual([]);
  });

  test("a hundred pages of one template do not hide the pair that stands out", () => {
    const template = unitVector("template", DIMENSIONS);
    const flood = Array.from({ length: 100 }, (_, n) => ({
      id: `page-${String(n).padStart(3, "0")}.md`,
      texts: [`page ${n}`],
      vectors: [near(template, `page ${n}`, 0.1)],
    }));
    const report = gapsOf([...flood, ...documents], { limit: 1000, threshold: 0.6 });
    expect(pairsOf(report)[0]).toBe("d.md e.md");
    const named = new Map<string, number>();
    for (const id of report.gaps.flatMap(({ a, b }) => [a.id, b.id])) named.set(id, (named.get(id) ?? 0) + 1);
    expect(Math.max(...named.values())).toBeLessThanOrEqual(3);
  });

  test("translations of one page are none, as far as their texts may be in two languages", () => {
    const alike = (id: string, lang?: string, seed = id): FixtureDocument => ({
      id,
      texts: [id],
      vectors: [near(bread, seed, 0.2)],
      ...(lang === undefined ? {} : { fields: { lang: [lang] } }),
    });
    const pairs = (...found: readonly FixtureDocument[]) => pairsOf(gapsOf(found));
    expect(pairs(alike("docs/a.md", "en"), alike("docs/de/a.md", "de"))).toEqual([]);
    expect(pairs(alike("en/a.md"), alike("ja/a.md"), alike("zh-cn/a.md"), alike("zh-tw/a.md"))).toEqual([]);
    expect(pairs(alike("a.md"), alike("a.pt-br.md"))).toEqual([]);
    const docusaurus = "i18n/de/docusaurus-plugin-content-docs/current";
    expect(pairs(alike("docs/a.md"), alike(`${docusaurus}/a.md`))).toEqual([]);
    // `it` is a department here.
    expect(pairs(alike("it/a.md", "en"), alike("a.md", "en"))).toEqual(["a.md it/a.md"]);
    expect(pairs(alike("en/a.md"), alike("en/b.md"), alike("ja/c.md")).sort()).toEqual([
      "en/a.md en/b.md",
      "en/a.md ja/c.md",
      "en/b.md ja/c.md",
    ]);
  });

  test("nor is a copy in conflict, to its original or to another note", () => {
    const about = (id: string): FixtureDocument => ({ id, texts: [id], vectors: [near(bread, id, 0.2)] });
    const original = ["Bread.md", "Rye.md"].map(about);
    const copies = [
      "Bread.sync-conflict-20260110-101500-ABCDEFG.md",
      "Rye (Bob's conflicted copy 2026-02-01).md",
      // Of this one there is no original any more.
      "Oats (conflicted copy 2026-02-01).md",
    ].map(about);
    expect(pairsOf(gapsOf([...original, ...copies])).sort()).toEqual([
      "Bread.md Oats (conflicted copy 2026-02-01).md",
      "Bread.md Rye.md",
      "Oats (conflicted copy 2026-02-01).md Rye.md",
    ]);
  });

  test("nor are templates", () => {
    const prose = "A page about templates says what a reader may do with each of them. ".repeat(12);
    const ids = ["Templates/Day.md", "Templates/Week.md", "pull_request_template.md", "a.md", "b.md"];
    const written = ids.map((id) => ({ id, texts: [`${id} words`], vectors: [near(bread, id, 0.2)] }));
    const about = ["docs/templates/jinja.md", "docs/templates/blade.md"].map((id) => ({
      id,
      texts: [`${prose}\n\n\`{{ name }}\` is a variable.`],
      vectors: [near(steel, id, 0.2)],
    }));
    using folder = new TempFolder();
    using db = openFixtureGraph(folder.join("graph.db"));
    writeFixture(db, [...written, ...about]);
    const request = { limit: 50, threshold: 0.6 };
    const found = findGaps({ db } as GraphReader, request, {
      isTemplate: templateTest(folder.path),
      isLink: () => false,
    });
    expect(pairsOf(found).sort()).toEqual(["a.md b.md", "docs/templates/blade.md docs/templates/jinja.md"]);
  });

  test("the answer is the same every time", () => {
    expect(gapsOf(documents)).toEqual(gapsOf(documents));
  });
});

describe("neighbours without comparing each with each", () => {
  const count = 3_000;
  const vectors = new Float32Array(count * DIMENSIONS);
  for (let row = 0; row < count; row += 2) {
    const one = unitVector(`row ${row}`, DIMENSIONS);
    vectors.set(one, row * DIMENSIONS);
    // Cosines from 0.7 to 0.99.
    vectors.set(near(one, `twin ${row}`, 0.1 + (row % 100) / 110), (row + 1) * DIMENSIONS);
  }
  const { pairs } = findNeighbours(vectors, DIMENSIONS);
  const found = new Set(pairs.map(({ a, b }) => `${a} ${b}`));

  test("nearly all that are close are found", () => {
    const twins = Array.from({ length: count / 2 }, (_, index) => `${2 * index} ${2 * index + 1}`);
    const missed = twins.filter((pair) => !found.has(pair));
    expect(missed.length / twins.length).toBeLessThan(0.02);
  });

  test("each pair once, and no more than a fixed number for each vector", () => {
    expect(found.size).toBe(pairs.length);
    expect(pairs.length).toBeLessThan(count * 25);
    for (const { a, b } of pairs) expect(a).toBeLessThan(b);
  });
});

describe("find-gaps", () => {
  test("prints the pairs of a real project", async () => {
    using folder = notesFolder();
    await amalfaJson(["init"], { cwd: folder.path });
    const { status, document } = await amalfaJson<{ gaps: { a: { id: string }; b: { id: string } }[] }>(
      ["find-gaps", "--threshold", "0.1", "--limit", "50"],
      { cwd: folder.path },
    );
    expect(status).toBe(0);
    const pairs = document.gaps.map(({ a, b }) => `${a.id} ${b.id}`);
    expect(pairs).toContain("soil/compost.md soil/worms.md");
    // Linked, in one direction each.
    expect(pairs).not.toContain("crops/tomatoes.md soil/compost.md");
    expect(pairs).not.toContain("README.md plan/season.md");
  });

  test.each([
    [["--threshold", "2"], 2],
    [["--threshold", "-1"], 2],
    [["--threshold", "NaN"], 2],
    [["--threshold", ""], 2],
    [["--limit", "0"], 2],
    [["--limit", "1001"], 2],
    [["--limit", "1.5"], 2],
    [[], 1],
  ])("%j without a graph ends with %d", async (flags, expected) => {
    using folder = new TempFolder();
    const { status, document } = await amalfaJson<ErrorDocument>(["find-gaps", ...flags], {
      cwd: folder.path,
    });
    expect(status).toBe(expected);
    expect(document.ok).toBe(false);
    if (expected === 1) expect(document.error.hint).toContain("amalfa init");
  });
});

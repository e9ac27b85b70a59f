/** `amalfa eval`, run whole, on notes whose links, headings and aliases are its questions. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { lockFile } from "../../src/sqlite/index.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const NOTES: Readonly<Record<string, string>> = {
  "README.md":
    "# The allotment\n\nRead about [keeping frost away](garden/fleece.md), **[`sharp` knives](kitchen/whetstone.md)**, [[bread|baking with old dough]]\nand [here](garden/fleece.md). See [Fleece](garden/fleece.md), ![[bread|300]] and [gone](nowhere.md).\n",
  "garden/fleece.md":
    "---\naliases: [horticultural blanket]\n---\n# Fleece\n\nA thin cloth over the beds protects young plants on cold nights.\n\n## When the nights are mild\n\nTake it off, so that bees find the flowers.\n",
  "kitchen/whetstone.md":
    "# Whetstone\n\nHold the blade at fifteen degrees and draw it over the stone.\n\n## Flattening a worn stone\n\nRub it on glass with wet sand.\n",
  "kitchen/bread.md":
    "# Bread\n\nFlour, water and a sour starter that was kept from last week.\n\n## Shaping the loaf\n\nFold it over itself until the skin is tight.\n",
  "money/taxes.md": "# Taxes\n\nThe declaration is due at the end of July.\n",
};

let notes: TempFolder;

beforeAll(async () => {
  notes = new TempFolder().write(NOTES);
  expect((await amalfa(["init", "--quiet"], { cwd: notes.path })).status).toBe(0);
}, 300_000);
afterAll(() => notes[Symbol.dispose]());

/** What it makes for a while lies in a folder of its own: others may be at work on this machine. */
const temporary = new TempFolder();
afterAll(() => temporary[Symbol.dispose]());

const run = (args: readonly string[], cwd = notes.path) =>
  amalfa(["eval", ...args], { cwd, env: { TMPDIR: temporary.path } });

async function report(args: readonly string[], cwd = notes.path) {
  const { stdout, stderr } = await run(["--json", ...args], cwd);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("amalfa eval", () => {
  test("asks what links, headings and aliases say, and finds most of it", async () => {
    const judged = await report([]);
    expect(judged.ok).toBe(true);
    expect(judged.asked).toEqual({
      questions: 7,
      available: 7,
      kinds: { link: 3, heading: 3, alias: 1 },
      unanswerable: 0,
      // Their titles, and a link that says one; and "here".
      leftOut: { names: 6, ambiguous: 0, wordless: 1 },
      unreadable: [],
    });
    const asked = judged.questions.map(({ query, documents }: { query: string; documents: string[] }) => [
      query,
      documents,
    ]);
    expect(asked).toContainEqual(["keeping frost away", ["garden/fleece.md"]]);
    expect(asked).toContainEqual(["sharp knives", ["kitchen/whetstone.md"]]);
    expect(asked).toContainEqual(["baking with old dough", ["kitchen/bread.md"]]);
    expect(asked).toContainEqual(["When the nights are mild", ["garden/fleece.md"]]);
    expect(asked).toContainEqual(["horticultural blanket", ["garden/fleece.md"]]);
    expect(Object.keys(judged.modes)).toEqual(["hybrid", "lexical", "semantic"]);
    for (const mode of ["hybrid", "semantic"]) {
      const { mrr, hit10, kinds } = judged.modes[mode];
      expect(mrr.value).toBeGreaterThan(0.7);
      expect(mrr.interval[0]).toBeLessThanOrEqual(mrr.value);
      expect(mrr.interval[1]).toBeGreaterThanOrEqual(mrr.value);
      expect(hit10.value).toBe(1);
      expect(Object.keys(kinds)).toEqual(["link", "heading", "alias"]);
    }
    // None of their words is in the documents; the page that links has them and is no place in the ranking.
    expect(judged.modes.lexical.kinds.link.hit1.value).toBeLessThan(1);
    const frost = judged.questions.find(({ query }: { query: string }) => query === "keeping frost away");
    expect(frost.outcomes.semantic.rank).toBe(1);
  }, 300_000);

  test("is the same for the same seed, and says the same to people", async () => {
    const [one, two] = [await report(["--queries", "4"]), await report(["--queries", "4"])];
    delete one.durationMs;
    delete two.durationMs;
    expect(one).toEqual(two);
    expect(one.asked).toMatchObject({ questions: 4, available: 7 });
    const { stdout, status } = await run(["--queries", "4", "--mode", "hybrid"]);
    expect(status).toBe(0);
    expect(stdout).toContain("4 questions asked (of 7, seed 1, ");
    expect(stdout).toContain("So few questions say little, whatever the figures");
    expect(stdout).toContain(one.modes.hybrid.mrr.value.toFixed(3));
    expect(stdout).not.toContain("lexical");
  }, 300_000);

  test("ends with 1 below a minimum, and with 2 for one that there is not", async () => {
    const { stdout, status } = await run(["--min", "hybrid.hit10=1", "--min", "lexical.mrr=1"]);
    expect(status).toBe(1);
    expect(stdout).toContain("hybrid.hit10: 1.0000, at least 1: met");
    expect(stdout).toMatch(/lexical\.mrr: 0\.\d{4}, at least 1: missed/);
    expect((await run(["--min", "hybrid.hit10=1"])).status).toBe(0);
    expect((await run(["--min", "words.mrr=0.5"])).status).toBe(2);
  }, 300_000);

  test("asks the questions of a file, and names the lines that are none", async () => {
    using files = new TempFolder();
    files.write({
      "good.tsv": "how do I cover seedlings in winter\tfleece\nsharpen\tkitchen/whetstone.md\twhetstone.md\n",
      "bad.tsv": "fine\tbread.md\nnothing\nwhere\tnowhere-at-all.md\n",
    });
    const judged = await report(["--questions", files.join("good.tsv"), "--min", "hybrid.mrr=0.9"]);
    expect(judged.ok).toBe(true);
    expect(judged.asked).toMatchObject({ questions: 2, kinds: { file: 2 } });
    const { status, stderr } = await run(["--questions", files.join("bad.tsv")]);
    expect(status).toBe(2);
    expect(stderr).toContain("line 2: ");
    expect(stderr).toContain('line 3: There is no document "nowhere-at-all.md" in the graph');
    expect(stderr).not.toContain("line 1");
    const missing = await run(["--questions", files.join("none.tsv")]);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain("none.tsv cannot be read as questions: there is no such file.");
  }, 300_000);

  test("counts kinds of questions as people do", async () => {
    using vault = new TempFolder().write({
      "a.md": "---\naliases: [horticultural blanket, cloth over beds]\n---\n# Fleece\n\nA thin cloth.\n",
      "b.md": "# Bread\n\nFlour and water.\n",
    });
    expect((await amalfa(["init", "--quiet"], { cwd: vault.path })).status).toBe(0);
    expect((await run([], vault.path)).stdout).toContain("(2 aliases)");
  }, 300_000);

  test("compares with an earlier report, question by question", async () => {
    using files = new TempFolder();
    const before = files.join("before.json");
    writeFileSync(before, (await run(["--json"])).stdout);
    const same = await report(["--against", before]);
    expect(same.against).toMatchObject({ kind: "report", paired: 7, unpaired: 0 });
    expect(same.against.modes.hybrid.mrr).toMatchObject({ difference: 0, verdict: "same" });
    const worse = JSON.parse(await Bun.file(before).text());
    for (const { outcomes } of worse.questions) outcomes.hybrid = { rank: null, ndcg: 0 };
    writeFileSync(before, JSON.stringify(worse));
    const better = await report(["--against", before]);
    expect(better.against.modes.hybrid.hit10).toMatchObject({ before: 0, after: 1, verdict: "better" });
    expect(better.against.modes.lexical.mrr.verdict).toBe("same");
  }, 300_000);

  test("compares with other settings in a graph of their own, of which nothing is left", async () => {
    using files = new TempFolder();
    files.write({
      "other.json": JSON.stringify({
        sources: ["kitchen", "money"],
        embeddings: { model: "all-MiniLM-L6-v2-128" },
      }),
      "wrong.json": JSON.stringify({ embeddings: { model: "none" } }),
    });
    const own = await report([]);
    const judged = await report([
      "--settings",
      files.join("other.json"),
      "--against",
      files.join("other.json"),
    ]);
    expect(judged.model).toContain("128t");
    expect(judged.model).not.toBe(own.model);
    // Those about the garden, which these settings leave out.
    expect(judged.asked.unanswerable).toBe(3);
    expect(judged.modes.hybrid.hit10.value).toBeCloseTo(4 / 7, 12);
    expect(judged.against).toMatchObject({ kind: "settings", model: judged.model, paired: 7 });
    expect(readdirSync(temporary.path)).toEqual([]);
    expect((await run(["--against", files.join("wrong.json")])).status).toBe(2);
    expect((await report([])).modes).toEqual(own.modes);
  }, 300_000);

  test("removes what a killed one left, and neither what is in use nor what is not amalfa's", async () => {
    using files = new TempFolder().write({ "other.json": "{}" });
    temporary.write({
      "amalfa-eval-killed/in-use.lock": "",
      "amalfa-eval-killed/graph.db": "text of notes",
      "amalfa-eval-of-others/graph.db": "somebody's",
      "amalfa-eval-lasting/in-use.lock": "",
    });
    using _held = lockFile(temporary.join("amalfa-eval-lasting/in-use.lock"), { waitMs: 0 });
    await report(["--settings", files.join("other.json"), "--against", files.join("other.json")]);
    expect(readdirSync(temporary.path).sort()).toEqual(["amalfa-eval-lasting", "amalfa-eval-of-others"]);
    for (const each of ["amalfa-eval-lasting", "amalfa-eval-of-others"])
      rmSync(temporary.join(each), { recursive: true });
  }, 300_000);

  test("without anything to ask by says so, and reaches no minimum", async () => {
    using empty = new TempFolder().write({ "one.md": "# One\n\nA word.\n" });
    expect((await amalfa(["init", "--quiet"], { cwd: empty.path })).status).toBe(0);
    const { stdout, status } = await run([], empty.path);
    expect(stdout).toContain("0 questions asked");
    expect(stdout).toContain("--questions");
    expect(status).toBe(0);
    expect((await run(["--min", "0"], empty.path)).status).toBe(1);
    const { modes } = await report([], empty.path);
    expect(modes.hybrid.mrr).toBeNull();
  }, 300_000);

  test("without a graph, and with a damaged one, ends with the error and its advice", async () => {
    using none = new TempFolder().write({ "one.md": "# One\n" });
    const missing = await run(["--json"], none.path);
    expect(missing.status).toBe(1);
    expect(JSON.parse(missing.stdout).error.code).toBe("database.missing");
    expect(existsSync(none.join(GRAPH))).toBe(false);
    using damaged = notes.copy();
    writeFileSync(damaged.join(GRAPH), "no database at all");
    for (const end of ["-wal", "-shm"])
      await Bun.file(damaged.join(GRAPH + end))
        .delete()
        .catch(() => {});
    const broken = await run(["--json"], damaged.path);
    expect(broken.status).toBe(1);
    expect(JSON.parse(broken.stdout).error.code).toMatch(/^database\./);
  }, 300_000);

  test("while vectors are pending says how many, and judges what is there", async () => {
    using folder = notes.copy();
    {
      using db = new Database(folder.join(GRAPH));
      const [count] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
      expect(count).toBeGreaterThan(5);
    }
    // A page more than is brought in with its vectors: its words are there at once.
    folder.write({ "new.md": "# New\n\n## Pruning the old apple tree\n\nIn late winter.\n" });
    const judged = await report([], folder.path);
    expect(judged.freshness.state).toBe("refreshed");
    expect(judged.pending.chunks).toBeGreaterThan(0);
    const apple = judged.questions.find(({ query }: { query: string }) => query.includes("apple"));
    expect(apple.outcomes.lexical.rank).toBe(1);
    expect(apple.outcomes.semantic.rank).toBeNull();
  }, 300_000);
});

describe("files that are something else", () => {
  test.each([
    ["--questions", "# nothing but a remark\n\n", "There is no question in"],
    ["--questions", "", "There is no question in"],
    ["--against", "", "neither a report of an evaluation nor settings: it is empty"],
    ["--against", "hello", "neither a report of an evaluation nor settings: it is not JSON"],
    ["--against", "[]", "neither a report of an evaluation nor settings: it holds no JSON object"],
    ["--against", '{"ok": true, "questions": []}', "a report of an evaluation without a question"],
  ])("%s %p is named", async (option, text, said) => {
    using folder = new TempFolder().write({ "odd.json": text });
    const { status, stderr } = await run([option, folder.join("odd.json")]);
    expect(stderr).toContain(said);
    expect(status).toBe(2);
  });
});

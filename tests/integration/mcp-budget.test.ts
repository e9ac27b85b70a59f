/** Answers that fit into a number of tokens, as text and as structured content each. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadTokens } from "../../src/knowledge/index.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

interface Found {
  readonly id: string;
  readonly lines: readonly [number, number];
  readonly snippet: string;
  readonly passages: readonly { readonly lines: readonly [number, number]; readonly snippet: string }[];
}
interface LeftOut {
  readonly id: string;
  readonly lines: readonly [number, number];
  readonly tokens: number;
}

const PLANTS = ["tomatoes", "beans", "kale", "leeks", "onions", "carrots", "beetroot", "chard"];
const sentence = (plant: string, n: number): string =>
  `Watering ${plant} in week ${n} of the drought: give ${n + 2} litres at the root, early, and mulch afterwards.`;
const paragraph = (plant: string, n: number): string =>
  Array.from({ length: 3 }, (_, at) => sentence(plant, 3 * n + at)).join(" ");

let folder: TempFolder;
let mcp: McpClient;
let tokens: (text: string) => number;

beforeAll(async () => {
  folder = new TempFolder();
  for (const plant of PLANTS) {
    const sections = Array.from({ length: 4 }, (_, n) => `## Week ${n}\n\n${paragraph(plant, n)}\n`);
    folder.write({ [`beds/${plant}.md`]: `# Watering ${plant}\n\n${sections.join("\n")}` });
  }
  const line = `- ${"drought ".repeat(12)}and watering everything\n`;
  folder.write({
    "long.md": `# A long list\n\n${line.repeat(400)}`,
    "fences.md": "# Fences\n\n````js\nobelisk()\n```\nnot the end\n````\n",
    ...Object.fromEntries(
      PLANTS.map((plant) => [
        `notes/on-${plant}.md`,
        `---\ntitle: Note on ${plant}\ntags: [garden, ${plant}]\nauthor: somebody with a long name\n---\n\n` +
          `# About ${plant}\n\nSown in week ${plant.length}.\n`,
      ]),
    ),
    "wide.md": `# Wide\n\n${"水やりと旱魃".repeat(400)}\n`,
  });
  const { status, stderr } = await amalfa(["init"], { cwd: folder.path });
  if (status !== 0) throw new Error(stderr);
  mcp = await McpClient.connect(folder.path);
  tokens = await (await loadTokens()).loadTokenCount({ paths: { models: folder.path } } as never);
}, 300_000);

afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const slice = async (id: string, [first, last]: readonly [number, number]): Promise<string> =>
  (await Bun.file(folder.join(id)).text())
    .split("\n")
    .slice(first - 1, last)
    .join("\n");

describe("search_documents with a budget", () => {
  test.each([100, 150, 300, 800, 2_000, 6_000])(
    "of %d never costs more, either way it is read",
    async (budget) => {
      for (const query of ["watering in a drought", "watering tomatoes", "long list", "旱魃", "obelisk"]) {
        const { body, text } = await mcp.call("search_documents", { query, budget });
        expect(tokens(text)).toBeLessThanOrEqual(budget);
        expect(tokens(JSON.stringify(body))).toBeLessThanOrEqual(budget);
        expect(body.budget).toBe(budget);
      }
    },
  );

  test("holds whole passages as their files say them, the best first, and names the rest with its cost", async () => {
    const query = "watering tomatoes in a drought";
    const plain = (await mcp.call("search_documents", { query })).body.results as Found[];
    const { body, text } = await mcp.call("search_documents", { query, budget: 900 });
    const results = body.results as Found[];
    const leftOut = body.leftOut as LeftOut[];
    expect(results.length).toBeGreaterThan(1);
    expect(results[0]?.id).toBe(plain[0]?.id as string);
    for (const { id, lines, snippet, passages } of results) {
      expect(snippet).toBe(await slice(id, lines));
      for (const each of passages) expect(each.snippet).toBe(await slice(id, each.lines));
      expect(text).toContain(`\`${id}:${lines[0]}-${lines[1]}\``);
      expect(text).toContain(snippet);
    }
    expect(leftOut.length).toBeGreaterThan(0);
    for (const { id, lines, tokens: cost } of leftOut) {
      // In the unit of the budget: as text or as JSON, with its place and its heading.
      const bare = tokens(await slice(id, lines));
      expect(cost).toBeGreaterThan(bare);
      expect(cost).toBeLessThan(2 * bare + 200);
      expect(text).toContain(`\`${id}:${lines[0]}-${lines[1]}\``);
    }
    const places = [
      ...results.flatMap(({ id, lines, passages }) => [
        [id, lines],
        ...passages.map((each) => [id, each.lines]),
      ]),
      ...leftOut.map(({ id, lines }) => [id, lines]),
    ];
    const unique = new Set(places.map((each) => JSON.stringify(each)));
    expect(unique.size).toBe(places.length);
    const all = plain.reduce((sum, { passages }) => sum + 1 + passages.length, 0);
    expect(places.length + (body.unnamed as number)).toBe(all);
  });

  test("shows the best passage wherever it fits alone, and never a worse one in its place", async () => {
    const query = "watering tomatoes in week 3 of the drought";
    const [best] = (await mcp.call("search_documents", { query })).body.results as Found[];
    let needs = 0;
    for (let budget = 100; budget <= 420; budget += 20) {
      const { body, text } = await mcp.call("search_documents", { query, budget });
      expect(tokens(text)).toBeLessThanOrEqual(budget);
      expect(tokens(JSON.stringify(body))).toBeLessThanOrEqual(budget);
      const [first] = body.results as Found[];
      if (first !== undefined) {
        expect(budget).toBeGreaterThanOrEqual(needs);
        expect([first.id, first.lines]).toEqual([best?.id as string, best?.lines as [number, number]]);
        expect(first.snippet).toBe(await slice(first.id, first.lines));
        continue;
      }
      needs = body.needs as number;
      expect(needs).toBeGreaterThan(budget);
      expect(text).toContain(
        `Nothing fits into ${budget} tokens; the best passage takes a budget of ${needs}.`,
      );
      if (budget < 160) continue;
      const [named] = body.leftOut as LeftOut[];
      expect([named?.id, named?.lines]).toEqual([best?.id as string, best?.lines as [number, number]]);
    }
    expect(needs).toBeGreaterThan(0);
    const { body } = await mcp.call("search_documents", { query, budget: needs });
    expect((body.results as Found[])[0]?.id).toBe(best?.id as string);
    const less = await mcp.call("search_documents", { query, budget: needs - 1 });
    expect(less.body.results).toEqual([]);
  });

  test("what is left out and not named has no tokens beside it", async () => {
    const { text, body } = await mcp.call("search_documents", { query: "long list", budget: 100 });
    expect(body.leftOut).toEqual([]);
    expect(text).toMatch(/Left out: \d+ more$/);
  });

  test("computes the vector of the query alone: nobody has to know where a whole passage begins to be near", async () => {
    const rows = (): number => {
      using db = new Database(folder.join(".amalfa/cache/vector_cache.sqlite"), { readonly: true });
      return (db.query("SELECT count(*) FROM cache").values()[0] as [number])[0];
    };
    const before = rows();
    const queries = Array.from({ length: 8 }, (_, n) => `perishing greenery ${n}`);
    for (const query of queries) await mcp.call("search_documents", { query, budget: 800 });
    expect(rows()).toBe(before + queries.length);
    // The same ones without a budget: now parts are shown, and their sentences are compared.
    for (const query of queries) await mcp.call("search_documents", { query });
    expect(rows()).toBeGreaterThan(before + queries.length);
  });

  test("more tokens show more, and enough leave nothing out", async () => {
    const query = "watering tomatoes";
    let before = 0;
    for (const budget of [200, 500, 1_500, 20_000]) {
      const { body } = await mcp.call("search_documents", { query, budget, limit: 4 });
      const shown = (body.results as Found[]).reduce((sum, { passages }) => sum + 1 + passages.length, 0);
      expect(shown).toBeGreaterThanOrEqual(before);
      before = shown;
      if (budget === 20_000) expect(body).toMatchObject({ leftOut: [], unnamed: 0 });
    }
  });

  test("what is left out can be read by the name it is given", async () => {
    const { text } = await mcp.call("search_documents", { query: "watering in a drought", budget: 500 });
    const [, named = ""] = /Left out, with their tokens: `([^`]+)`/.exec(text) ?? [];
    const { isError, body } = await mcp.call("read_documents", { ids: [named] });
    expect(isError).toBe(false);
    expect(body.documents).toHaveLength(1);
  });

  test("a passage that holds fences stays within those around it", async () => {
    const { text } = await mcp.call("search_documents", { query: "obelisk", budget: 500, limit: 1 });
    expect(text).toContain("`````\n");
  });

  test.each([0, 99, -5, 1e9, "many", 2.5])("of %p is refused", async (budget) => {
    const { isError, body } = await mcp.call("search_documents", { query: "x", budget });
    expect(isError).toBe(true);
    expect(body).toMatchObject({ code: "arguments.invalid" });
    expect(String(body.message)).toContain("budget");
  });
});

describe("read_documents", () => {
  test.each([100, 300, 1_000, 4_000])(
    "with %d tokens never costs more, and says what is left",
    async (budget) => {
      const ids = ["long.md", "beds/kale.md", "nowhere.md", "beds/leeks.md:1-5"];
      const { body, text } = await mcp.call("read_documents", { ids, budget });
      expect(tokens(text)).toBeLessThanOrEqual(budget);
      expect(tokens(JSON.stringify(body))).toBeLessThanOrEqual(budget);
      const left = body.leftOut as LeftOut[];
      if (budget < 1_000) return;
      expect(left.map(({ id }) => id)).toContain("long.md");
      for (const { id, lines, tokens: cost } of left)
        expect(cost).toBeGreaterThanOrEqual(tokens(await slice(id, lines)));
      expect(body.failed).toMatchObject([{ id: "nowhere.md", code: "document.unknown" }]);
      expect(text).toContain("nowhere.md");
    },
  );

  test("a short document is whole beside a long one, and parts follow one another without a gap", async () => {
    const parts: string[] = [];
    const ids = ["beds/kale.md", "long.md"];
    const first = await mcp.call("read_documents", { ids, budget: 2_000 });
    const [kale, long] = first.body.documents as {
      text: string;
      lines: [number, number];
      totalLines: number;
    }[];
    expect(`${kale?.text}\n`).toBe(await Bun.file(folder.join("beds/kale.md")).text());
    parts.push(long?.text ?? "");
    let left = first.body.leftOut as LeftOut[];
    for (let calls = 0; left.length > 0 && calls < 100; calls++) {
      const [{ id, lines } = { id: "", lines: [0, 0] as const }] = left;
      const { body } = await mcp.call("read_documents", {
        ids: [`${id}:${lines[0]}-${lines[1]}`],
        budget: 4_000,
      });
      parts.push((body.documents as { text: string }[])[0]?.text ?? "");
      left = body.leftOut as LeftOut[];
    }
    expect(`${parts.join("\n")}\n`).toBe(await Bun.file(folder.join("long.md")).text());
  });

  test("a budget for next to nothing shows no empty document, and counts what is not named once", async () => {
    const one = await mcp.call("read_documents", { ids: ["nowhere.md"], budget: 100 });
    expect(one.body).toMatchObject({ failed: [{ id: "nowhere.md", code: "document.unknown" }], unnamed: 0 });
    const ids = ["beds/kale.md", "long.md", "nowhere.md"];
    for (const budget of [100, 150, 200, 300]) {
      const { body } = await mcp.call("read_documents", { ids, budget });
      for (const { lines, totalLines } of body.documents as { lines: [number, number]; totalLines: number }[])
        expect(totalLines === 0 || lines[1] >= lines[0]).toBe(true);
      const named = [body.documents, body.leftOut, body.failed].flatMap((list) =>
        (list as { id: string }[]).map(({ id }) => id),
      );
      expect(new Set(named).size + (body.unnamed as number)).toBe(ids.length);
    }
  });

  test("text comes before front matter, small documents are whole, and a note of one line is not left out", async () => {
    const ids = PLANTS.slice(0, 6).map((plant) => `notes/on-${plant}.md`);
    const { body } = await mcp.call("read_documents", { ids, budget: 700 });
    const shown = body.documents as { id: string; text: string }[];
    expect(shown.map(({ id }) => id)).toEqual(ids);
    for (const { text } of shown) expect(text).toMatch(/Sown in week \d\./);
    const mixed = await mcp.call("read_documents", { ids: ["long.md", ...ids.slice(0, 3)], budget: 700 });
    const named = (mixed.body.documents as { id: string }[]).map(({ id }) => id);
    expect(named).toEqual(expect.arrayContaining(ids.slice(0, 3)));
  });

  test("who asks again with the tokens of what was left out, and the frame, gets all of it", async () => {
    const ids = [
      ...PLANTS.map((plant) => `notes/on-${plant}.md`),
      "beds/kale.md",
      "fences.md:3-6",
      "long.md",
    ];
    for (const budget of [400, 600, 900, 1_500, 2_500]) {
      const { body, text } = await mcp.call("read_documents", { ids, budget });
      expect(tokens(text)).toBeLessThanOrEqual(budget);
      expect(tokens(JSON.stringify(body))).toBeLessThanOrEqual(budget);
      const left = body.leftOut as LeftOut[];
      expect(left.length).toBeGreaterThan(0);
      expect(text).toContain(`their tokens and ${body.frame} more`);
      for (const parts of [left, left.slice(0, 1), left.slice(-2)]) {
        const names = parts.map(({ id, lines: [first, last] }) => `${id}:${first}-${last}`);
        const sum = parts.reduce((all, each) => all + each.tokens, body.frame as number);
        const again = await mcp.call("read_documents", { ids: names, budget: sum });
        expect(again.body).toMatchObject({ leftOut: [], unnamed: 0 });
        expect(again.body.documents).toHaveLength(parts.length);
        expect(tokens(JSON.stringify(again.body))).toBeLessThanOrEqual(sum);
      }
    }
  });

  test("each document is there once, in the order of the question", async () => {
    const ids = ["beds/leeks.md", "kale.md", "beds/leeks.md"];
    const { body } = await mcp.call("read_documents", { ids });
    expect((body.documents as { id: string }[]).map(({ id }) => id)).toEqual([
      "beds/leeks.md",
      "beds/kale.md",
    ]);
  });
});

import { describe, expect, test } from "bun:test";
import { loadTokenizer } from "../../../src/embedding/model/tokenizer.ts";
import { type Chunk, chunkDocument } from "../../../src/ingest/chunking/chunk.ts";
import { embedText } from "../../../src/ingest/chunking/embed-text.ts";
import { possibleContexts } from "../../../src/ingest/chunking/headings.ts";
import { withoutNumbers } from "../../../src/ingest/chunking/numbers.ts";
import { leaveOutNoise } from "../../../src/ingest/markdown/noise.ts";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { DEFAULT_MODEL_NAME, findModel } from "../../../src/project/models.ts";
import { randomDocument, randomParagraph, randomSentence, seeded } from "../../helpers/random.ts";

const model = findModel(DEFAULT_MODEL_NAME)!;
const tokenizer = await loadTokenizer(model, "models");

const chunksOf = (text: string, maxTokens: number = model.maxTokens): Chunk[] =>
  chunkDocument(parseDocument(text), tokenizer, maxTokens);

/** What every set of chunks must hold, whatever the document. */
function expectSound(written: string, maxTokens: number = model.maxTokens): Chunk[] {
  const chunks = chunksOf(written, maxTokens);
  // What says nothing in words has tests of its own.
  const { text } = leaveOutNoise(written);
  const lines = text.split("\n");
  const covered = new Set<number>();
  for (const { heading, startLine, endLine, text: chunk, context } of chunks) {
    const embedded = embedText({ context, text: chunk });
    expect(tokenizer.count(embedded)).toBeLessThanOrEqual(maxTokens - 2);
    expect(embedded.length).toBeLessThan(10_000);
    expect(embedded.endsWith(withoutNumbers(chunk))).toBe(true);
    expect([...possibleContexts(heading)]).toContain(context);
    expect(lines.slice(startLine - 1, endLine).join("\n")).toContain(chunk);
    for (let line = startLine; line <= endLine; line++) covered.add(line);
  }
  expect(lines.flatMap((line, i) => (line.trim() === "" || covered.has(i + 1) ? [] : [i + 1]))).toEqual([]);
  expect(withoutSpace(chunks.map((chunk) => chunk.text).join(""))).toBe(withoutSpace(text));
  return chunks;
}

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");

describe("chunkDocument", () => {
  test("every word is in a chunk, in order, and every chunk fits", () => {
    for (let seed = 0; seed < 100; seed++) expectSound(randomDocument(seeded(seed)));
  });

  test("also where the window is small or large", () => {
    for (let seed = 0; seed < 30; seed++) {
      expectSound(randomDocument(seeded(seed)), 32);
      expectSound(randomDocument(seeded(seed)), 512);
    }
  });

  test("a small document is one chunk, as it is written", () => {
    const text = "# Title\n\nA paragraph.\n\n- a\n- b\n\n## Part\n\n    code\n";
    expect(chunksOf(`\n\n${text}\n\n`)).toEqual([
      { heading: ["Title"], startLine: 3, endLine: 12, text: text.trimEnd(), context: "" },
    ]);
  });

  test.each(["", "\n\n\n", " \t\f\n\u00a0\u2028\n", "\ufeff"])("%j has no chunks", (text) => {
    expect(chunksOf(text)).toEqual([]);
  });

  test("chunks are well filled, and crumbs are rare", () => {
    const counts: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const chunks = chunksOf(randomDocument(seeded(seed)));
      if (chunks.length > 1) counts.push(...chunks.map((chunk) => tokenizer.count(embedText(chunk))));
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(model.maxTokens * 0.6);
    expect(counts.filter((count) => count < 16).length / counts.length).toBeLessThan(0.05);
  });
});

describe("headings", () => {
  const random = seeded(11);
  const long = Array.from({ length: 12 }, () => randomParagraph(random)).join("\n\n");
  const text = `# Book\n\n${long}\n\n## Part *one*\n\n${long}\n\n### Chapter\n\n${long}\n\n## Part two\n\nEnd.\n`;
  const chunks = chunksOf(text);

  test("a chunk names the headings it stands under, and embeds those above it", () => {
    const inChapter = chunks.filter(({ heading }) => heading.join(" > ") === "Book > Part one > Chapter");
    expect(inChapter.length).toBeGreaterThan(2);
    const [first, ...rest] = inChapter;
    expect(first?.text).toStartWith("### Chapter\n");
    expect(first?.context).toBe("Book > Part one");
    for (const { context } of rest) expect(context).toBe("Book > Part one > Chapter");
  });

  test("a chunk that begins inside a section does not reach into the next", () => {
    for (const { text } of chunks) if (!text.startsWith("#")) expect(text).not.toMatch(/^#/m);
    expect(chunks.at(-1)?.heading).toEqual(["Book", "Part two"]);
  });

  test("a heading is never left alone while there is something below it", () => {
    for (const { text } of chunks) expect(text).toContain("\n");
    // Paragraphs that fill a chunk but for a few tokens leave no room for the heading above them.
    const words = (count: number): string => Array(count).fill("word").join(" ");
    const filled = chunksOf(`## Heading of some words\n\n${words(252)}\n\n## Other\n\n${words(252)}\n`);
    expect(filled.length).toBeGreaterThan(1);
    for (const { text } of filled) expect(text).toContain("word");
  });

  test("short sections share a chunk", () => {
    const sections = Array.from({ length: 60 }, (_, i) => `## Section ${i}\n\n${randomSentence(random)}`);
    const packed = chunksOf(`# Title\n\n${sections.join("\n\n")}\n`);
    expect(packed.length).toBeGreaterThan(1);
    expect(packed.length).toBeLessThan(25);
    for (const { text } of packed.slice(1)) expect(text).toStartWith("## Section");
  });

  test("one that is enormous is cut, and takes at most a quarter of a chunk below it", () => {
    const heading = Array.from({ length: 2_000 }, (_, i) => `word${i}`).join(" ");
    const found = expectSound(`# ${heading}\n\n${long}\n`);
    const below = found.filter(({ text }) => !text.includes("word")).slice(1);
    expect(below.length).toBeGreaterThan(1);
    for (const { context } of below) {
      expect(context).toStartWith("word0 ");
      expect(tokenizer.count(context)).toBeLessThanOrEqual(model.maxTokens / 4);
    }
  });
});

describe("blocks", () => {
  test("one that fits is not cut", () => {
    const random = seeded(21);
    const blocks = Array.from(
      { length: 80 },
      () => `- ${randomSentence(random)}\n- ${randomSentence(random)}`,
    );
    const text = blocks.join("\n\n***\n\n");
    const chunks = chunksOf(text);
    expect(chunks.length).toBeGreaterThan(1);
    expect(blocks.filter((block) => !chunks.some((chunk) => chunk.text.includes(block)))).toEqual([]);
  });

  test("one that does not is cut between lines of code, items of a list or sentences of prose", () => {
    const code = Array.from({ length: 200 }, (_, i) => `  call(${i}, "some words"); // remark ${i}`);
    const codeChunks = chunksOf(`\`\`\`\n${code.join("\n")}\n\`\`\`\n`);
    expect(codeChunks.length).toBeGreaterThan(3);
    for (const { text } of codeChunks.slice(1)) expect(text).toStartWith("  call(");

    const item = "- an item that goes on\n  for a second line\n  and for a third";
    const listChunks = chunksOf(Array.from({ length: 60 }, (_, i) => `${item} ${i}`).join("\n"));
    expect(listChunks.length).toBeGreaterThan(3);
    for (const { text } of listChunks) expect(text).toStartWith("- an item");

    const random = seeded(22);
    const prose = Array.from({ length: 100 }, () => randomSentence(random)).join(" ");
    const proseChunks = chunksOf(prose);
    expect(proseChunks.length).toBeGreaterThan(3);
    for (const { text } of proseChunks) expect(text).toEndWith(".");
  });
});

describe("front matter", () => {
  const body = "# Title\n\nText.\n";

  test("is a chunk of its own, so that editing tags leaves the body alone", () => {
    const before = expectSound(`---\ntags: [a]\n---\n${body}`);
    const after = expectSound(`---\ntags: [a, b, c]\nmore: x\n---\n${body}`);
    expect(before.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [1, 3],
      [4, 6],
    ]);
    expect(after).toHaveLength(2);
    expect(embedText(after[1]!)).toBe(embedText(before[1]!));
    expect(embedText(after[1]!)).toBe(embedText(chunksOf(body)[0]!));
  });

  test("that is broken or enormous is searchable all the same", () => {
    expectSound(`---\ntitle: [broken\n---\n${body}`);
    expect(expectSound(`---\n${"key: value\n".repeat(50_000)}---\n${body}`).length).toBeGreaterThan(100);
  });
});

describe("bad input", () => {
  test.each([
    ["a word of half a million letters", "a".repeat(500_000)],
    ["a line of half a million characters", "word ".repeat(100_000)],
    ["brackets", "[".repeat(100_000)],
    ["full stops", ".".repeat(100_000)],
    ["full stops and spaces", ". ".repeat(100_000)],
    ["emoji", "😀".repeat(50_000)],
    ["Chinese", "這是一個測試。文字".repeat(5_000)],
    ["Chinese without a full stop", "這是一個測試文字".repeat(5_000)],
    ["JSON on one line", JSON.stringify(Array.from({ length: 3_000 }, (_, id) => ({ id, name: `n${id}` })))],
    ["a long gap", `a${" ".repeat(500_000)}b`],
    ["form feeds", "a\fb\f".repeat(20_000)],
    ["line separators", "a\u2028b ".repeat(20_000)],
    ["no-break spaces", "a\u00a0".repeat(20_000)],
    ["control characters", "\x01\x02".repeat(50_000)],
    ["replacement characters", "\ufffd".repeat(50_000)],
    ["combining marks", "e\u0301".repeat(50_000)],
    ["deep quotes", `${">".repeat(2_000)} deep words\n`.repeat(50)],
    ["deep lists", Array.from({ length: 500 }, (_, i) => `${" ".repeat(i * 2)}- item ${i}`).join("\n")],
    ["a table", `|a|b|\n|-|-|\n${"|x y|z|\n".repeat(5_000)}`],
    [
      "nothing but headings",
      Array.from({ length: 3_000 }, (_, i) => `${"#".repeat((i % 6) + 1)} h${i}`).join("\n"),
    ],
    ["an open fence", `\`\`\`\n${"let x = 1;\n".repeat(5_000)}`],
    ["setext headings", "a\n=\n".repeat(5_000)],
  ])("%s", (_, text) => {
    expect(expectSound(text).length).toBeGreaterThan(0);
  });

  test("never ends a chunk in the middle of a character", () => {
    for (const letters of ["😀", "😀😀a"]) {
      const chunks = chunksOf(`a${letters.repeat(20_001)}`);
      expect(chunks.length).toBeGreaterThan(1);
      for (const { text } of chunks) expect(text.isWellFormed()).toBe(true);
    }
  });

  test("what is counted in pieces is counted as it would be as a whole, whatever white space joins the pieces", () => {
    const counted = { count: tokenizer.count, addsUp: false };
    const spaces = [" ", "\u00a0", "\u2028", "\ufeff", "\u3000", "\t", "\f"];
    for (let seed = 0; seed < 60; seed++) {
      const random = seeded(seed);
      const words = randomDocument(random).split(" ");
      const text = words.map((word) => word + (random.oneIn(3) ? random.pick(spaces) : " ")).join("");
      expect(chunksOf(text, 64)).toEqual(chunkDocument(parseDocument(text), counted, 64));
      expectSound(text, 64);
    }
  });

  test("a tokenizer whose counts do not add up still gets chunks that fit", () => {
    // Joining texts costs three tokens more than they have.
    const count = (text: string): number =>
      text.split(/\s+/).length * 2 + (text.match(/\n\n/g)?.length ?? 0) * 3;
    for (let seed = 0; seed < 20; seed++) {
      const parsed = parseDocument(randomDocument(seeded(seed)));
      const chunks = chunkDocument(parsed, { count, addsUp: false }, 128);
      expect(chunks.length).toBeGreaterThan(0);
      for (const chunk of chunks) expect(count(embedText(chunk))).toBeLessThanOrEqual(126);
    }
  });
});

test("of a text that was pasted into one heading, a passage has no more beside it than a name is long", () => {
  const document = parseDocument(
    `# ${"0 5 * * ".repeat(40_000)}\n\nBelow it.\n\n## ${"word ".repeat(20_000)}\n\nEnd.\n`,
  );
  const chunks = chunkDocument(document, tokenizer, model.maxTokens);
  expect(document.title!.length).toBe(1_000);
  expect(Math.max(...chunks.flatMap(({ heading }) => heading.map((each) => each.length)))).toBe(1_000);
  // All of it is there, in the passages themselves.
  expect(chunks.map(({ text }) => text).join("").length).toBeGreaterThan(400_000);
});

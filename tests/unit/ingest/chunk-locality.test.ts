/** How many texts have to be embedded anew after an edit. */
import { describe, expect, test } from "bun:test";
import { loadTokenizer } from "../../../src/embedding/model/tokenizer.ts";
import { chunkDocument } from "../../../src/ingest/chunking/chunk.ts";
import { embedText } from "../../../src/ingest/chunking/embed-text.ts";
import { type ParsedDocument, parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { DEFAULT_MODEL_NAME, findModel } from "../../../src/project/models.ts";
import { type Random, randomDocument, randomParagraph, seeded } from "../../helpers/random.ts";

const model = findModel(DEFAULT_MODEL_NAME)!;
/** How many documents are made for each of what is said; a quarter of it where they are long. */
const DOCUMENTS = Number(process.env.AMALFA_LOCALITY_DOCUMENTS ?? 40);
const tokenizer = await loadTokenizer(model, "models");

const embedTexts = (text: string): string[] =>
  chunkDocument(parseDocument(text), tokenizer, model.maxTokens).map(embedText);

function newTexts(before: string, after: string): number {
  const known = new Set(embedTexts(before));
  return new Set(embedTexts(after).filter((text) => !known.has(text))).size;
}

/** A paragraph of at most a third of a chunk: 80 tokens, some 60 English words. */
function ordinaryParagraph(random: Random): string {
  while (true) {
    const paragraph = randomParagraph(random);
    if (tokenizer.count(paragraph) <= (model.maxTokens - 2) / 3) return paragraph;
  }
}

function insertBefore(
  { text, blocks, lineStarts }: ParsedDocument,
  block: number,
  paragraph: string,
): string {
  const at = blocks[block] === undefined ? text.length : lineStarts[blocks[block].startLine - 1]!;
  return `${text.slice(0, at)}\n\n${paragraph}\n\n${text.slice(at)}`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("a paragraph added at the top costs one or two inferences", () => {
  test(`in ${DOCUMENTS} random documents`, () => {
    for (let seed = 0; seed < DOCUMENTS; seed++) {
      const random = seeded(seed);
      const parsed = parseDocument(randomDocument(random));
      const cost = newTexts(parsed.text, insertBefore(parsed, 0, ordinaryParagraph(random)));
      expect([seed, cost]).toEqual([seed, cost === 2 ? 2 : 1]);
    }
  });

  test("in 300 paragraphs without any heading", () => {
    for (let seed = 0; seed < DOCUMENTS / 4; seed++) {
      const random = seeded(1_000 + seed);
      const text = Array.from({ length: 300 }, () => randomParagraph(random)).join("\n\n");
      const cost = newTexts(text, `${ordinaryParagraph(random)}\n\n${text}`);
      expect([seed, cost]).toEqual([seed, cost === 2 ? 2 : 1]);
    }
  });

  test("also below the first heading, but for the rare document where it is three", () => {
    const costs: number[] = [];
    for (let seed = 0; seed < DOCUMENTS; seed++) {
      const random = seeded(2_000 + seed);
      const parsed = parseDocument(randomDocument(random));
      const below = parsed.blocks[0]?.kind === "heading" ? 1 : 0;
      costs.push(newTexts(parsed.text, insertBefore(parsed, below, ordinaryParagraph(random))));
    }
    expect(Math.max(...costs)).toBeLessThanOrEqual(3);
    expect(costs.filter((cost) => cost > 2).length).toBeLessThanOrEqual(Math.ceil(DOCUMENTS / 50));
  });
});

describe("an edit elsewhere stays local", () => {
  test.each(["the middle", "the end"])("a paragraph added at %s", (place) => {
    const costs: number[] = [];
    for (let seed = 0; seed < DOCUMENTS / 4; seed++) {
      const random = seeded(3_000 + seed);
      const parsed = parseDocument(Array.from({ length: 300 }, () => randomParagraph(random)).join("\n\n"));
      const block = place === "the middle" ? 150 : 300;
      costs.push(newTexts(parsed.text, insertBefore(parsed, block, ordinaryParagraph(random))));
    }
    expect(sum(costs) / costs.length).toBeLessThan(4);
    expect(Math.max(...costs)).toBeLessThan(20);
  });

  test("a section added or removed leaves the others alone", () => {
    const random = seeded(4_000);
    const section = (name: string): string =>
      `## ${name}\n\n${Array.from({ length: 20 }, () => randomParagraph(random)).join("\n\n")}\n\n`;
    const [a, b, c] = [section("A"), section("B"), section("C")];
    expect(newTexts(`${a}${b}${c}`, `${a}${c}`)).toBe(0);
    expect(newTexts(`${a}${c}`, `${a}${b}${c}`)).toBe(embedTexts(b).length);
  });
});

test("a chunk says nothing of where its document or it stands", () => {
  const random = seeded(5_000);
  const text = Array.from({ length: 100 }, () => randomParagraph(random)).join("\n\n");
  expect(embedTexts(`\n\n\n${text}\n\n`)).toEqual(embedTexts(text));
});

/** Parser and chunker, on any text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chunkDocument, type TokenCounter } from "../../src/ingest/chunking/chunk.ts";
import { embedText } from "../../src/ingest/chunking/embed-text.ts";
import { leaveOutNoise } from "../../src/ingest/markdown/noise.ts";
import { parseDocument } from "../../src/ingest/markdown/parse.ts";
import { document, PROPERTY } from "./arbitrary.ts";

/** Words, roughly; enough for what does not depend on the model. */
const words: TokenCounter = { count: (text) => text.match(/\S{1,6}/g)?.length ?? 0, addsUp: true };
const withoutSpace = (text: string): string => text.replace(/\s+/g, "");

describe("parseDocument", () => {
  test("takes any text, says the same each time, and points at lines that there are", () => {
    fc.assert(
      fc.property(document, (text) => {
        const parsed = parseDocument(text);
        expect(parseDocument(text)).toEqual(parsed);
        const last = text.split("\n").length;
        for (const { line } of parsed.links) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(last);
        }
        for (const { startLine, endLine } of parsed.blocks) expect(startLine).toBeLessThanOrEqual(endLine);
      }),
      PROPERTY,
    );
  });
});

describe("chunkDocument", () => {
  test("every word of any text is in one chunk, in order, and every chunk fits", () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 24, max: 256 }), (written, window) => {
        const chunks = chunkDocument(parseDocument(written), words, window);
        const { text } = leaveOutNoise(written);
        expect(withoutSpace(chunks.map((chunk) => chunk.text).join(""))).toBe(withoutSpace(text));
        for (const chunk of chunks) expect(words.count(embedText(chunk))).toBeLessThanOrEqual(window - 2);
      }),
      PROPERTY,
    );
  });

  test("what is embedded says nothing of where it stands: blank lines above change no text", () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 5 }), (written, lines) => {
        const texts = (text: string): string[] =>
          chunkDocument(parseDocument(text), words, 64).map(embedText);
        fc.pre(!/^\ufeff?---/.test(written));
        expect(texts("\n".repeat(lines) + written)).toEqual(texts(written));
      }),
      PROPERTY,
    );
  });
});

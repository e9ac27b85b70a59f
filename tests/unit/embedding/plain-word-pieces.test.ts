import { beforeAll, describe, expect, test } from "bun:test";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { locateModel } from "../../../src/embedding/model/files.ts";
import { plainWordPieces } from "../../../src/embedding/model/word-pieces.ts";
import { MODEL, NO_MODELS } from "../../helpers/embedding.ts";
import { seeded } from "../../helpers/random.ts";

let file: { vocab: Record<string, number>; whole: object };
let plain: (word: string) => number[] | undefined;
/** The same with nothing read before, as for a query. */
let atFirst: (word: string) => number[] | undefined;
let library: (word: string) => readonly number[];

beforeAll(async () => {
  const paths = locateModel(MODEL, NO_MODELS);
  const whole = (await Bun.file(paths.tokenizer).json()) as { model: { vocab: Record<string, number> } };
  file = { whole, vocab: whole.model.vocab };
  // Read out of the middle of a text, so that nothing beside the word counts.
  const readBy = (pieces: NonNullable<ReturnType<typeof plainWordPieces>>) => (word: string) => {
    const ids: number[] = [];
    const text = `before${word}after`;
    const count = pieces.read(text, 6, 6 + word.length, ids);
    expect(pieces.read(text, 6, 6 + word.length)).toBe(count);
    expect(count ?? 0).toBe(ids.length);
    return count === undefined ? undefined : ids;
  };
  const used = plainWordPieces(whole)!;
  // So many look-ups are worth a tree, and what follows is read by it.
  const long = "antidisestablishmentarianism".repeat(3);
  for (let times = 0; times < 1_000; times++) used.read(long, 0, long.length);
  plain = readBy(used);
  atFirst = (word) => readBy(plainWordPieces(whole)!)(word);
  const tokenizer = new LibraryTokenizer(whole, await Bun.file(paths.tokenizerConfig).json());
  library = (word) => tokenizer.encode(word, { add_special_tokens: false }).ids;
});

const charactersFrom = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index));

/** Every printable character of ASCII, and what typesetters put around words. */
const PRINTABLE = [...charactersFrom(0x21, 0x7e), ...charactersFrom(0x2010, 0x2027)];

describe("WordPiece for plain words gives the library's tokens", () => {
  test("for every character and every pair of characters", () => {
    for (const first of PRINTABLE) {
      expect({ word: first, ids: plain(first) }).toEqual({ word: first, ids: [...library(first)] });
      expect(atFirst(first)).toEqual([...library(first)]);
      for (const second of PRINTABLE) {
        const word = first + second;
        expect({ word, ids: plain(word) }).toEqual({ word, ids: [...library(word)] });
      }
    }
  });

  test("for words made of pieces of the vocabulary, in any case, and of nonsense", () => {
    const pieces = Object.keys(file.vocab).filter(
      (piece) => /^[!-~]+$/.test(piece) && !/^\[\w+\]$/.test(piece),
    );
    for (let seed = 0; seed < 4000; seed++) {
      const random = seeded(seed);
      const parts = Array.from({ length: random.between(1, 5) }, () => {
        if (random.oneIn(4)) return random.pick(PRINTABLE).repeat(random.between(1, 60));
        const piece = random.pick(pieces);
        return random.oneIn(3) ? piece.toUpperCase() : piece.replace("##", "");
      });
      const word = parts.join("");
      if (word === "") continue;
      const ids = [...library(word)];
      expect({ word, ids: plain(word) }).toEqual({ word, ids });
      if (seed < 1000) expect({ word, ids: atFirst(word) }).toEqual({ word, ids });
    }
  });

  test("for words that every object of JavaScript has, and are no pieces", () => {
    for (const word of ["constructor", "valueof", "constructors"])
      expect(atFirst(word)).toEqual([...library(word)]);
  });
});

test("leaves other words, and special tokens, to the library", () => {
  for (const word of [
    "café",
    "漢字",
    "x\u00a0y",
    "[SEP]",
    "a[MASK]b",
    "tab\there",
    "a\u200bb",
    "a\u2028b",
    "a\u200fb",
    "a\u2030b",
  ]) {
    expect(plain(word)).toBeUndefined();
  }
  expect(plain("[link](there.md)")).toEqual([...library("[link](there.md)")]);
});

test("does not claim a tokenizer of another kind", () => {
  const { whole } = file as { whole: Record<string, object> };
  expect(
    plainWordPieces({ ...whole, normalizer: { ...whole.normalizer, lowercase: false } }),
  ).toBeUndefined();
  expect(plainWordPieces({ ...whole, model: { ...whole.model, type: "BPE" } })).toBeUndefined();
  expect(plainWordPieces({})).toBeUndefined();
});

import { beforeAll, describe, expect, test } from "bun:test";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { locateModel } from "../../../src/embedding/model/files.ts";
import { createTokenizer, loadTokenizer, type Tokenizer } from "../../../src/embedding/model/tokenizer.ts";
import { MODEL, NO_MODELS } from "../../helpers/embedding.ts";
import { type Random, seeded } from "../../helpers/random.ts";

let tokenizer: Tokenizer;
let library: LibraryTokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(MODEL, NO_MODELS);
  const paths = locateModel(MODEL, NO_MODELS);
  library = new LibraryTokenizer(
    await Bun.file(paths.tokenizer).json(),
    await Bun.file(paths.tokenizerConfig).json(),
  );
});

/** Everything that some part of the tokenizer treats in its own way. */
const ODD = [
  ..." \t\n\r\v\f\0\u0085\u00a0\u00ad\u1680\u2000\u2009\u200b\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\ufffd",
  "\ud800",
  "\udc00",
  "\u{e000}",
  "\u{10fffd}",
  "\u0301",
  "\u0345",
  "Σ",
  "ς",
  "σ",
  "İ",
  "ı",
  "ß",
  "ﬁ",
  "é",
  "e\u0301",
  "漢",
  "字",
  "\u{20000}",
  "한국",
  "かな",
  "ไทย",
  "👍🏽",
  "👨‍👩‍👧",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "[UNK]",
  "[PAD]",
  "[SE",
  "P]",
  "##",
  "don't",
  "a_b",
  "x=1;",
  "https://example.org/a?b=c#d",
  "...",
  "—",
  "“q”",
  "`",
  "´",
  "\u1fef",
  "\u037e",
  "²",
  "Ⅷ",
  "antidisestablishmentarianism",
  "x".repeat(101),
  "word",
  "Word",
  "WORD",
  "12345",
];

function oddText(random: Random): string {
  return Array.from({ length: random.between(0, 40) }, () => random.pick(ODD)).join(
    random.oneIn(2) ? "" : " ",
  );
}

describe("The tokenizer", () => {
  test("gives the reference ids", () => {
    expect([...tokenizer.encode("hello world")]).toEqual([101, 7592, 2088, 102]);
    expect([...tokenizer.encode("")]).toEqual([101, 102]);
    expect([...tokenizer.encode(" \n\t ")]).toEqual([101, 102]);
    expect(tokenizer.count("hello world")).toBe(2);
    expect(tokenizer.count("")).toBe(0);
  });

  test("agrees with the library on any text, however odd, the second time as well as the first", () => {
    const random = seeded(7);
    const texts = Array.from({ length: 1_500 }, () => oddText(random));
    for (const text of [...texts, ...texts]) {
      const ids = library.encode(text).ids;
      expect([text, tokenizer.count(text)]).toEqual([text, ids.length - 2]);
      if (ids.length <= MODEL.maxTokens) expect([text, ...tokenizer.encode(text)]).toEqual([text, ...ids]);
    }
  });

  test("agrees with the library on every character of the basic plane between letters", () => {
    const differing: string[] = [];
    for (let start = 0; start < 0x10000; start += 64) {
      const text = Array.from({ length: 64 }, (_, step) => `a${String.fromCharCode(start + step)}b`).join(
        " ",
      );
      if (tokenizer.count(text) !== library.encode(text).ids.length - 2) differing.push(start.toString(16));
    }
    expect(differing).toEqual([]);
  });

  test("cuts at the model's window and keeps the last [SEP]", () => {
    const text = Array.from({ length: 600 }, (_, index) => `word${index}`).join(" ");
    const ids = library.encode(text).ids;
    expect([...tokenizer.encode(text)]).toEqual([...ids.slice(0, MODEL.maxTokens - 1), 102]);
    expect(tokenizer.count(text)).toBe(ids.length - 2);
    const oneWord = "a.".repeat(2_000);
    expect([...tokenizer.encode(oneWord)]).toEqual([...library.encode(oneWord).ids.slice(0, 255), 102]);
    expect(tokenizer.count(oneWord)).toBe(4_000);
  });

  test("fills the window to the last place before it cuts", () => {
    const exact = "word ".repeat(MODEL.maxTokens - 2);
    expect(tokenizer.encode(exact).length).toBe(MODEL.maxTokens);
    expect([...tokenizer.encode(`${exact} more`)]).toEqual([...tokenizer.encode(exact)]);
    expect(tokenizer.encode(exact.slice("word ".length)).length).toBe(MODEL.maxTokens - 1);
  });

  test("stays right when more words were met than it remembers", async () => {
    const paths = locateModel(MODEL, NO_MODELS);
    const file = (await Bun.file(paths.tokenizer).json()) as object;
    const fresh = createTokenizer(file, {}, MODEL.maxTokens);
    const words = Array.from({ length: 140_000 }, (_, index) => `w${index.toString(36)}`);
    const text = words.slice(0, 300).join(" ");
    const count = fresh.count(text);
    fresh.count(words.join(" "));
    expect(fresh.count(text)).toBe(count);
    expect(count).toBe(library.encode(text).ids.length - 2);
  });

  test("is read once for all that use it at a time", async () => {
    expect(await loadTokenizer(MODEL, NO_MODELS)).toBe(tokenizer);
    expect(await loadTokenizer({ ...MODEL, maxTokens: 16 }, NO_MODELS)).not.toBe(tokenizer);
  });
});

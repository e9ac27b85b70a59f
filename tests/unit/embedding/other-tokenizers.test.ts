/** Tokenizers of other kinds than the default model's: the ids are the library's, whatever way is taken. */
import { describe, expect, test } from "bun:test";
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { createTokenizer } from "../../../src/embedding/model/tokenizer.ts";
import { type Random, seeded } from "../../helpers/random.ts";

const SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
const added = SPECIAL.map((content, id) => ({
  id,
  content,
  special: true,
  lstrip: content === "<mask>",
  rstrip: false,
  normalized: false,
  single_word: false,
}));
const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const post_processor = {
  type: "TemplateProcessing",
  single: [token("<s>"), { Sequence: { id: "A", type_id: 0 } }, token("</s>")],
  pair: [],
  special_tokens: Object.fromEntries(
    ["<s>", "</s>"].map((id) => [id, { id, ids: [SPECIAL.indexOf(id)], tokens: [id] }]),
  ),
};

const PIECES = [
  "▁",
  "▁the",
  "▁wor",
  "ld",
  "▁Welt",
  "wor",
  "e",
  "o",
  "a",
  "▁a",
  "l",
  "d",
  "t",
  "h",
  "日",
  "日本",
  "▁日",
  "語",
  ".",
  ",",
  "▁query",
  ":",
  "ß",
  "é",
];

/** Sentencepiece as multilingual-e5 and XLM-R have it. */
const UNIGRAM = {
  version: "1.0",
  added_tokens: added,
  normalizer: { type: "Precompiled", precompiled_charsmap: "" },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "WhitespaceSplit" },
      { type: "Metaspace", replacement: "▁", add_prefix_space: true, prepend_scheme: "always" },
    ],
  },
  post_processor,
  decoder: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
  model: {
    type: "Unigram",
    unk_id: 3,
    vocab: [...SPECIAL.map((content) => [content, 0]), ...PIECES.map((piece, at) => [piece, -2 - at / 10])],
  },
};

/** As RoBERTa has it: a word after a space is another one than at the beginning. */
const BYTE_LEVEL = {
  version: "1.0",
  added_tokens: added,
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor,
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    unk_token: "<unk>",
    fuse_unk: false,
    vocab: Object.fromEntries(
      [...SPECIAL, ..."abcdeow", "Ġ", "Ġa", "wo", "Ġwo", "ab"].map((piece, id) => [piece, id]),
    ),
    merges: ["Ġ a", "w o", "Ġ wo", "a b"],
  },
};

const ODD = [
  ..." \t\n\u00a0\u3000▁<ßéaA.,:日本語漢",
  "the",
  "world",
  "Welt",
  "wo",
  "ab",
  "<mask>",
  "</s>",
  "👍",
  "\ud800",
  "e\u0301",
  "ﬁ",
];

function oddText(random: Random): string {
  const parts = Array.from({ length: random.between(0, 20) }, () => random.pick(ODD));
  return parts.join(random.oneIn(2) ? "" : " ");
}

describe.each([
  ["sentencepiece", UNIGRAM, true],
  ["sentencepiece with one mark at the beginning", withScheme("first"), false],
  [
    "sentencepiece without splitting at white space",
    { ...UNIGRAM, pre_tokenizer: { type: "Metaspace" } },
    false,
  ],
  ["sentencepiece without a piece for the mark", withoutMark(), false],
  ["bytes", BYTE_LEVEL, false],
] as const)("%s", (_, file, addsUp) => {
  const library = new LibraryTokenizer(file, {});
  const tokenizer = createTokenizer(file, {}, 16);

  test("agrees with the library on any text", () => {
    const random = seeded(11);
    for (let round = 0; round < 400; round++) {
      const text = oddText(random);
      const ids = library.encode(text).ids;
      expect([text, tokenizer.count(text)]).toEqual([text, ids.length - 2]);
      const wanted = ids.length <= 16 ? ids : [...ids.slice(0, 15), 2];
      expect([text, ...tokenizer.encode(text)]).toEqual([text, ...wanted]);
    }
  });

  test(`${addsUp ? "adds up" : "does not claim to add up"} over white space`, () => {
    expect(tokenizer.addsUp).toBe(addsUp);
    if (!addsUp) return;
    const random = seeded(12);
    for (let round = 0; round < 200; round++) {
      const [one, other] = [oddText(random), oddText(random)];
      const sum = tokenizer.count(one) + tokenizer.count(other);
      expect([one, other, tokenizer.count(`${one}\n\n${other}`)]).toEqual([one, other, sum]);
    }
  });
});

test("a tokenizer that encloses a text in more than two special tokens is refused", () => {
  const single = [token("<s>"), token("<s>"), { Sequence: { id: "A", type_id: 0 } }, token("</s>")];
  const file = { ...UNIGRAM, post_processor: { ...post_processor, single } };
  expect(() => createTokenizer(file, {}, 16).encode("a")).toThrow("more than two special tokens");
});

test("one that encloses it in nothing is used as it is", () => {
  const file = { ...UNIGRAM, post_processor: null };
  expect([...createTokenizer(file, {}, 16).encode("the world")]).toEqual(
    new LibraryTokenizer(file, {}).encode("the world").ids,
  );
});

function withScheme(prepend_scheme: string) {
  const pretokenizers = [
    { type: "WhitespaceSplit" },
    { type: "Metaspace", replacement: "▁", prepend_scheme },
  ];
  return { ...UNIGRAM, pre_tokenizer: { type: "Sequence", pretokenizers } };
}

function withoutMark() {
  const vocab = UNIGRAM.model.vocab.filter(([piece]) => piece !== "▁");
  return { ...UNIGRAM, model: { ...UNIGRAM.model, vocab } };
}

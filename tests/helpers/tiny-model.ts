/**
 * A model of a few kilobytes that the ONNX runtime runs as it runs any other: each token has a vector of its own, and
 * those are the output. For what is about models as such, and not about what they understand.
 */
import { createHash } from "node:crypto";
import { type Model, type ModelTraits, modelOf } from "../../src/project/models.ts";
import { seeded } from "./random.ts";

export interface TinyShape {
  readonly dimensions?: number;
  /** Another one makes other weights. */
  readonly seed?: number;
  readonly output?: string;
  readonly inputs?: readonly string[];
}

const WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const PIECES = [...WORDS, ...LETTERS, ...LETTERS.map((letter) => `##${letter}`), ...":.,-'"];

/** The bytes of the three files, by their paths. */
export function tinyModelFiles(shape: TinyShape = {}): Record<string, string | Uint8Array> {
  return {
    "onnx/model.onnx": tinyOnnx(shape),
    "tokenizer.json": JSON.stringify(tinyTokenizer()),
    "tokenizer_config.json": "{}",
  };
}

/** The model whose files these are. */
export function tinyModel(traits: Partial<ModelTraits> = {}, shape: TinyShape = {}): Model {
  const files = tinyModelFiles(shape);
  const file = (path: string) => ({ path, sha256: createHash("sha256").update(files[path]!).digest("hex") });
  return modelOf({
    name: "tiny",
    directory: "tiny",
    quantisation: "fp32",
    pooling: "mean",
    prefixes: { query: "", passage: "" },
    normalisation: "l2",
    dimensions: shape.dimensions ?? 32,
    maxTokens: 64,
    languages: "English",
    files: {
      onnx: file("onnx/model.onnx"),
      tokenizer: file("tokenizer.json"),
      tokenizerConfig: file("tokenizer_config.json"),
    },
    ...traits,
  });
}

export function tinyTokenizer(): object {
  const special = (content: string) => ({ id: WORDS.indexOf(content), content, special: true });
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return {
    version: "1.0",
    added_tokens: WORDS.map(special),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [token("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, token("[SEP]")],
      pair: [],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((id) => [id, { id, ids: [WORDS.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(PIECES.map((piece, id) => [piece, id])),
    },
  };
}

/** The vector of a token, as the model has it. */
export function tinyTable({ dimensions = 32, seed = 1 }: TinyShape = {}): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length: PIECES.length * dimensions }, () => random.between(-1000, 1000) / 1000);
}

/* The file format is protobuf: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */

function tinyOnnx(shape: TinyShape): Uint8Array {
  const { dimensions = 32, output = "last_hidden_state", inputs = ["input_ids", "attention_mask"] } = shape;
  const table = tinyTable(shape);
  const weights = [
    ...[PIECES.length, dimensions].map((size) => number(1, size)),
    number(2, 1),
    text(8, "table"),
    bytes(9, new Uint8Array(table.buffer)),
  ];
  const gather = [text(1, "table"), text(1, inputs[0]!), text(2, output), text(4, "Gather")];
  const value = (name: string, type: number, sizes: readonly (string | number)[]) => {
    const dims = sizes.map((size) => message(1, typeof size === "number" ? number(1, size) : text(2, size)));
    return [text(1, name), message(2, message(1, number(1, type), message(2, ...dims)))];
  };
  const graph = [
    message(1, ...gather),
    text(2, "tiny"),
    message(5, ...weights),
    ...inputs.map((name) => message(11, ...value(name, 7, ["batch", "tokens"]))),
    message(12, ...value(output, 1, ["batch", "tokens", dimensions])),
  ];
  return Buffer.concat([number(1, 8), message(7, ...graph), message(8, text(1, ""), number(2, 13))]);
}

function varint(value: number): Uint8Array {
  const parts: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...parts, rest]);
    parts.push((rest % 128) + 128);
  }
}

function number(field: number, value: number): Uint8Array {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function bytes(field: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function text(field: number, content: string): Uint8Array {
  return bytes(field, Buffer.from(content));
}

function message(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return bytes(field, Buffer.concat(parts));
}

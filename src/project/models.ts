/**
 * The models amalfa knows, each with everything that shapes its vectors.
 *
 * A model id names all of that and ends with a digest of it, of fixed length. Were one id a suffix of another, their
 * ends, and so the digests, would be equal, and with them the ids: hence no id is a proper suffix of another, and
 * `text + model id` can be read in one way only.
 */
import { AmalfaError } from "../system/index.ts";

/** A file of a model: where it lies in the model's directory, and its SHA-256 in lower-case hex. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

export interface ModelFiles {
  readonly onnx: ModelFile;
  readonly tokenizer: ModelFile;
  readonly tokenizerConfig: ModelFile;
}

/** What of a model decides about its vectors. */
interface ModelTraits {
  readonly name: string;
  /** The directory that holds the files; models that share weights share it. */
  readonly directory: string;
  readonly files: ModelFiles;
  readonly quantisation: "int8";
  readonly pooling: "mean";
  readonly normalisation: "l2";
  /** Length of a vector. */
  readonly dimensions: number;
  /** The window in tokens, `[CLS]` and `[SEP]` included; longer texts are cut. */
  readonly maxTokens: number;
}

export interface Model extends ModelTraits {
  /** The model id: part of every key of the vector cache. */
  readonly id: string;
}

/** Hex digits of the digest that ends a model id. */
const DIGEST_LENGTH = 16;

function withId(traits: ModelTraits): Model {
  const { files } = traits;
  const readable = [
    `${traits.name}@${files.onnx.sha256.slice(0, 12)}`,
    traits.quantisation,
    traits.pooling,
    traits.normalisation,
    `${traits.dimensions}d`,
    `${traits.maxTokens}t`,
  ].join(":");
  const whole = [readable, files.onnx.sha256, files.tokenizer.sha256, files.tokenizerConfig.sha256].join(
    "\n",
  );
  const digest = new Bun.CryptoHasher("sha256").update(whole).digest("hex").slice(0, DIGEST_LENGTH);
  return { ...traits, id: `${readable}:${digest}` };
}

const MINI_LM = {
  directory: "all-MiniLM-L6-v2",
  files: {
    onnx: {
      path: "onnx/model_quantized.onnx",
      sha256: "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1",
    },
    tokenizer: {
      path: "tokenizer.json",
      sha256: "aa5777dd801854afc1818a8e20820806261c9497db9593a220b646bedfbc0fef",
    },
    tokenizerConfig: {
      path: "tokenizer_config.json",
      sha256: "9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3",
    },
  },
  quantisation: "int8",
  pooling: "mean",
  normalisation: "l2",
  dimensions: 384,
} as const;

/** Every model of the catalogue, the default first. */
export const MODELS: readonly Model[] = [
  withId({ ...MINI_LM, name: "all-MiniLM-L6-v2", maxTokens: 256 }),
  // Half the window: shorter passages, each embedded in less than half the time.
  withId({ ...MINI_LM, name: "all-MiniLM-L6-v2-128", maxTokens: 128 }),
];

export const DEFAULT_MODEL_NAME = "all-MiniLM-L6-v2";

/** The names a user may configure, the default first. */
export function modelNames(): readonly string[] {
  return MODELS.map((model) => model.name);
}

export function findModel(name: string): Model | undefined {
  return MODELS.find((model) => model.name === name);
}

/** Throws `config.invalid` (exit 2) for a name that is not in the catalogue, with the names that are. */
export function requireModel(name: string): Model {
  const model = findModel(name);
  if (model !== undefined) return model;
  throw new AmalfaError("config.invalid", `There is no model "${name}".`, {
    hint: `Set \`embeddings.model\` to ${modelNames().join(" or ")}.`,
  });
}

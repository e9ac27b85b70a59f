/** What of a model decides about its vectors. */

/** A file of a model: where it lies in the model's directory, and its SHA-256 in lower-case hex. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

export interface ModelFiles {
  readonly onnx: ModelFile;
  readonly tokenizer: ModelFile;
  /** One of `{}` where a model comes without. */
  readonly tokenizerConfig: ModelFile;
}

/** How the vector of a text is made of those of its tokens: their mean, or that of the first one. */
export const POOLINGS = ["mean", "cls"] as const;

export interface ModelTraits {
  readonly name: string;
  /** The directory that holds the files; models that share weights share it. */
  readonly directory: string;
  /** The number format of the weights, such as `int8`. */
  readonly quantisation: string;
  readonly pooling: (typeof POOLINGS)[number];
  /** What the model wants to be written before a query and before a passage; mostly nothing. */
  readonly prefixes: { readonly query: string; readonly passage: string };
  readonly normalisation: "l2";
  /** Length of a vector. */
  readonly dimensions: number;
  /** The window in tokens, special ones included; longer texts are cut. */
  readonly maxTokens: number;
  /** The languages that it was made for. */
  readonly languages: "English" | "many";
}

/** The traits alone, of whatever says more of a model. */
export function traitsOf(model: ModelTraits): ModelTraits {
  const {
    name,
    directory,
    quantisation,
    pooling,
    prefixes,
    normalisation,
    dimensions,
    maxTokens,
    languages,
  } = model;
  return {
    name,
    directory,
    quantisation,
    pooling,
    prefixes,
    normalisation,
    dimensions,
    maxTokens,
    languages,
  };
}

/**
 * The catalogue: models that amalfa knows how to run, and where they are to be had.
 *
 * The digest of a file stands here where it is known for certain; of other files it is recorded when they are pulled
 * for the first time. Either way it is part of the model's id.
 */

/* What of a model decides about its vectors. */

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

/** A file as the catalogue knows it. */
export interface CatalogueFile {
  readonly path: string;
  readonly sha256?: string;
}

export interface CatalogueEntry extends ModelTraits {
  /** Whether it comes with amalfa, or has to be fetched. */
  readonly origin: "bundled" | "hub";
  /** Other names that people write, in lower case. */
  readonly aliases: readonly string[];
  /** Where it comes from, on a hub. */
  readonly repository: string;
  readonly files: {
    readonly onnx: CatalogueFile;
    readonly tokenizer: CatalogueFile;
    readonly tokenizerConfig: CatalogueFile;
  };
  /** Bytes of all files together, about. */
  readonly download: number;
  readonly licence: string;
  /** How long a token takes, about, where one of the bundled model takes 1. */
  readonly effort: number;
  /** What it is for, a clause. */
  readonly use: string;
}

const NO_PREFIXES = { query: "", passage: "" } as const;
/** What bge and arctic-embed were trained to find before a query. */
const RETRIEVAL_QUERY = {
  query: "Represent this sentence for searching relevant passages: ",
  passage: "",
} as const;

const MINI_LM = {
  origin: "bundled",
  directory: "all-MiniLM-L6-v2",
  repository: "Xenova/all-MiniLM-L6-v2",
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
  prefixes: NO_PREFIXES,
  normalisation: "l2",
  dimensions: 384,
  languages: "English",
  licence: "Apache-2.0",
  download: 24_000_000,
} as const;

const TOKENIZER_FILES = {
  tokenizer: { path: "tokenizer.json" },
  tokenizerConfig: { path: "tokenizer_config.json" },
} as const;

/** What models that come from a hub have in common here. */
const FROM_HUB = { origin: "hub", normalisation: "l2", dimensions: 384, maxTokens: 512 } as const;

/** Every model, the default first. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    ...MINI_LM,
    name: "all-MiniLM-L6-v2",
    aliases: ["minilm", "all-minilm", "minilm-l6-v2"],
    maxTokens: 256,
    effort: 1,
    use: "by default",
  },
  {
    // Half the window: shorter chunks, each embedded in less than half the time.
    ...MINI_LM,
    name: "all-MiniLM-L6-v2-128",
    aliases: ["minilm-128"],
    maxTokens: 128,
    effort: 1,
    use: "for shorter passages, each computed in less than half the time",
  },
  {
    ...FROM_HUB,
    name: "bge-small-en-v1.5",
    directory: "bge-small-en-v1.5",
    aliases: ["bge-small", "bge-small-en"],
    repository: "BAAI/bge-small-en-v1.5",
    files: { onnx: { path: "onnx/model.onnx" }, ...TOKENIZER_FILES },
    quantisation: "fp32",
    pooling: "cls",
    prefixes: RETRIEVAL_QUERY,
    languages: "English",
    licence: "MIT",
    download: 134_000_000,
    effort: 5,
    use: "as amalfa 1.x did; longer passages",
  },
  {
    ...FROM_HUB,
    name: "gte-small",
    directory: "gte-small",
    aliases: [],
    repository: "Xenova/gte-small",
    files: {
      onnx: {
        path: "onnx/model.onnx",
        sha256: "398a29991324e0b383afa13375d681ced3079c83e097fb1ebd9290d7498523b3",
      },
      ...TOKENIZER_FILES,
    },
    quantisation: "fp32",
    pooling: "mean",
    prefixes: NO_PREFIXES,
    languages: "English",
    licence: "MIT",
    download: 134_000_000,
    effort: 5,
    use: "for longer passages",
  },
  {
    ...FROM_HUB,
    name: "multilingual-e5-small",
    directory: "multilingual-e5-small",
    aliases: ["e5-multilingual", "multilingual-e5"],
    repository: "Xenova/multilingual-e5-small",
    files: { onnx: { path: "onnx/model_quantized.onnx" }, ...TOKENIZER_FILES },
    quantisation: "int8",
    pooling: "mean",
    prefixes: { query: "query: ", passage: "passage: " },
    languages: "many",
    licence: "MIT",
    download: 136_000_000,
    effort: 2,
    use: "for notes that are not English, or in several languages",
  },
  {
    ...FROM_HUB,
    name: "snowflake-arctic-embed-xs",
    directory: "snowflake-arctic-embed-xs",
    aliases: ["arctic-embed-xs", "arctic-xs"],
    repository: "Snowflake/snowflake-arctic-embed-xs",
    files: { onnx: { path: "onnx/model_quantized.onnx" }, ...TOKENIZER_FILES },
    quantisation: "int8",
    pooling: "cls",
    prefixes: RETRIEVAL_QUERY,
    languages: "English",
    licence: "Apache-2.0",
    download: 24_000_000,
    effort: 1,
    use: "for longer passages, as quickly as the default",
  },
];

/** Who publishes these models, or the same ones in another form; anybody else's may be another model. */
const PUBLISHERS =
  /^(?:xenova|onnx-community|qdrant|baai|thenlper|intfloat|snowflake|sentence-transformers)\//;

/** An entry by its name, or by what people call it; undefined where there is none. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(PUBLISHERS, "")
    .replace(/^fast-/, "");
  return CATALOGUE.find((entry) => entry.name.toLowerCase() === plain || entry.aliases.includes(plain));
}

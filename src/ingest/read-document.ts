/** One file taken apart: everything an ingest needs of it, apart from the vectors. Loads the markdown parser. */
import { type Chunk, chunkDocument, type TokenCounter } from "./chunk.ts";
import { decodeMarkdown } from "./decode.ts";
import type { RawLink } from "./link-extract.ts";
import { parseDocument } from "./parse.ts";
import type { FileContent } from "./read-content.ts";

/** A document could not be ingested; the others go on (I12). */
export interface FailedDocument {
  /** Relative to the project root. */
  readonly path: string;
  readonly error: string;
}

export interface PreparedDocument {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  readonly links: readonly RawLink[];
  readonly chunks: readonly Chunk[];
}

/** How tokens are counted, and how many a chunk may have. */
export interface ChunkLimits {
  readonly tokenizer: TokenCounter;
  /** The model's window, special tokens included. */
  readonly maxTokens: number;
}

/** Decodes, parses and cuts a document into chunks. Throws `AmalfaError` when the bytes are not text. */
export function prepareDocument({ file, bytes }: FileContent, limits: ChunkLimits): PreparedDocument {
  const parsed = parseDocument(decodeMarkdown(bytes));
  return {
    id: file.id,
    title: parsed.title ?? fileStem(file.id),
    tags: parsed.tags,
    aliases: parsed.aliases,
    links: parsed.links,
    chunks: chunkDocument(parsed, limits.tokenizer, limits.maxTokens),
  };
}

function fileStem(id: string): string {
  const name = id.slice(id.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

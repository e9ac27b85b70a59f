/** One file taken apart: everything an ingest needs of it, apart from the vectors. Loads the markdown parser. */
import { cacheKey } from "../embedding/cache-key.ts";
import { type Chunk, chunkDocument, type TokenCounter } from "./chunk.ts";
import { decodeMarkdown } from "./decode.ts";
import { embedText } from "./embed-text.ts";
import type { RawLink } from "./link-extract.ts";
import { parseDocument } from "./parse.ts";
import type { FileContent } from "./read-content.ts";

/** A document could not be ingested; the others go on (I12). */
export interface FailedDocument {
  /** Relative to the project root. */
  readonly path: string;
  readonly error: string;
}

export interface PreparedChunk extends Chunk {
  /** The vector cache's key of the text that is embedded. */
  readonly key: string;
}

export interface PreparedDocument {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  readonly links: readonly RawLink[];
  readonly chunks: readonly PreparedChunk[];
}

/** What documents are cut for. */
export interface ChunkTarget {
  /** The model's own. */
  readonly tokenizer: TokenCounter;
  readonly model: { readonly id: string; readonly maxTokens: number };
}

/** Decodes, parses and cuts a document into chunks. Throws `AmalfaError` when the bytes are not text. */
export function prepareDocument(
  { file, bytes }: FileContent,
  { tokenizer, model }: ChunkTarget,
): PreparedDocument {
  const parsed = parseDocument(decodeMarkdown(bytes));
  const chunks = chunkDocument(parsed, tokenizer, model.maxTokens);
  return {
    id: file.id,
    title: parsed.title ?? fileStem(file.id),
    tags: parsed.tags,
    aliases: parsed.aliases,
    links: parsed.links,
    chunks: chunks.map((chunk) => ({ ...chunk, key: cacheKey(embedText(chunk), model.id) })),
  };
}

function fileStem(id: string): string {
  const name = id.slice(id.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

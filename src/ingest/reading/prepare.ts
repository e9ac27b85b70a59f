/** One file taken apart: everything an ingest needs of it, apart from the vectors. Loads the markdown parser. */
import { cacheKey } from "../../embedding/cache/index.ts";
import { isLanguageTag, languageOfDocument } from "../../graph/search/index.ts";
import type { Model } from "../../project/index.ts";
import { isCode } from "../../system/files/index.ts";
import { AmalfaError, pageNameOf } from "../../system/index.ts";
import { type Chunk, chunkText, loadChunker, type TokenCounter } from "../chunking/index.ts";
import { type FindDeclarations, parseCode } from "../code/index.ts";
import type { DiscoveredFile } from "../discovery/index.ts";
import {
  decodeMarkdown,
  loadParser,
  type ParsedDocument,
  type RawLink,
  relativePathOf,
  storedType,
} from "../markdown/index.ts";
import { type FileContent, readContent, whyUnreadable } from "./content.ts";

const { chunkDocument } = await loadChunker();

const { parseDocument } = await loadParser();

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
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly links: readonly RawLink[];
  readonly chunks: readonly PreparedChunk[];
  /** Why its front matter says nothing: it cannot be read. */
  readonly problems?: readonly { readonly line: number; readonly error: string }[];
}

/** What documents are cut for. */
export interface ChunkTarget {
  /** The model's own. */
  readonly tokenizer: TokenCounter;
  readonly model: Pick<Model, "id" | "maxTokens" | "prefixes">;
  /** For documents that are code; undefined where none of those that are read is. */
  readonly declarations: FindDeclarations | undefined;
}

/** Decodes, parses and cuts a document into chunks. Throws `AmalfaError` when the bytes are not text. */
export function prepareDocument(
  { file, bytes }: FileContent,
  { tokenizer, model, declarations }: ChunkTarget,
): PreparedDocument {
  const written = decodeMarkdown(bytes);
  const isProgram = isCode(file.id);
  const parsed = isProgram ? parseCode(file.id, written, declarations) : parseDocument(written);
  const chunks = chunkDocument(parsed, tokenizer, model.maxTokens, model.prefixes.passage);
  const lost = parsed.frontMatter?.faults.filter(({ asText }) => !asText) ?? [];
  return {
    id: file.id,
    title: parsed.title ?? fileStem(file.id),
    tags: parsed.tags,
    aliases: parsed.aliases,
    fields: isProgram ? parsed.fields : fieldsOf(parsed),
    links: parsed.links.map(({ tentative, ...link }) => ({
      ...link,
      type: tentative === true ? storedType({ type: link.type, tentative }) : link.type,
    })),
    chunks: chunks.map((chunk) => ({ ...chunk, key: cacheKey(chunkText(chunk, model), model.id) })),
    ...(lost.length === 0 ? {} : { problems: lost.map(({ line, problem: error }) => ({ line, error })) }),
  };
}

/** What the front matter says, and the language, told from the text where it is not said. */
function fieldsOf({ fields, text, frontMatter, lineStarts }: ParsedDocument): PreparedDocument["fields"] {
  const body = text.slice(lineStarts[frontMatter?.endLine ?? 0]);
  const told = languageOfDocument(body);
  // `language: TypeScript` is about code.
  const language = fields.language?.every(isLanguageTag) === true ? fields.language : undefined;
  const lang = fields.lang ?? language ?? (told === undefined ? undefined : [told]);
  return lang === undefined ? fields : { ...fields, lang };
}

function fileStem(id: string): string {
  // As people see it: in ids `%` is escaped, in files of Logseq `/`.
  const name = relativePathOf(id.slice(id.lastIndexOf("/") + 1));
  const dot = name.lastIndexOf(".");
  return pageNameOf(dot > 0 ? name.slice(0, dot) : name);
}

/*
 * Files to readings: what a thread of its own does for many files, and the main one for a few. Loads the markdown
 * parser.
 */

export interface FileToRead {
  readonly file: DiscoveredFile;
  /** The hash of the content whose rows may stay as they are; undefined when none may. */
  readonly currentHash: string | undefined;
}

/** What became of a file. Plain data. */
export type FileReading =
  | { readonly kind: "as before"; readonly storedMtimeMs: number }
  | {
      readonly kind: "document";
      /** SHA-256 of the file's bytes, hex. */
      readonly hash: string;
      readonly storedMtimeMs: number;
      readonly document: PreparedDocument;
    }
  | { readonly kind: "failed"; readonly error: string };

/** One reading for each file, in their order. A file that cannot be read or is no text is an outcome, not an error. */
export function prepareFiles(files: readonly FileToRead[], target: ChunkTarget): FileReading[] {
  return files.map((file) => prepareFile(file, target));
}

function prepareFile({ file, currentHash }: FileToRead, target: ChunkTarget): FileReading {
  try {
    const content = readContent(file);
    const { hash, storedMtimeMs } = content;
    if (hash === currentHash) return { kind: "as before", storedMtimeMs };
    return { kind: "document", hash, storedMtimeMs, document: prepareDocument(content, target) };
  } catch (error) {
    return { kind: "failed", error: error instanceof AmalfaError ? error.message : whyUnreadable(error) };
  }
}

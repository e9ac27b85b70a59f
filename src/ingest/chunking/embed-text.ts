/**
 * What is embedded of a chunk, and the version of how chunks are made: apart from cutting, which loads the markdown
 * parser.
 */

import type { Model } from "../../project/index.ts";
import { withoutNumbers } from "./numbers.ts";

/**
 * Part of what the graph remembers of how it was made: when documents are cut or read differently, every document is
 * read again.
 */
const CHUNKER_VERSION = "13";

/**
 * So few texts without a vector are computed before anything is written, which takes a second at most. With more of
 * them the words do not wait for the meaning.
 */
export const FEW_TEXTS = 64;

/**
 * A chunk as it is embedded, without what the model wants before it, and without most of its numbers where it is a
 * table of them.
 *
 * @param chunk.context the headings above it, or nothing
 */
export function embedText({ context, text }: { readonly context: string; readonly text: string }): string {
  const embedded = withoutNumbers(text);
  return context === "" ? embedded : `${context}\n\n${embedded}`;
}

/** Exactly what the model is given of a chunk: its key in the vector cache is made of this. */
export function chunkText(
  chunk: { readonly context: string; readonly text: string },
  { prefixes }: Pick<Model, "prefixes">,
): string {
  return prefixes.passage + embedText(chunk);
}

/** Exactly what the model is given of a query. */
export function queryText(query: string, { prefixes }: Pick<Model, "prefixes">): string {
  return prefixes.query + query;
}

/**
 * Everything that shapes the rows of a graph besides the files; where it is another one, every document is read
 * again.
 */
export function fingerprintOf(modelId: string): string {
  return `${modelId} chunker=${CHUNKER_VERSION}`;
}

/** What is embedded of a chunk, and the version of how chunks are made: apart from cutting, which loads the markdown parser. */

/**
 * Part of what the graph remembers of how it was made: when documents are cut or read differently, every document is read again.
 */
export const CHUNKER_VERSION = "3";

/**
 * Exactly what the model is given.
 *
 * @param chunk.context the headings above it, or nothing
 */
export function embedText({ context, text }: { readonly context: string; readonly text: string }): string {
  return context === "" ? text : `${context}\n\n${text}`;
}

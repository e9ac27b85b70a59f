/** Which text of a chunk is embedded. Apart from cutting, which loads a markdown parser that whoever takes finished chunks does not need. */

/**
 * Exactly what the model is given.
 *
 * @param chunk.context the headings above it, or nothing
 */
export function embedText({ context, text }: { readonly context: string; readonly text: string }): string {
  return context === "" ? text : `${context}\n\n${text}`;
}

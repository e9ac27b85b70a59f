/** Which files are documents, as far as their names tell. */

/** In lower case; case does not matter in names. */
export const MARKDOWN_EXTENSIONS = [".md", ".markdown", ".mdown", ".mkd", ".mdx"] as const;

const MARKDOWN = /\.(?:md|markdown|mdown|mkd|mdx)$/i;

export function isMarkdown(name: string): boolean {
  return MARKDOWN.test(name);
}

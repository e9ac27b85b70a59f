/** Which files are documents, as far as their names tell; the settings need to know as well, a layer below. */
export { isMarkdown, MARKDOWN_EXTENSIONS } from "../config/markdown-name.ts";

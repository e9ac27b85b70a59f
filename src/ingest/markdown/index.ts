/** From the bytes of a document to its headings, blocks, links and front matter. */
export type { Block } from "./blocks.ts";
export { decodeMarkdown } from "./decode.ts";
export type { FrontMatter } from "./front-matter.ts";
export { tagsOfProperty } from "./inline-tags.ts";
export {
  documentId,
  folderOf as folderOfId,
  type LinkRoot,
  MARKDOWN_EXTENSION,
  relativePathOf,
  type Translations,
} from "./link-paths.ts";
export type { RawLink } from "./links.ts";
export { leaveOutNoise, lineInFile } from "./noise.ts";
export { propertyLines } from "./page-properties.ts";
export type { Heading, ParsedDocument } from "./parse.ts";
export { asName, findLineStarts, isSpace } from "./plain-text.ts";
export { isTentative, storedType, writtenType } from "./references.ts";
export { createLinkResolver, type LinkResolver, type LinkTarget, type Resolution } from "./resolve.ts";
export { HUGO_REFERENCE } from "./template-links.ts";
export { TranslatedPages } from "./translated-pages.ts";

/** Loads the markdown parser. */
export const loadParser = () => import("./parse.ts");

/** Loads the readers of YAML, and of wikilinks in it. */
export const loadFrontMatter = () => import("./front-matter.ts");

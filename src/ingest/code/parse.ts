/** A file of code as a document: what the chunker and the graph need of it. Loads no grammar. */
import { basename } from "node:path";
import {
  findLineStarts,
  leaveOutNoise,
  lineInFile,
  type ParsedDocument,
  relativePathOf,
} from "../markdown/index.ts";
import { type Language, languageOf } from "./languages.ts";
import { type CodeLines, type Declaration, paragraphsOf, structureOf } from "./sections.ts";

/** Finds declarations; undefined where a text cannot be taken apart. */
export type FindDeclarations = (language: Language, text: string) => readonly Declaration[] | undefined;

/**
 * @param id of the document
 * @param written as `decodeMarkdown` returns it
 * @param find without it only what does not depend on a grammar is told: no headings, and no chunk of its own for a
 * function
 */
export function parseCode(
  id: string,
  written: string,
  find: FindDeclarations = () => undefined,
): ParsedDocument {
  const { text, lines: fileLines } = leaveOutNoise(written);
  const lineStarts = findLineStarts(text);
  const lines: CodeLines = {
    count: lineStarts.length - 1,
    at: (line) => text.slice(lineStarts[line - 1], lineStarts[line]).trimEnd(),
  };
  const language = languageOf(id);
  const declarations = language === undefined ? undefined : find(language, text);
  const structure =
    declarations === undefined ? { headings: [], ...paragraphsOf(lines) } : structureOf(lines, declarations);
  return {
    title: basename(relativePathOf(id)),
    tags: [],
    aliases: [],
    frontMatter: undefined,
    fields: language === undefined ? {} : { language: [language === "tsx" ? "typescript" : language] },
    text,
    lineStarts,
    fileLines,
    links: [],
    innerLinks: [],
    attachments: [],
    ...structure,
    headings: structure.headings.map((heading) => ({
      ...heading,
      line: lineInFile(heading.line, fileLines),
    })),
  };
}

/** Code as documents: its functions and classes are chunks. Loads no grammar. */
import { isCode } from "../../system/files/index.ts";
import type { ParsedDocument } from "../markdown/index.ts";
import { type Language, languageOf } from "./languages.ts";
import { type FindDeclarations, parseCode } from "./parse.ts";

export { type FindDeclarations, parseCode } from "./parse.ts";

/** A document as what it is by its name; of code no more is told than can be without a grammar. */
export function parsedAs(
  id: string,
  text: string,
  parseMarkdown: (text: string) => ParsedDocument,
): ParsedDocument {
  return isCode(id) ? parseCode(id, text) : parseMarkdown(text);
}

/** The grammars that files need, by their names. Where none is code, nothing is loaded. */
export async function loadGrammarsFor(names: Iterable<string>): Promise<FindDeclarations | undefined> {
  const languages = new Set<Language>();
  for (const name of names) {
    const language = languageOf(name);
    if (language !== undefined) languages.add(language);
  }
  return languages.size === 0 ? undefined : (await import("./grammars.ts")).loadGrammars(languages);
}

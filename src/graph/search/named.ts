/**
 * Documents that are called what is asked for, by title, file name or an alias: whoever asks for `bob` means the note
 * about Bob, however often others mention him. Next come sections with exactly that heading.
 */
import type { Database } from "bun:sqlite";
import { isOfEarlierSchema } from "../schema.ts";
import { storedText, storedTexts } from "../state.ts";
import { asToken, fold } from "./fold.ts";
import { literalOf } from "./query.ts";

/** Longer queries are questions. */
const MOST_WORDS = 12;
/** Chunks that are looked at for the beginnings of documents with such a name. */
const LOOKED_AT = 5_000;
const MOST_NAMED = 20;
const EXTENSIONS = ["md", "mdx", "markdown", "mdown", "mkd"];

export interface NamedChunk {
  readonly chunk: number;
  /** What is called so: the document, only its file, or only a section. */
  readonly called: "document" | "file" | "section";
}

/** The first chunk of each document, and of each section, that is called exactly what the query says. */
export function firstPassagesNamed(db: Database, query: string): NamedChunk[] {
  const documents = documentsNamed(db, query);
  const known = new Set(documents.map(({ chunk }) => chunk));
  return [...documents, ...sectionsNamed(db, query).filter(({ chunk }) => !known.has(chunk))];
}

/** What more documents have as a heading is no name: `Usage`, `See also`. */
const MOST_HEADED = 5;

function sectionsNamed(db: Database, query: string): NamedChunk[] {
  const wanted = withoutArticle(asName(query));
  const words = literalOf(wanted).trim().split(" ");
  if (words[0] === "" || words.length > MOST_WORDS) return [];
  const rows = db
    .query(
      `SELECT c.id, c.node, c.heading
       FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${LOOKED_AT}) j
         CROSS JOIN chunks c ON c.id = j.id ORDER BY c.node, c.ordinal`,
    )
    .values(`{heading} : "${words.map(asToken).join(" ")}"`) as [number, string, string][];
  const first = new Map<string, number>();
  for (const [chunk, node, heading] of rows) {
    const own = storedTexts(heading, node).at(-1) ?? "";
    if (!first.has(node) && withoutArticle(asName(own)) === wanted) first.set(node, chunk);
  }
  if (first.size > MOST_HEADED) return [];
  return [...first.values()].map((chunk) => ({ chunk, called: "section" }));
}

function withoutArticle(name: string): string {
  return name.replace(/^(?:the|an?) (?=.)/, "");
}

function documentsNamed(db: Database, query: string): NamedChunk[] {
  const wanted = asName(query);
  const words = literalOf(query).trim().split(" ");
  if (words[0] === "" || words.length > MOST_WORDS) return [];
  const found = new Map<number, { node: string; isFile: boolean }>();
  for (const expression of expressions(query, words, !isOfEarlierSchema(db))) {
    const rows = db
      .query(
        `SELECT c.id, c.node, n.title, n.aliases
         FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${LOOKED_AT}) j
           CROSS JOIN chunks c ON c.id = j.id JOIN nodes n ON n.id = c.node WHERE c.ordinal = 0`,
      )
      .values(expression) as [number, string, string, string][];
    for (const [chunk, node, title, aliases] of rows) {
      const isCalled = (names: readonly string[]): boolean => names.some((name) => asName(name) === wanted);
      const isFile = !isCalled([storedText(title, node), ...storedTexts(aliases, node)]);
      if (!isFile || isCalled(namesOfFile(node))) found.set(chunk, { node, isFile });
    }
  }
  return [...found]
    .sort(([, a], [, b]) => (a.node < b.node ? -1 : 1))
    .slice(0, MOST_NAMED)
    .map(([chunk, { isFile }]) => ({ chunk, called: isFile ? "file" : "document" }));
}

/** Without regard to case, to what separates words, to quotes around it and marks at the end; `C++` is not `C`. */
function asName(text: string): string {
  return fold(text.trim())
    .replace(/^["“„«`](.*)["“”»`]$/su, "$1")
    .replace(/[\s_-]+/g, " ")
    .replace(/[\s?!.:]+$/, "")
    .trim();
}

/** Two, so that the many that one leads to do not hide what the other does. */
function expressions(query: string, words: readonly string[], hasTerms: boolean): string[] {
  const asWritten = query.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  const folded = words.map(asToken);
  const phrases = [...new Set([asWritten.join(" "), folded.join(" ")])].filter((phrase) => phrase !== "");
  const files = phrases.flatMap((phrase) => EXTENSIONS.map((end) => `"${phrase} ${end}"`));
  const titles = phrases.map((phrase) => `({title} : ^ "${phrase}")`);
  const ends = EXTENSIONS.includes(words.at(-1) ?? "") ? phrases.map((phrase) => `"${phrase}"`) : [];
  const names = [...titles, `({path} : (${[...files, ...ends].join(" OR ")}))`].join(" OR ");
  return hasTerms ? [names, phrases.map((phrase) => `({terms} : "${phrase}")`).join(" OR ")] : [names];
}

/** With and without its folders and the extension. */
function namesOfFile(id: string): string[] {
  const file = id.slice(id.lastIndexOf("/") + 1);
  return [id, file, file.replace(/\.[^.]+$/, "")];
}

/**
 * Documents that are called what is asked for, by title, file name or an alias: whoever asks for `bob` means the note
 * about Bob, however often others mention him. Next come sections with exactly that heading.
 */
import type { Database } from "bun:sqlite";
import { dayOf, pageNameOf } from "../../../system/index.ts";
import { isOfEarlierSchema } from "../../schema.ts";
import { storedText, storedTexts } from "../../state.ts";
import { dateInName } from "../dated-names.ts";
import { asToken, fold, isSignOfLetters } from "../language/index.ts";
import {
  type AskedDay,
  byDigits,
  dayAsked,
  literalOf,
  namesAskedFor,
  withHyphen,
  withoutMarks,
} from "../query/index.ts";
import { isNumbered, numberedAsked, paddedNumbers } from "./numbered.ts";
import { LOOKED_AT, type NamedOptions, type NamedRow, PhraseIndex } from "./phrase-index.ts";

/** Longer queries are questions. */
const MOST_WORDS = 12;
const MOST_NAMED = 20;
const EXTENSIONS = ["md", "mdx", "markdown", "mdown", "mkd"];

export interface NamedChunk {
  readonly chunk: number;
  /** What is called so: the document, only its file, only the day in the name of its file, or only a section. */
  readonly called: "document" | "file" | "day" | "section";
  /** Only with other marks: `Dry run` for `--dry-run`. */
  readonly isAlike?: boolean | undefined;
  /** Of the note of a day: which one. */
  readonly day?: string;
}

/** The first chunk of each document, and of each section, that is called exactly what the query says. */
export function firstChunksNamed(db: Database, query: string, options: NamedOptions = {}): NamedChunk[] {
  return chunksNamed(db, new PhraseIndex(db, options), query);
}

function chunksNamed(db: Database, index: PhraseIndex, query: string): NamedChunk[] {
  const day = dayAsked(query);
  const found = [
    ...(day === undefined ? [] : notesOfDay(index, day)),
    ...documentsNumbered(index, query),
    ...documentsNamed(db, index, query),
    ...sectionsNamed(db, index, query),
  ];
  const known = new Set<number>();
  return found.filter(({ chunk }) => !known.has(chunk) && known.add(chunk));
}

/**
 * The same for queries that may mean one thing, with marks around the name or without. Where nothing is called so, the
 * documents that have the name which is all that is asked for beside words that say little.
 */
export function firstChunksMeant(
  db: Database,
  queries: readonly string[],
  options: NamedOptions = {},
): NamedChunk[] {
  const names = new Set(queries.flatMap((query) => [query, withoutMarks(query)]));
  const index = new PhraseIndex(db, options);
  const named = [...names].flatMap((name) => chunksNamed(db, index, name));
  if (named.length > 0) return named;
  return [...new Set(queries)].flatMap((query) => {
    const asked = namesAskedFor(query);
    const shortest = asked.pop();
    if (shortest === undefined) return [];
    const day = dayAsked(shortest);
    const ofDay = day === undefined ? [] : notesOfDay(index, day);
    return ofDay.length > 0 ? ofDay : documentsNamed(db, index, shortest, asked);
  });
}

/** What more documents have as a heading is no name: `Usage`, `See also`. */
const MOST_HEADED = 5;

function sectionsNamed(db: Database, index: PhraseIndex, query: string): NamedChunk[] {
  const wanted = asHeading(query);
  const words = literalOf(wanted).trim().split(" ");
  if (words[0] === "" || words.length > MOST_WORDS) return [];
  const spelled = asSpelled(withoutBackticks(query));
  const first = new Map<string, NamedChunk>();
  // Of words that stand nearly everywhere in a large graph, headings are not compared.
  for (const expression of index.leadingTo(words.map(asToken), "heading") ?? []) {
    const rows = db
      .query(
        `SELECT c.id, c.node, c.heading
         FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${LOOKED_AT}) j
           CROSS JOIN chunks c ON c.id = j.id ORDER BY c.node, c.ordinal`,
      )
      .values(expression) as [number, string, string][];
    for (const [chunk, node, heading] of rows) {
      const own = storedTexts(heading, node).at(-1) ?? "";
      if (first.has(node) || asHeading(own) !== wanted) continue;
      first.set(node, { chunk, called: "section", isAlike: asSpelled(withoutBackticks(own)) !== spelled });
    }
  }
  if (first.size > MOST_HEADED) return [];
  return [...first.values()];
}

/** Of a heading that is code as well: `getStaticPaths()`, in backticks or not, is `getStaticPaths`. */
function asHeading(text: string): string {
  return withoutArticle(asName(asName(withoutBackticks(text)).replace(/(?<=[\p{L}\p{N}_])\s*\(\s*\)$/u, "")));
}

function withoutBackticks(text: string): string {
  return text.replaceAll("`", "");
}

function withoutArticle(name: string): string {
  return name.replace(/^(?:the|an?) (?=.)/, "");
}

/** @param longer names that are meant rather, where a document has one; all end like the query, or hold it */
function documentsNamed(
  db: Database,
  index: PhraseIndex,
  query: string,
  longer: readonly string[] = [],
): NamedChunk[] {
  const words = literalOf(query).trim().split(" ");
  if (words[0] === "" || words.length > MOST_WORDS) return [];
  const rows = rowsPerhapsNamed(db, index, query, words).map(withNames);
  for (const name of [...longer, query]) {
    const called = rowsCalled(rows, name);
    if (called.length > 0) return called;
  }
  return isOfEarlierSchema(db) ? [] : documentsHyphened(index, query);
}

/** `uturn` is called U-turn: in many a text that is no rarer than anything else. */
function documentsHyphened(index: PhraseIndex, query: string): NamedChunk[] {
  if (!/^\p{L}+$/u.test(query)) return [];
  const rows = withHyphen(query).flatMap((hyphened) => index.firstChunks(hyphened));
  const wanted = asName(query);
  const isHyphened = (name: string): boolean => asName(name.replace("-", "")) === wanted;
  const called = rows.filter(([, node, title, aliases]) =>
    namesOf(node, title, aliases).flat().some(isHyphened),
  );
  return called
    .slice(0, MOST_NAMED)
    .map(([chunk]): NamedChunk => ({ chunk, called: "document", isAlike: true }));
}

/** Whether a document is called what a query says. @param title and aliases as they are stored */
export function isCalledSo(id: string, title: string, aliases: string, query: string): boolean {
  const wanted = asName(query);
  return namesOf(id, title, aliases).some((names) => names.some((name) => asName(name) === wanted));
}

function namesOf(id: string, title: string, aliases: string): [own: string[], file: string[]] {
  return [[storedText(title, id), ...storedTexts(aliases, id)], namesOfFile(id)];
}

/** The first chunk of a document with its names as they are compared. */
function withNames([chunk, node, title, aliases]: NamedRow) {
  const [own, file] = namesOf(node, title, aliases);
  return {
    chunk,
    node,
    own: new Set(own.map(asName)),
    file: new Set(file.map(asName)),
    spelled: new Set([...own, ...file].map(asSpelled)),
  };
}

function rowsCalled(rows: readonly ReturnType<typeof withNames>[], query: string): NamedChunk[] {
  const [wanted, spelled] = [asName(query), asSpelled(query)];
  const found = new Map<number, Omit<NamedChunk, "chunk"> & { readonly node: string }>();
  for (const row of rows) {
    const called = row.own.has(wanted) ? "document" : row.file.has(wanted) ? "file" : undefined;
    if (called !== undefined)
      found.set(row.chunk, { node: row.node, called, isAlike: !row.spelled.has(spelled) });
  }
  return [...found]
    .sort(([, a], [, b]) => (a.node < b.node ? -1 : 1))
    .slice(0, MOST_NAMED)
    .map(([chunk, { called, isAlike }]) => ({ chunk, called, isAlike }));
}

/**
 * The note of a day is asked for by its day, whatever it and its file are called: `Nov 16th, 2026`, `2026_11_16`, and
 * behind it `2026-11-16-plan`, which says more than the day. Of several years the latest come first.
 */
function notesOfDay(index: PhraseIndex, { days, isUnsure }: AskedDay): NamedChunk[] {
  const wanted = new Set(days);
  const endings = [...new Set(days.map((day) => day.slice(-MONTH_AND_DATE)))];
  const inNames = endings.flatMap((end) => index.leadingTo(end.split("-"), "title path") ?? []);
  const found = new Map<number, Required<Pick<NamedChunk, "called" | "day">> & { readonly node: string }>();
  const isAsked = (day: string | undefined): day is string => day !== undefined && wanted.has(day);
  for (const expression of [...inNames, byDigits(days)]) {
    for (const [chunk, node, title, aliases] of index.firstChunks(expression)) {
      const names = [storedText(title, node), ...storedTexts(aliases, node), ...namesOfFile(node)];
      const own = names.map(dayOfName).find(isAsked);
      const day = own ?? [dateInName(node)].find(isAsked);
      if (day !== undefined) found.set(chunk, { node, day, called: own === undefined ? "day" : "document" });
    }
  }
  const orderOf = ({ day, called }: { day: string; called: string }): string =>
    `${day} ${called === "document" ? 1 : 0}`;
  return [...found]
    .sort(([, a], [, b]) => orderOf(b).localeCompare(orderOf(a)) || (a.node < b.node ? -1 : 1))
    .slice(0, MOST_NAMED)
    .map(([chunk, { day, called }]) => ({ chunk, called, isAlike: isUnsure, day }));
}

const MONTH_AND_DATE = "MM-DD".length;

function dayOfName(name: string): string | undefined {
  return dayOf(pageNameOf(name).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3"));
}

/** Without regard to case, to what separates words, to quotes around it and marks at the end; `C++` is not `C`. */
export function asName(text: string): string {
  const trimmed = text.trim();
  // `№` is not `No`.
  if (isSignOfLetters(trimmed)) return trimmed;
  return fold(trimmed)
    .replace(/^["“„«`](.*)["“”»`]$/su, "$1")
    .replace(/[\s_-]+/g, " ")
    .replace(/[\s?!.:]+$/, "")
    .trim();
}

/** With all of its marks. */
function asSpelled(text: string): string {
  return fold(text.trim()).replace(/\s+/g, " ");
}

/** The first chunks of documents that may be called so. */
function rowsPerhapsNamed(
  db: Database,
  index: PhraseIndex,
  query: string,
  words: readonly string[],
): readonly NamedRow[] {
  const found = expressions(index, query, words, !isOfEarlierSchema(db));
  if (found === undefined) {
    const pattern = `%${asName(query).replace(/[^a-z0-9]+/g, "%")}%`;
    return db.query(BY_NAME).values(pattern) as NamedRow[];
  }
  return found.flatMap((expression) => index.firstChunks(expression));
}

/** A name with letters beyond ASCII may be another spelling of what is sought. */
const BY_NAME = `SELECT c.id, n.id, n.title, n.aliases
  FROM nodes n CROSS JOIN chunks c ON c.node = n.id AND c.ordinal = 0
  WHERE n.title LIKE ?1 OR n.id LIKE ?1 OR n.aliases LIKE ?1
    OR octet_length(n.title || n.id || n.aliases) <> length(n.title || n.id || n.aliases)`;

/** One for each column, so that the many that one leads to do not hide what the other does. */
function expressions(
  index: PhraseIndex,
  query: string,
  words: readonly string[],
  hasTerms: boolean,
): string[] | undefined {
  const asWritten = query.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  const spellings = new Map(
    [asWritten, words.map(asToken)]
      .filter(({ length }) => length > 0)
      .map((tokens): [string, readonly string[]] => [tokens.join(" "), tokens]),
  );
  const isWholeName = EXTENSIONS.includes(words.at(-1) ?? "");
  const found = [...spellings].map(([text, tokens]) =>
    index.leadingTo(tokens, hasTerms ? "title path terms" : "title path", (phrase) => {
      const files = EXTENSIONS.map((end) => `"${text} ${end}"`);
      const names = [
        `{title} : ^ ${phrase}`,
        `{path} : (${[...files, ...(isWholeName ? [phrase] : [])].join(" OR ")})`,
      ];
      return hasTerms ? [...names, `{terms} : ${phrase}`] : names;
    }),
  );
  return found.includes(undefined) ? undefined : [...new Set(found.flatMap((each) => each ?? []))];
}

/** More documents of one number are not counted up by it. */
const MOST_NUMBERED = 5;

function documentsNumbered(index: PhraseIndex, query: string): NamedChunk[] {
  const asked = numberedAsked(query);
  if (asked === undefined) return [];
  const inPaths = paddedNumbers(asked.number).flatMap((number) => index.leadingTo([number], "path") ?? []);
  const rows = inPaths.flatMap((expression) => index.firstChunks(expression));
  const chunks = new Map(
    rows.filter(([, node]) => isNumbered(node, asked)).map(([chunk, node]) => [node, chunk]),
  );
  if (chunks.size > MOST_NUMBERED) return [];
  return [...chunks.values()].map((chunk) => ({ chunk, called: "document" }));
}

/** With and without its folders and the extension. */
function namesOfFile(id: string): string[] {
  const names = [id, id.slice(id.lastIndexOf("/") + 1)];
  return [...names, ...names.map((name) => name.replace(/\.[^./]+$/, ""))];
}

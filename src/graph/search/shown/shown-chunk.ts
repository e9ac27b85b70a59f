/**
 * What is shown of a chunk. Of a front matter alone, which says what a note is and not what is in it, only the fields
 * that were asked for are shown, with the beginning of the note. Tags of components alone are shown only where there
 * is nothing else.
 */
import type { Database } from "bun:sqlite";
import { storedText, storedTexts } from "../../state.ts";
import { excerpt, isOnlyTags, onOneLine, showsAll, wordsShown } from "./excerpt.ts";

/** A chunk of a document. */
export interface ShownChunk {
  /** The heading path, joined with " > ". */
  readonly heading: string;
  /** First and last line, counted from 1. */
  readonly lines: readonly [number, number];
  readonly snippet: string;
}

export interface ChunkRow {
  readonly node: string;
  readonly heading: string;
  readonly text: string;
  readonly start_line: number;
  readonly end_line: number;
}

/** Characters of the chunk that is shown. */
export const SNIPPET_LENGTH = 280;
/** Of a further chunk. */
const SHORT_SNIPPET_LENGTH = 160;

const COLUMNS = "c.node, c.heading, c.text, c.start_line, c.end_line";

/** Reads chunks, each once. */
export class ChunkReader {
  readonly #known = new Map<number, ChunkRow | null>();
  readonly #one;
  readonly #body;

  constructor(db: Database) {
    this.#one = db.query<ChunkRow, [number]>(`SELECT ${COLUMNS} FROM chunks c WHERE c.id = ?`);
    this.#body = db.query<ChunkRow, [string, number]>(
      `SELECT ${COLUMNS} FROM chunks c WHERE c.node = ? AND c.start_line > ? ORDER BY c.ordinal LIMIT 1`,
    );
  }

  read(chunk: number): ChunkRow | null {
    const known = this.#known.get(chunk);
    if (known !== undefined) return known;
    const row = this.#one.get(chunk);
    this.#known.set(chunk, row);
    return row;
  }

  /** The first chunk of the text after a front matter, or after tags alone. */
  after({ node, end_line }: ChunkRow): ChunkRow | null {
    return this.#body.get(node, end_line);
  }
}

/** The chunk that is best, or where that is a front matter alone, what was asked for of it and the note's text. */
export function shownBest(
  row: ChunkRow,
  title: string,
  query: string,
  body: () => ChunkRow | null | undefined,
): { readonly row: ChunkRow; readonly shown: ShownChunk } {
  const text = isFurniture(row) ? body() : null;
  if (text === null || text === undefined)
    return { row, shown: shownChunk(row, title, query, SNIPPET_LENGTH) };
  const shown = shownChunk(text, title, query, SNIPPET_LENGTH);
  if (!isFrontMatter(row)) return { row: text, shown };
  const known = new Set(wordsShown(`${title} ${text.text}`, query));
  const own = wordsShown(row.text, query).filter((word) => !known.has(word));
  if (own.length === 0) return { row: text, shown };
  const asked = fieldsOf(row.text).filter((field) =>
    wordsShown(field, query).some((word) => own.includes(word)),
  );
  const fields = excerpt(asked.join(" … "), query, SNIPPET_LENGTH / 2);
  const rest = excerpt(text.text, query, SNIPPET_LENGTH - fields.length - 3);
  return {
    row: text,
    shown: { ...shown, lines: [row.start_line, text.end_line], snippet: `${fields} … ${rest}` },
  };
}

/** A chunk that is shown below the best one. */
export function shownFurther(row: ChunkRow, title: string, query: string): ShownChunk {
  return shownChunk(row, title, query, SHORT_SNIPPET_LENGTH);
}

function shownChunk(row: ChunkRow, title: string, query: string, length: number): ShownChunk {
  const heading = headingOf(row);
  return {
    heading,
    lines: [row.start_line, row.end_line],
    snippet: excerpt(storedText(row.text, row.node), query, length, `${title} ${heading}`),
  };
}

function headingOf({ heading, node }: ChunkRow): string {
  return storedTexts(heading, node).join(" > ");
}

/** Whether a chunk, as it is shown with its title and heading, has all that a query is told by. */
export function answersAll(row: ChunkRow, title: string, query: string): boolean {
  return showsAll(`${title} ${headingOf(row)} ${storedText(row.text, row.node)}`, query);
}

const FENCED = /^(?:---|\+\+\+)[ \t]*\n(?:([\s\S]*)\n)?(?:---|\+\+\+|\.\.\.)[ \t]*$/;

export function isFrontMatter({ start_line, text }: ChunkRow): boolean {
  return start_line === 1 && (FENCED.test(text) || jsonFields(text) !== undefined);
}

/** The fields of a front matter in JSON. */
function jsonFields(text: string): string[] | undefined {
  if (!/^\{[\s\S]*\}\s*$/.test(text)) return undefined;
  try {
    const fields = Object.entries(JSON.parse(text) as object);
    return fields.map(
      ([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
  } catch {
    return undefined;
  }
}

/** What is shown only where a document has nothing else: a front matter, or tags of components alone. */
export function isFurniture(row: ChunkRow): boolean {
  return isFrontMatter(row) || isOnlyTags(row.text);
}

/** Each with what belongs to it, on one line. */
function fieldsOf(text: string): string[] {
  const fields = jsonFields(text);
  if (fields !== undefined) return fields;
  const inside = FENCED.exec(text)?.[1] ?? "";
  return inside.split(/\n(?=[^\s\-\]}])/).map(onOneLine);
}

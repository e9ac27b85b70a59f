/**
 * The tables behind the full-text index, row by row. FTS5's own check asks whether what it finds is right, and passes
 * over rows that it finds nothing by, or that a search alone goes by.
 *
 * Formats: https://www.sqlite.org/fts5.html, on the tables behind an index.
 */
import type { Database } from "bun:sqlite";
import { GarbageWatch } from "../system/index.ts";

/**
 * Row ids of the table of blocks: its totals, what segments there are, and the pages of segments, whose number stands
 * above these bits.
 */
export const TOTALS_ID = 1;
const STRUCTURE_ID = 10;
const PAGE_BITS = 31;
const SEGMENT_BITS = 37;

/** The version of its format that this program's index has, the one setting that is stored. */
const SETTINGS = JSON.stringify([["version", 4]]);

/** A merge that is not done yet leaves the segments that it has read to their ends with no pages to be searched. */
interface Segment {
  readonly id: number;
  readonly firstPage: number;
  /** Of those that were written; `Infinity` where a merge has done with all of them. */
  readonly lastPage: number;
}

/** Whether the index is set up as it was made; a clause. Filling it anew does not mend that. */
export function indexSettingsFault(db: Database): string | undefined {
  const settings = db.query("SELECT k, v FROM search_index_config ORDER BY k").values();
  return JSON.stringify(settings) === SETTINGS
    ? undefined
    : "its settings are not those that it was made with";
}

/** What is wrong with other rows of the tables, a clause. Throws the driver's error. */
export function indexTablesFault(db: Database): string | undefined {
  const segments = segmentsOf(db);
  if (segments === undefined) return "its list of segments is missing or malformed";
  return pagesFault(db, segments) ?? placesFault(db, segments);
}

/**
 * Undefined where the list is none. It begins with four bytes that count changes of the settings, of which there
 * never is one.
 */
function segmentsOf(db: Database): Map<number, Segment> | undefined {
  const block = db.query("SELECT block FROM search_index_data WHERE id = ?").values(STRUCTURE_ID)[0]?.[0];
  if (!(block instanceof Uint8Array) || block.length < 4 || block.subarray(0, 4).some((byte) => byte !== 0)) {
    return undefined;
  }
  const numbers = numbersIn(block.subarray(4));
  if (numbers === undefined) return undefined;
  const [levels = -1, count = -1] = numbers;
  const segments = new Map<number, Segment>();
  let at = 3;
  for (let level = 0; level < levels; level++) {
    const inLevel = numbers[at + 1];
    if (inLevel === undefined) return undefined;
    at += 2;
    for (let segment = 0; segment < inLevel; segment++) {
      const [id, firstPage, lastPage] = numbers.slice(at, at + 3);
      if (id === undefined || firstPage === undefined || lastPage === undefined) return undefined;
      segments.set(id, { id, firstPage, lastPage: lastPage === 0 ? Number.POSITIVE_INFINITY : lastPage });
      at += 3;
    }
  }
  return at === numbers.length && segments.size === count ? segments : undefined;
}

/** Every block is the totals, the list of segments, or a page of one of them; and every page is there. */
function pagesFault(db: Database, segments: ReadonlyMap<number, Segment>): string | undefined {
  const leaves = new Map<number, number>();
  const pageMask = 2 ** PAGE_BITS - 1;
  const depthMask = 2 ** (SEGMENT_BITS - PAGE_BITS) - 1;
  // An id may be any of 64 bits, which is more than a number holds; its parts are none too large.
  const rows = db
    .query(
      `SELECT id >> ${SEGMENT_BITS}, (id >> ${PAGE_BITS}) & ${depthMask}, id & ${pageMask}, CAST(id AS TEXT)
       FROM search_index_data WHERE id NOT IN (${TOTALS_ID}, ${STRUCTURE_ID})`,
    )
    .values() as [number, number, number, string][];
  for (const [number, depth, page, id] of rows) {
    const segment = segments.get(number);
    const isLeaf = depth === 0;
    // A merge that is not done yet has moved the first page of a segment up. Pages before it may stay until the whole
    // segment goes; nothing leads to them.
    if (segment === undefined || page < 1 || page > segment.lastPage) {
      return `its block ${id} belongs to no segment`;
    }
    if (isLeaf && page >= segment.firstPage) leaves.set(segment.id, (leaves.get(segment.id) ?? 0) + 1);
  }
  for (const { id, firstPage, lastPage } of segments.values()) {
    const isDone = lastPage === Number.POSITIVE_INFINITY;
    if (!isDone && (leaves.get(id) ?? 0) !== lastPage - firstPage + 1)
      return `pages of its segment ${id} are lost`;
  }
  return undefined;
}

/**
 * Where the words of each page begin: of a segment that exists, in the order of its pages, from the first one on, or
 * from one that a merge has done with.
 */
function placesFault(db: Database, segments: ReadonlyMap<number, Segment>): string | undefined {
  const rows = db.query("SELECT segid, term, pgno FROM search_index_idx ORDER BY segid, term").values() as [
    number,
    unknown,
    number,
  ][];
  const reached = new Map<number, number>();
  for (const [id, term, place] of rows) {
    const segment = segments.get(id);
    // The lowest bit says whether there is more about the page.
    const page = Math.floor(place / 2);
    const before = reached.get(id);
    const isNext = segment !== undefined && page <= segment.lastPage && page > (before ?? 0);
    const isFirst =
      before !== undefined ||
      (segment !== undefined &&
        page <= Math.max(1, segment.firstPage) &&
        term instanceof Uint8Array &&
        term.length === 0);
    if (!isNext || !isFirst) return `it has a place of words in segment ${id} that is none`;
    reached.set(id, page);
  }
  const lost = [...segments.values()].find(
    ({ id, lastPage }) => !reached.has(id) && lastPage !== Number.POSITIVE_INFINITY,
  )?.id;
  return lost === undefined ? undefined : `the places of the words in its segment ${lost} are lost`;
}

/**
 * Whether each word is found where the index says that it is, as a search looks for it; a clause. Looks each of them
 * up.
 */
export function lookupFault(db: Database): string | undefined {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_terms USING fts5vocab('main', 'search_index', 'row')",
  );
  const look = db.query("SELECT doc, cnt FROM temp.index_terms WHERE term = ?");
  const garbage = new GarbageWatch();
  let last = "";
  for (;;) {
    const terms = db
      .query("SELECT term, doc, cnt FROM temp.index_terms WHERE term > ? LIMIT 1000")
      .values(last) as [string, number, number][];
    for (const [term, documents, count] of terms) {
      const found = look.values(term)[0];
      if (found?.[0] !== documents || found[1] !== count)
        return `a search for "${term}" does not find what it has`;
      last = term;
    }
    if (terms.length < 1000) return undefined;
    garbage.check();
  }
}

/**
 * Numbers of seven bits a byte, the highest first, each byte but the last with its top bit set. Undefined for
 * anything else.
 */
export function numbersIn(block: unknown): number[] | undefined {
  if (!(block instanceof Uint8Array)) return undefined;
  const numbers: number[] = [];
  let number = 0;
  for (const byte of block) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const cutShort = (block.at(-1) ?? 0) >= 0x80;
  return cutShort ? undefined : numbers;
}

/**
 * Adds such numbers to sums. False where there are not as many as sums, or it is something else; then the sums mean
 * nothing. Most of it runs before anything is compiled, so that it makes no lists.
 */
export function addNumbers(block: unknown, sums: number[]): boolean {
  if (!(block instanceof Uint8Array)) return false;
  const { length } = block;
  let column = 0;
  let number = 0;
  for (let place = 0; place < length; place++) {
    const byte = block[place]!;
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (column === sums.length) return false;
    sums[column]! += number;
    column++;
    number = 0;
  }
  return column === sums.length && (length === 0 || block[length - 1]! < 0x80);
}

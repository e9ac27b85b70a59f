/**
 * Digests of rows, and of all rows that a document has in a table.
 *
 * A damaged row reads like any other. So beside the rows of each document lie their number and a digest of them,
 * table by table, written in the same transaction (I15). A row's digest covers every column with its type and length;
 * those of several rows are added up, so that a table can be read in its own order, whatever the order of its
 * documents. They find damage, not malice: who may write the file may write them as well.
 */
import type { Database } from "bun:sqlite";
import { GarbageWatch } from "../../system/index.ts";

/** Tables whose rows belong to documents, with the columns of `document_proofs` that cover them. */
export const PROVED_TABLES = [
  { column: "document", table: "nodes", owner: "id" },
  { column: "fields", table: "document_fields", owner: "node" },
  { column: "chunks", table: "chunks", owner: "node" },
  { column: "terms", table: "chunk_terms", owner: "chunk" },
  { column: "links", table: "links", owner: "node" },
  { column: "edges", table: "edges", owner: "source" },
  { column: "unresolved", table: "unresolved_links", owner: "source" },
  { column: "vectors", table: "vectors", owner: "chunk" },
  { column: "pending", table: "pending", owner: "chunk" },
] as const;

export type ProvedColumn = (typeof PROVED_TABLES)[number]["column"];

const WIDTH = PROVED_TABLES.length;

const INDEXES = Object.fromEntries(PROVED_TABLES.map(({ column }, index) => [column, index])) as Readonly<
  Record<ProvedColumn, number>
>;

/** Documents whose rows are asked for: `sql` selects their ids. */
export interface Within {
  readonly sql: string;
  /** What it selects instead: chunks, whose rows alone are asked for. */
  readonly of?: "chunks";
  /** Values of its one parameter, where it has one; with each of them it selects a few documents. */
  readonly groups?: readonly string[];
}

/** Documents that are read in one go: one by one, rows would take longer to hand over than to digest. */
const FEW = 64;

/** These documents. */
export function documentsNamed(ids: readonly string[]): Within {
  const distinct = [...new Set(ids)];
  const groups: string[] = [];
  for (let from = 0; from < distinct.length; from += FEW)
    groups.push(JSON.stringify(distinct.slice(from, from + FEW)));
  return { sql: "SELECT value FROM json_each(?)", groups };
}

/** What SQLite hands over is let go of once in so many rows. */
const ROWS_AT_A_TIME = 512;

/**
 * One value for all columns of a row: type, length and bytes of each, so that no two rows are the same when joined.
 * As bytes, since damaged UTF-8 reads like something else.
 *
 * @param alias of the table in the statement
 */
export function joinedColumns(db: Database, table: string, alias: string = table): string {
  const columns = columnsOf(db, table).filter((column) => !(table === "vectors" && column === "vector"));
  const parts = columns.map((column) => {
    const value = `${alias}."${column}"`;
    return `substr(typeof(${value}), 1, 1), coalesce(octet_length(${value}), 0), ':', ${value}`;
  });
  // In one go: with `||` the text would be copied once for each part that follows it.
  return `CAST(concat(${parts.join(", ")}) AS BLOB)`;
}

function columnsOf(db: Database, table: string): string[] {
  return db.query("SELECT name FROM pragma_table_info(?)").values(table).flat() as string[];
}

/** The same of values that are still to be written, in the order of the columns; numbers are whole. */
export function joinedValues(...values: readonly (string | number)[]): string {
  let joined = "";
  for (const value of values) {
    const text = String(value);
    joined += `${typeof value === "string" ? "t" : "i"}${Buffer.byteLength(text)}:${text}`;
  }
  return joined;
}

/** 64 bits: damage passes for what it is not once in 10^19 rows. @param joined a string is hashed as UTF-8 */
export function digestOfRow(joined: Uint8Array | string): bigint {
  return Bun.hash.xxHash3(joined);
}

/** As it is stored: sixteen digits. */
export function digestText(digest: bigint): string {
  return BigInt.asUintN(64, digest).toString(16).padStart(16, "0");
}

/** The digests of documents, by what their rows are now. */
export class DocumentDigests {
  readonly #places = new Map<string, number>();
  #sums = new BigUint64Array(64 * WIDTH);
  #counts = new Uint32Array(64 * WIDTH);

  /** Reads their rows; all documents where none are named. */
  static read(
    db: Database,
    within?: Within,
    columns: readonly ProvedColumn[] = PROVED_TABLES.map(({ column }) => column),
  ): DocumentDigests {
    return new DocumentDigests().read(db, within, columns);
  }

  /** Reads rows besides those that it has. */
  read(
    db: Database,
    within?: Within,
    columns: readonly ProvedColumn[] = PROVED_TABLES.map(({ column }) => column),
  ): this {
    for (const [index, proved] of PROVED_TABLES.entries()) {
      if (columns.includes(proved.column)) this.#readTable(db, index, within);
    }
    return this;
  }

  /** Adds a row that is known. */
  add(document: string, column: ProvedColumn, digest: bigint): void {
    this.#add(document, INDEXES[column], digest);
  }

  /** Every document, and whatever else a row says that it belongs to. */
  documents(): IterableIterator<string> {
    return this.#places.keys();
  }

  /** As it is stored: how many rows, and their digest. */
  textOf(document: string, column: ProvedColumn): string {
    return this.#textAt(this.#places.get(document), INDEXES[column]);
  }

  /** The columns whose rows are not what is stored of the document, a text for each of `columns`. */
  differing(
    document: string,
    columns: readonly ProvedColumn[],
    stored: readonly unknown[] | undefined,
  ): readonly ProvedColumn[] {
    const place = this.#places.get(document);
    const differing: ProvedColumn[] = [];
    // Without closures: most of it runs before anything is compiled.
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!;
      if (this.#textAt(place, INDEXES[column]) !== (stored === undefined ? NO_ROWS : stored[index]))
        differing.push(column);
    }
    return differing;
  }

  #textAt(place: number | undefined, index: number): string {
    if (place === undefined) return NO_ROWS;
    const at = place * WIDTH + index;
    const count = this.#counts[at]!;
    return count === 0 ? NO_ROWS : textOf(count, this.#sums[at]!);
  }

  #readTable(db: Database, index: number, within: Within | undefined): void {
    const statement = db.query(ownedRows(db, index, within));
    for (const group of within?.groups ?? []) {
      const few = statement.values(group) as [unknown, Uint8Array][];
      // By their places: taking a row apart takes longer than digesting it.
      for (const row of few) this.#add(String(row[0]), index, digestOfRow(row[1]));
    }
    if (within?.groups !== undefined) return;
    const garbage = new GarbageWatch();
    let rows = 0;
    for (const row of statement.iterate()) {
      const { owner, joined } = row as OwnedRow;
      this.#add(String(owner), index, digestOfRow(joined));
      if (++rows % ROWS_AT_A_TIME === 0) garbage.check();
    }
  }

  #add(document: string, index: number, digest: bigint): void {
    let place = this.#places.get(document);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(document, place);
      if (place * WIDTH === this.#sums.length) this.#grow();
    }
    const at = place * WIDTH + index;
    // Adding wraps around by itself.
    this.#sums[at] = this.#sums[at]! + digest;
    this.#counts[at]!++;
  }

  #grow(): void {
    const sums = new BigUint64Array(this.#sums.length * 2);
    sums.set(this.#sums);
    this.#sums = sums;
    const counts = new Uint32Array(sums.length);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** What is said where there are no rows. */
const NO_ROWS = "0 0000000000000000";

function textOf(count: number, sum: bigint): string {
  if (count === 0 && sum === 0n) return NO_ROWS;
  return `${count} ${digestText(sum)}`;
}

interface OwnedRow {
  readonly owner: unknown;
  readonly joined: Uint8Array;
}

/** A statement that selects `OwnedRow`s. */
function ownedRows(db: Database, index: number, within: Within | undefined): string {
  const { table, owner } = PROVED_TABLES[index]!;
  const isOfChunks = owner === "chunk";
  const from = isOfChunks ? `chunks CROSS JOIN ${table} ON ${table}.chunk = chunks.id` : table;
  const by = isOfChunks ? "chunks.node" : `${table}.${owner}`;
  const where =
    within === undefined ? "" : `WHERE ${within.of === "chunks" ? "chunks.id" : by} IN (${within.sql})`;
  return `SELECT ${by} AS owner, ${joinedColumns(db, table)} AS joined FROM ${from} ${where}`;
}

/**
 * A stored text, changed by what its rows have changed. What is no such text stays as it is: it is damage, and has to
 * be found.
 */
export function changedText(stored: unknown, before: string, after: string): string {
  const [proof, from, to] = [stored, before, after].map(parseText);
  if (proof === undefined || from === undefined || to === undefined) return String(stored);
  return textOf(proof.count + to.count - from.count, proof.sum + to.sum - from.sum);
}

function parseText(text: unknown): { readonly count: number; readonly sum: bigint } | undefined {
  const [, count, sum] = typeof text === "string" ? (/^(\d+) ([0-9a-f]{16})$/.exec(text) ?? []) : [];
  return sum === undefined ? undefined : { count: Number(count), sum: BigInt(`0x${sum}`) };
}

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

/** Documents whose rows are asked for: `sql` selects their ids. */
export interface Within {
  readonly sql: string;
  readonly parameters: readonly string[];
  /** Whether all of their rows may be in memory at once. */
  readonly isFew?: boolean;
}

/** Documents that are read in one go: one by one, rows would take longer to hand over than to digest. */
export const FEW = 64;

/** These documents. */
export function documentsNamed(ids: readonly string[]): Within {
  return {
    sql: "SELECT value FROM json_each(?)",
    parameters: [JSON.stringify(ids)],
    isFew: ids.length <= FEW,
  };
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
    return `substr(typeof(${value}), 1, 1) || coalesce(octet_length(${value}), 0) || ':' || coalesce(${value}, '')`;
  });
  return `CAST(${parts.join(" || ")} AS BLOB)`;
}

function columnsOf(db: Database, table: string): string[] {
  return db.query("SELECT name FROM pragma_table_info(?)").values(table).flat() as string[];
}

/** 64 bits: damage passes for what it is not once in 10^19 rows. */
export function digestOfRow(joined: Uint8Array): bigint {
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
    const digests = new DocumentDigests();
    for (const [index, proved] of PROVED_TABLES.entries()) {
      if (columns.includes(proved.column)) digests.#readTable(db, index, within);
    }
    return digests;
  }

  /** Every document, and whatever else a row says that it belongs to. */
  documents(): IterableIterator<string> {
    return this.#places.keys();
  }

  /** As it is stored: how many rows, and their digest. */
  textOf(document: string, column: ProvedColumn): string {
    const place = this.#places.get(document);
    if (place === undefined) return NO_ROWS;
    const at = place * WIDTH + PROVED_TABLES.findIndex((proved) => proved.column === column);
    return textOf(this.#counts[at]!, this.#sums[at]!);
  }

  #readTable(db: Database, index: number, within: Within | undefined): void {
    const statement = db.query(ownedRows(db, index, within));
    if (within?.isFew === true) {
      const rows = statement.values(...within.parameters) as [unknown, Uint8Array][];
      for (const [owner, joined] of rows) this.#add(String(owner), index, digestOfRow(joined));
      return;
    }
    const garbage = new GarbageWatch();
    let rows = 0;
    for (const row of statement.iterate(...(within?.parameters ?? []))) {
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
    // Adding wraps around by itself.
    this.#sums[place * WIDTH + index] = this.#sums[place * WIDTH + index]! + digest;
    this.#counts[place * WIDTH + index]!++;
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
export const NO_ROWS = "0 0000000000000000";

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
  const where = within === undefined ? "" : `WHERE ${by} IN (${within.sql})`;
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

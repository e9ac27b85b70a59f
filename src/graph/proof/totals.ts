/**
 * What `meta` says of all proofs together: how many rows of each table there are, and a digest of the proofs of all
 * documents and of all packs.
 */
import type { Database } from "bun:sqlite";
import {
  digestOfRow,
  digestText,
  joinedColumns,
  PROVED_TABLES,
  type ProvedColumn,
  type Within,
} from "./digests.ts";

/** Row of `meta` that holds them. */
export const PROOF_KEY = "proof";

export interface Totals {
  /** Rows by what proves them. */
  readonly rows: Readonly<Record<ProvedColumn, number>>;
  /** Sum of the digests of the rows of `document_proofs`. */
  readonly digest: bigint;
}

const COLUMNS = PROVED_TABLES.map(({ column }) => column);

function rowsBy(count: (column: ProvedColumn) => number): Totals["rows"] {
  return Object.fromEntries(COLUMNS.map((column) => [column, count(column)])) as Totals["rows"];
}

export const NO_TOTALS: Totals = { rows: rowsBy(() => 0), digest: 0n };

/** `a + sign * b`. */
export function addTotals(a: Totals, b: Totals, sign: 1 | -1): Totals {
  return {
    rows: rowsBy((column) => a.rows[column] + sign * b.rows[column]),
    digest: BigInt.asUintN(64, a.digest + BigInt(sign) * b.digest),
  };
}

/** Adds up the proofs that are there. */
export function readTotals(db: Database, within?: Within): Totals {
  const counts = COLUMNS.map((column) => `CAST(${column} AS INTEGER) AS ${column}`).join(", ");
  const where = within === undefined ? "" : `WHERE node IN (${within.sql})`;
  const statement = db.query<Record<ProvedColumn, number> & { joined: Uint8Array }, string[]>(
    `SELECT ${joinedColumns(db, "document_proofs")} AS joined, ${counts} FROM document_proofs ${where}`,
  );
  const sums = { ...NO_TOTALS.rows } as Record<ProvedColumn, number>;
  let digest = 0n;
  for (const parameters of within?.groups?.map((group) => [group]) ?? [[]]) {
    for (const row of statement.iterate(...parameters)) {
      for (const column of COLUMNS) sums[column] += row[column];
      digest += digestOfRow(row.joined);
    }
  }
  return { rows: sums, digest: BigInt.asUintN(64, digest) };
}

/** How many packs there are and a digest of their proofs. */
export function packTotals(db: Database): string {
  const rows = db.query(`SELECT ${joinedColumns(db, "pack_proofs")} FROM pack_proofs`).values() as [
    Uint8Array,
  ][];
  const digest = rows.reduce((sum, [joined]) => sum + digestOfRow(joined), 0n);
  return `${rows.length} ${digestText(digest)}`;
}

export function textOfTotals({ rows, digest }: Totals, db: Database): string {
  return JSON.stringify({ rows, documents: digestText(digest), packs: packTotals(db) });
}

/** Undefined for what is none. */
export function parseTotals(text: string): (Totals & { readonly packs: string }) | undefined {
  try {
    const { rows, documents, packs } = JSON.parse(text) as Record<string, unknown>;
    if (typeof rows !== "object" || rows === null || typeof packs !== "string") return undefined;
    if (typeof documents !== "string" || !/^[0-9a-f]{16}$/.test(documents)) return undefined;
    const found = rows as Record<string, unknown>;
    if (!COLUMNS.every((column) => Number.isSafeInteger(found[column]))) return undefined;
    return { rows: found as Totals["rows"], digest: BigInt(`0x${documents}`), packs };
  } catch {
    return undefined;
  }
}

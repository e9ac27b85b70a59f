/**
 * Compares the rows of the graph with their proofs. Reads only; everything in one snapshot, if the caller opens one.
 */
import type { Database } from "bun:sqlite";
import { DamagedRows } from "../damage.ts";
import { isOfEarlierSchema } from "../schema.ts";
import { readMeta } from "../state.ts";
import { DocumentDigests, documentsNamed, PROVED_TABLES, type ProvedColumn, type Within } from "./digests.ts";
import { metaFault } from "./meta.ts";
import { PROOF_KEY, packTotals, parseTotals, readTotals } from "./totals.ts";

const COLUMNS = PROVED_TABLES.map(({ column }) => column);

/** A document some of whose rows are not what was written. */
export interface DocumentFault {
  readonly document: string;
  /** What proves the rows that differ. */
  readonly columns: readonly ProvedColumn[];
  /** "unknown": there are rows of a document that none was written of; "gone": none of its rows is there. */
  readonly kind: "changed" | "unknown" | "gone";
}

/** Proves the rows of documents, of all where none are named. */
export function documentFaults(
  db: Database,
  ids?: readonly string[],
  columns: readonly ProvedColumn[] = COLUMNS,
): DocumentFault[] {
  const within = ids === undefined ? undefined : documentsNamed(ids);
  const digests = DocumentDigests.read(db, within, columns);
  const proofs = readProofs(db, within, columns);
  const faults: DocumentFault[] = [];
  const compare = (document: string): void => {
    const proof = proofs.get(document);
    const differing = digests.differing(document, columns, proof);
    if (differing.length === 0) return;
    const isGone = digests.differing(document, columns, undefined).length === 0;
    const kind = proof === undefined ? "unknown" : isGone ? "gone" : "changed";
    faults.push({ document, columns: differing, kind });
  };
  for (const document of proofs.keys()) compare(document);
  for (const document of digests.documents()) if (!proofs.has(document)) compare(document);
  return faults.sort((a, b) => (a.document < b.document ? -1 : 1));
}

/**
 * Throws `DamagedRows` where rows of these documents are not what was written, so that no answer is made of them. Call
 * in the snapshot that the answer is read from. Those of an earlier schema have no proof of all their rows.
 */
export function requireProved(db: Database, ids: readonly string[], columns: readonly ProvedColumn[]): void {
  if (ids.length === 0 || isOfEarlierSchema(db)) return;
  const [fault] = documentFaults(db, ids, columns);
  if (fault === undefined) return;
  const kinds = fault.columns.join(", ");
  throw new DamagedRows(`rows of ${fault.document} (${kinds}) are not what was written`);
}

/** What the proofs say of every document, in the order of the columns. */
export function provedRows(db: Database, columns: readonly ProvedColumn[]): Map<string, readonly unknown[]> {
  return readProofs(db, undefined, columns);
}

function readProofs(
  db: Database,
  within: Within | undefined,
  columns: readonly ProvedColumn[],
): Map<string, readonly unknown[]> {
  const where = within === undefined ? "" : `WHERE node IN (${within.sql})`;
  const statement = db.query(`SELECT node, ${columns.join(", ")} FROM document_proofs ${where}`);
  const proofs = new Map<string, readonly unknown[]>();
  for (const rows of within?.groups?.map((group) => statement.values(group)) ?? [statement.values()])
    for (const row of rows) proofs.set(String(row[0]), row.slice(1));
  return proofs;
}

/**
 * Why the full-text index may not be built from the chunks as they are, a clause: rows that it is made of are not
 * what was written. Goes by no index of SQLite's, which may be damaged as well.
 */
export function chunkFault(db: Database): string | undefined {
  const [whole] = [metaFault(db), ...proofFaults(db)].filter((fault) => fault !== undefined);
  if (whole !== undefined) return whole;
  const faults = documentFaults(db, undefined, ["document", "chunks", "terms"]);
  const [first, ...others] = faults.map(({ document }) => document);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `rows of ${first}${more} are not what was written`;
}

/**
 * Whether the proofs themselves are those that were written, and as many rows are there as they say; a clause for
 * each fault.
 */
export function proofFaults(db: Database): string[] {
  const written = parseTotals(readMeta(db, PROOF_KEY) ?? "");
  if (written === undefined) return ["the row of `meta` that proves all others is lost or malformed"];
  const now = readTotals(db);
  if (now.digest !== written.digest) return ["the proofs of the documents are not those that were written"];
  return packTotals(db) === written.packs
    ? []
    : ["the proofs of the scan index are not those that were written"];
}

/** Tables that have another number of rows than was written; a clause each. */
export function countFaults(db: Database): string[] {
  const written = parseTotals(readMeta(db, PROOF_KEY) ?? "");
  if (written === undefined) return ["the row of `meta` that proves all others is lost or malformed"];
  const [proofs] = db.query("SELECT count(*) FROM document_proofs").values()[0] as [number];
  const lost =
    proofs === written.rows.document ? [] : [`the number of documents that are proved is ${proofs}`];
  const tables = PROVED_TABLES.flatMap(({ table, column }) => {
    const [count] = db.query(`SELECT count(*) FROM ${table}`).values()[0] as [number];
    const wanted = written.rows[column];
    return count === wanted ? [] : [`\`${table}\` has ${count} rows, and ${wanted} were written`];
  });
  return [...lost, ...tables];
}

const SHARES = 7;
const DAY_MS = 86_400_000;

/**
 * A seventh of all documents, another one each day of the week: nothing has to be stored for all to have their turn.
 */
export function sampleOf(db: Database, time: number): string[] {
  const turn = Math.floor(time / DAY_MS) % SHARES;
  // Both tables are in the order of their ids, so that ordered they are merged and need no set.
  const rows = db.query("SELECT id FROM nodes UNION SELECT node FROM document_proofs ORDER BY 1").values();
  const sample: string[] = [];
  for (const row of rows) {
    const id = String(row[0]);
    if (Bun.hash.xxHash32(id) % SHARES === turn) sample.push(id);
  }
  return sample;
}

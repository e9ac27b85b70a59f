/**
 * Writes the proofs of what a transaction has written, inside that transaction.
 *
 * Only documents whose rows were written are proved anew. Whoever proved more would turn damage that nobody has
 * looked at into what is proved.
 */
import type { Database } from "bun:sqlite";
import { readMeta, writeMeta } from "../state.ts";
import {
  changedText,
  DocumentDigests,
  documentsNamed,
  PROVED_TABLES,
  type ProvedColumn,
  type Within,
} from "./digests.ts";
import { sealMeta } from "./meta.ts";
import {
  addTotals,
  NO_TOTALS,
  PROOF_KEY,
  parseTotals,
  readTotals,
  type Totals,
  textOfTotals,
} from "./totals.ts";

const COLUMNS = PROVED_TABLES.map(({ column }) => column);
const LINK_COLUMNS = ["edges", "unresolved"] as const satisfies readonly ProvedColumn[];

/**
 * From here on, documents whose edges change are noted on this connection. Call at the beginning of the write
 * transaction.
 */
export function noteRelinked(db: Database): void {
  db.run("CREATE TEMP TABLE relinked (id TEXT PRIMARY KEY) WITHOUT ROWID");
  for (const table of ["edges", "unresolved_links"]) {
    for (const [change, row] of [
      ["INSERT", "new"],
      ["DELETE", "old"],
    ]) {
      db.run(`
        CREATE TEMP TRIGGER note_${table}_${change} AFTER ${change} ON main.${table} BEGIN
          INSERT OR IGNORE INTO relinked VALUES (${row}.source);
        END`);
    }
  }
}

const CHUNK_COLUMNS = ["chunks", "terms", "vectors", "pending"] as const satisfies readonly ProvedColumn[];

/** Rows of chunks that were compared with what was prepared, and need not be read once more. */
export interface ComparedChunks {
  readonly digests: DocumentDigests;
  /** Selects the chunks that were not. */
  readonly others: string;
}

/** Proves every row anew. Call at the end of a transaction that has written, or compared, all of them. */
export function proveEverything(db: Database, compared?: ComparedChunks): void {
  db.run("DELETE FROM document_proofs");
  insertProofs(db, compared === undefined ? DocumentDigests.read(db) : readOthers(db, compared));
  finish(db, readTotals(db));
}

function readOthers(db: Database, { digests, others }: ComparedChunks): DocumentDigests {
  const documents = COLUMNS.filter((column) => !CHUNK_COLUMNS.some((of) => of === column));
  return digests.read(db, undefined, documents).read(db, { sql: others, of: "chunks" }, CHUNK_COLUMNS);
}

/**
 * Proves documents anew whose rows were written, and of those that `noteRelinked` noted the edges. Call at the end of
 * the transaction.
 *
 * @param written selects documents all of whose rows were written, or are gone
 */
export function proveWritten(db: Database, written: string): void {
  const relinked = db
    .query(`SELECT id FROM temp.relinked WHERE id NOT IN (${written})`)
    .values()
    .flat() as string[];
  const links = documentsNamed(relinked);
  const changed: Within = { sql: `${written} UNION SELECT id FROM temp.relinked` };
  const before = readTotals(db, changed);
  const rows: Within = { sql: written };
  db.run(`DELETE FROM document_proofs WHERE node IN (${written})`);
  insertProofs(db, DocumentDigests.read(db, rows));
  if (relinked.length > 0)
    updateProofs(db, relinked, LINK_COLUMNS, DocumentDigests.read(db, links, LINK_COLUMNS));
  const change = addTotals(readTotals(db, changed), before, -1);
  finish(db, addTotals(provedTotals(db), change, 1));
  forgetRelinked(db);
}

const VECTOR_COLUMNS = ["vectors", "pending"] as const satisfies readonly ProvedColumn[];

/**
 * Vectors of some chunks are about to be written. Their documents' proofs change by what changes until `finish`, and
 * nothing else of those documents is taken for proved.
 */
export function beginLateVectors(db: Database, chunks: readonly number[]): { readonly finish: () => void } {
  const ids = db
    .query("SELECT DISTINCT c.node FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value")
    .values(JSON.stringify(chunks))
    .flat() as string[];
  const documents = documentsNamed(ids);
  const totals = readTotals(db, documents);
  const before = DocumentDigests.read(db, documents, VECTOR_COLUMNS);
  return {
    finish: () => {
      changeProofs(db, ids, before, DocumentDigests.read(db, documents, VECTOR_COLUMNS));
      const change = addTotals(readTotals(db, documents), totals, -1);
      finish(db, addTotals(provedTotals(db), change, 1));
    },
  };
}

function changeProofs(
  db: Database,
  ids: readonly string[],
  before: DocumentDigests,
  after: DocumentDigests,
): void {
  const select = db.query(`SELECT ${VECTOR_COLUMNS.join(", ")} FROM document_proofs WHERE node = ?`);
  const update = db.query(
    `UPDATE document_proofs SET ${VECTOR_COLUMNS.map((column) => `${column} = ?`).join(", ")} WHERE node = ?`,
  );
  for (const id of ids) {
    const proof = select.values(id)[0] as unknown[] | undefined;
    if (proof === undefined) continue;
    const changed = VECTOR_COLUMNS.map((column, index) =>
      changedText(proof[index], before.textOf(id, column), after.textOf(id, column)),
    );
    update.run(...changed, id);
  }
}

/** No trigger may stay behind on a connection that goes on to write. */
function forgetRelinked(db: Database): void {
  db.run("DROP TABLE temp.relinked");
  const triggers = db.query(
    "SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name LIKE 'note\\_%' ESCAPE '\\'",
  );
  for (const name of triggers.values().flat() as string[]) db.run(`DROP TRIGGER temp.${name}`);
}

function provedTotals(db: Database): Totals {
  const text = readMeta(db, PROOF_KEY);
  return (text === undefined ? undefined : parseTotals(text)) ?? NO_TOTALS;
}

function insertProofs(db: Database, digests: DocumentDigests): void {
  const insert = db.query(
    `INSERT INTO document_proofs (node, ${COLUMNS.join(", ")}) VALUES (?${", ?".repeat(COLUMNS.length)})`,
  );
  // In their order: a tree of keys that is filled in another would be written many times over.
  for (const document of [...digests.documents()].sort()) {
    insert.run(document, ...COLUMNS.map((column) => digests.textOf(document, column)));
  }
}

function updateProofs(
  db: Database,
  ids: readonly string[],
  columns: readonly ProvedColumn[],
  digests: DocumentDigests,
): void {
  const update = db.query(
    `UPDATE document_proofs SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE node = ?`,
  );
  for (const id of ids) update.run(...columns.map((column) => digests.textOf(id, column)), id);
}

function finish(db: Database, totals: Totals): void {
  writeMeta(db, PROOF_KEY, textOfTotals(totals, db));
  sealMeta(db);
}

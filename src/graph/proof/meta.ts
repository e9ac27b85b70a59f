/** The rows of `meta` prove themselves by one that is a digest of the others. */
import type { Database } from "bun:sqlite";
import { readTransaction } from "../../sqlite/index.ts";
import { isOfEarlierSchema } from "../schema.ts";
import { writeMeta } from "../state.ts";
import { digestOfRow, digestText, joinedColumns } from "./digests.ts";

/** Row of `meta` that proves the others. */
const SEAL_KEY = "seal";

/** Call at the end of each transaction that changes a row of `meta`; before it, `metaFault` must have found nothing. */
export function sealMeta(db: Database): void {
  writeMeta(db, SEAL_KEY, sealOf(db));
}

function sealOf(db: Database): string {
  const rows = db.query(`SELECT ${joinedColumns(db, "meta")} FROM meta WHERE key <> ?`).values(SEAL_KEY) as [
    Uint8Array,
  ][];
  return digestText(rows.reduce((sum, [joined]) => sum + digestOfRow(joined), 0n));
}

/**
 * What is wrong with the rows of `meta`, a clause; undefined where nothing is. Rows of which there are none yet, or
 * which an earlier version wrote, have no seal and are not wrong.
 *
 * A sound graph would be called damaged when a rebuild commits after the rows are read and before the seal is: both
 * are read in one transaction.
 */
export function metaFault(db: Database): string | undefined {
  return readTransaction(db, () => faultOf(db));
}

function faultOf(db: Database): string | undefined {
  if (isOfEarlierSchema(db)) return undefined;
  const [rows, seal, documents] = db
    .query(
      "SELECT (SELECT count(*) FROM meta), (SELECT value FROM meta WHERE key = ?), EXISTS (SELECT 1 FROM nodes)",
    )
    .values(SEAL_KEY)[0] as [number, unknown, number];
  if (rows === 0) return documents === 0 ? undefined : "the rows of its table `meta` are lost";
  if (seal === null) return "the row of `meta` that proves the others is lost";
  return seal === sealOf(db) ? undefined : "a row of `meta` is lost or not what was written";
}

/**
 * A writing connection that changes no byte (I5).
 *
 * Whoever closes a database's last connection folds its write-ahead log in, and so changes the file. The reading connection that must be
 * given stays open longer than the one for writing, and cannot fold anything in itself.
 */
import { Database } from "bun:sqlite";
import { THRESHOLDS } from "../thresholds.ts";

/** @param reader an open reading connection to the same file, which has read something, so that it holds its lock on the file. */
export function withWriter<T>(reader: Database, path: string, work: (db: Database) => T): T {
  reader.query("SELECT count(*) FROM sqlite_schema").get();
  const writer = new Database(path, { readwrite: true, create: false });
  try {
    writer.run(`PRAGMA busy_timeout = ${THRESHOLDS.lockWait}`);
    return work(writer);
  } finally {
    writer.close();
  }
}

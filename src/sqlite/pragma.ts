/** Figures that SQLite tells of a database. */
import type { Database } from "bun:sqlite";

/** The value of a pragma that answers with one number. Throws the driver's error. */
export function readPragma(db: Database, name: string): number {
  const [row] = db.query(`PRAGMA ${name}`).values();
  return Number(row?.[0] ?? Number.NaN);
}

/** Whether the file that a connection opened is still the one at its path. */
import { constants, type Database } from "bun:sqlite";

/** "unknown" where SQLite does not tell. Then whoever may lose something decides for the worse. */
export function placeOf(db: Database): "in place" | "moved" | "unknown" {
  const moved = new Int32Array(2);
  if (db.fileControl(constants.SQLITE_FCNTL_HAS_MOVED, moved) !== 0) return "unknown";
  return moved[0] === 0 ? "in place" : "moved";
}

/**
 * Closes a connection. Closing the last one removes the write-ahead log by name, which belongs to another file once
 * this one was replaced.
 */
export function closeInPlace(db: Database): void {
  if (placeOf(db) === "moved") db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
  db.close();
}

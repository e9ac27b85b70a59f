/**
 * What lies in the place of a database's files and is none of them: SQLite would wait for a named pipe for ever, and
 * fail at the rest without saying why.
 */
import { oddKindAt, oddKindBehind, realPlace } from "../system/files/index.ts";
import { AmalfaError, systemErrorCode } from "../system/index.ts";

/** What SQLite opens beside a database. */
export const BESIDE = ["-journal", "-wal", "-shm"] as const;

/**
 * Throws `file.kind` where a database or what SQLite opens beside it is no file. A folder in the place of the
 * database is left to SQLite.
 */
export function refuseOddFiles(database: string): void {
  const found = findOddFile(database);
  if (found === undefined) return;
  throw new AmalfaError("file.kind", `${found.path} is ${found.kind}, and no file of a database.`, {
    hint:
      "Nothing was changed. `amalfa doctor --check layout.access` names " +
      "everything of that kind; move it away and run the command again.",
  });
}

function findOddFile(database: string): { path: string; kind: string } | undefined {
  try {
    const kind = oddKindBehind(database);
    if (kind !== undefined) return kind === "a folder" ? undefined : { path: database, kind };
    // SQLite keeps them beside the file that a link leads to.
    const real = realPlace(database);
    for (const path of BESIDE.map((end) => real + end)) {
      const beside = oddKindAt(path);
      if (beside !== undefined) return { path, kind: beside };
    }
    return undefined;
  } catch (error) {
    // What may not be looked at SQLite cannot open either, and says so.
    if (systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}

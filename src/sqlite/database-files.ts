/** The files that belong to a database, and who has them open. */
import { statSync } from "node:fs";
import { describeFileHolder, findFileHolders } from "../system/process/index.ts";

/**
 * The files of a database that exist: the main file first, since a log without its database is harmless and the
 * reverse loses rows.
 */
export function databaseFiles(database: string): string[] {
  return [database, ...["-wal", "-shm", "-journal"].map((end) => database + end)].filter(
    (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  );
}

/** Who has the database open, apart from `ownPids`; undefined where nobody has, or the system does not tell. */
export function nameOpeners(database: string, ownPids: readonly number[]): string | undefined {
  const search = findFileHolders(databaseFiles(database));
  if (search.kind === "unknown") return undefined;
  const others = search.holders.filter(({ pid }) => !ownPids.includes(pid));
  return others.length === 0 ? undefined : others.map(describeFileHolder).join(", ");
}

/** Documents that are one file: a link to a document of the project is a document as well, with the same text. */
import type { Database } from "bun:sqlite";
import { Lately } from "./lately.ts";
import { isOfEarlierSchema } from "./schema.ts";
import { stateOfRows } from "./state.ts";

/**
 * For each document that shares its file with another one, a text that is the same for both, by the document's id.
 * Without documents of whose file nothing is known.
 */
export function sharedFiles(db: Database): ReadonlyMap<string, string> {
  if (isOfEarlierSchema(db)) return new Map();
  // By their numbers alone two files could pass for one: those of some file systems are longer than what is kept.
  const rows = db
    .query(
      `SELECT n.id, s.inode || ' ' || s.mtime_ms || ' ' || s.ctime_ms || ' ' || n.hash
       FROM file_stats s JOIN nodes n ON n.id = s.node WHERE s.inode IN
         (SELECT inode FROM file_stats WHERE inode >= 0 GROUP BY inode HAVING count(*) > 1)`,
    )
    .values() as [string, string][];
  return new Map(rows);
}

/** So many documents' files are remembered between searches. */
const MOST_FILES = 20_000;
const files = new WeakMap<Database, Lately<string, string>>();

/** A text for each of these documents that is the same where two are one file; without those of unknown files. */
export function filesOf(db: Database, ids: readonly string[]): ReadonlyMap<string, string> {
  if (ids.length === 0 || isOfEarlierSchema(db)) return new Map();
  const known = files.get(db) ?? new Lately<string, string>(MOST_FILES);
  files.set(db, known);
  // By numbers first: the document's own row is longer, and hardly any two are of one file. They are written without
  // a new generation.
  const found = known.of(stateOfRows(db), ids, (unknown) => {
    const rows = db
      .query(
        `SELECT s.node, s.inode || ' ' || s.mtime_ms || ' ' || s.ctime_ms FROM json_each(?) j
         CROSS JOIN file_stats s ON s.node = j.value WHERE s.inode >= 0`,
      )
      .values(JSON.stringify(unknown));
    return rows as [string, string][];
  });
  const times = new Map<string, number>();
  for (const file of found.values()) times.set(file, (times.get(file) ?? 0) + 1);
  const shared = [...found].flatMap(([id, file]) => (times.get(file) === 1 ? [] : [id]));
  if (shared.length === 0) return found;
  const hashes = db
    .query("SELECT n.id, n.hash FROM json_each(?) j CROSS JOIN nodes n ON n.id = j.value")
    .values(JSON.stringify(shared)) as [string, string][];
  // Two files would pass for one by their numbers alone, as above.
  for (const [id, hash] of hashes) found.set(id, `${found.get(id)} ${hash}`);
  return found;
}

/**
 * Each file once: of documents that are one file the first that is no link.
 * @param isLink whether a document's path is a link
 */
export function eachFileOnce(
  db: Database,
  ids: readonly string[],
  isLink: (id: string) => boolean,
): readonly string[] {
  const files = sharedFiles(db);
  const own = new Set<string>();
  const kept = new Set<string>();
  // The links last, so that what they lead to goes first.
  const links = new Set(ids.filter((id) => files.has(id) && isLink(id)));
  for (const id of [...ids.filter((each) => !links.has(each)), ...links]) {
    const file = files.get(id);
    if (file !== undefined && own.has(file)) continue;
    if (file !== undefined) own.add(file);
    kept.add(id);
  }
  return ids.filter((id) => kept.has(id));
}

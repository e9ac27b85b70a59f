/**
 * A database file that has more than one name, as in a copy of a project by hard links (`cp -al`, rsnapshot).
 *
 * SQLite keeps the write-ahead log beside the name it opened a file by, and the locks of WAL mode as well. Through two
 * names two writers so know nothing of each other and put their pages into one file, which is damage. So nobody
 * writes to such a file: its content goes to a file of its own first, which takes over the one name, and the others
 * keep what they have.
 */
import { constants, Database } from "bun:sqlite";
import { lstatSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AnchoredFolder, realPlace, requireOwnPlace, temporaryName } from "../system/files/index.ts";
import { BESIDE } from "./database-files.ts";

/** How many names the file of a database has, that of a link's target included; 0 where there is none. */
export function namesOf(path: string): number {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.nlink : 0;
  } catch {
    // What may not be looked at SQLite cannot open either, and says so.
    return 0;
  }
}

/**
 * Puts a copy in the place of a file that has other names too; one that has none is not touched. Throws the driver's
 * error, as where it is damaged or somebody is writing to it, what the file system throws, and as `requireOwnPlace`
 * does: then nothing has changed.
 */
export function makeOwnFile(path: string, waitMs: number): void {
  if (namesOf(path) < 2) return;
  const real = realPlace(path);
  // While it is open, closing the one that may write neither folds the log into the file of the others nor removes it.
  using reader = new Database(real, { readonly: true });
  reader.query("SELECT count(*) FROM sqlite_schema").get();
  const writer = new Database(real, { readwrite: true, create: false });
  try {
    // Keeps out whoever writes through this name, or is about to do the same.
    writer.run(`PRAGMA busy_timeout = ${waitMs}`);
    writer.run("BEGIN IMMEDIATE");
    requireOwnPlace(path);
    // Another process may have done it meanwhile.
    if (namesOf(real) > 1) replaceByCopy(reader, real);
  } finally {
    closeKeepingLog(writer);
  }
}

function replaceByCopy(reader: Database, real: string): void {
  const { mode } = statSync(real);
  const temporary = temporaryName();
  using folder = AnchoredFolder.open(dirname(real));
  try {
    folder.writeNew(temporary, settledContent(reader, real), { mode });
    // Whoever opens the new file waits until the old one's log is gone, and so does not take that for its own.
    using copy = new Database(join(dirname(real), temporary), { readwrite: true, create: false });
    copy.run("PRAGMA journal_mode = MEMORY");
    copy.run("BEGIN EXCLUSIVE");
    folder.rename(temporary, folder, basename(real));
    // Should it end here, the log is read once more: it has pages that the copy has already.
    for (const end of BESIDE) folder.discard(basename(real) + end);
    folder.sync();
  } finally {
    folder.discard(temporary);
  }
}

const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 200;

/**
 * As the log of this name has it. Not while somebody folds the log of another name in: pages of two times are damage.
 */
function settledContent(reader: Database, real: string): Uint8Array {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) Bun.sleepSync(ATTEMPT_PAUSE_MS);
    const before = stampOf(real);
    const content = reader.serialize();
    if (stampOf(real) === before) return inRollbackMode(content);
  }
  throw new WrittenElsewhere();
}

function stampOf(path: string): string {
  const { size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs}`;
}

/** Without it a connection to the copy would need a log of its own, under its temporary name. */
function inRollbackMode(content: Uint8Array): Uint8Array {
  if (content.length >= HEADER_BYTES) content.fill(ROLLBACK, WRITE_VERSION, READ_VERSION + 1);
  return content;
}

/* SQLite documentation, "Database File Format", 1.3. */
const HEADER_BYTES = 100;
const WRITE_VERSION = 18;
const READ_VERSION = 19;
const ROLLBACK = 1;

class WrittenElsewhere extends Error {
  readonly code = "SQLITE_BUSY";

  constructor() {
    super("another process is writing to it under another name");
  }
}

/** The log of that name may be the new file's by now. */
function closeKeepingLog(db: Database): void {
  db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
  db.close();
}

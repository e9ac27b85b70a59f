/**
 * What SQLite's errors mean, in one place. `bun:sqlite` names the extended result code, such as
 * `SQLITE_CORRUPT_INDEX`, in `code`.
 */

/** What an error says of the file, or of the moment. */
export type SqliteFault =
  /** Another connection holds a lock that this one needs. */
  | "locked"
  | "not a database"
  /** Pages are wrong, or the file is shorter than it says. */
  | "damaged"
  /** A crash left a rollback journal, which a connection that only reads cannot roll back. */
  | "interrupted write"
  /** Nothing can be created or written where the file lies. */
  | "read-only"
  /** It cannot be opened, or permissions are in the way. */
  | "no access"
  | "full"
  | "input and output"
  /** The statement does not fit the tables: in a file that is ours, what it holds is wrong. */
  | "contradiction"
  | "other";

const FAULTS: readonly (readonly [RegExp, SqliteFault])[] = [
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, "locked"],
  [/^SQLITE_NOTADB/, "not a database"],
  [/^SQLITE_(CORRUPT|IOERR_SHORT_READ)/, "damaged"],
  [/^SQLITE_READONLY_(ROLLBACK|RECOVERY)/, "interrupted write"],
  [/^SQLITE_READONLY/, "read-only"],
  [/^SQLITE_(CANTOPEN|PERM|AUTH|IOERR_ACCESS|IOERR_SHM)/, "no access"],
  [/^SQLITE_FULL/, "full"],
  [/^SQLITE_IOERR/, "input and output"],
  [/^SQLITE_(ERROR|MISMATCH|CONSTRAINT)/, "contradiction"],
];

/** Undefined for what is no error of SQLite. */
export function sqliteFault(error: unknown): SqliteFault | undefined {
  const code = sqliteCode(error);
  if (code === undefined) return undefined;
  if (isUnsupported(error)) return "not a database";
  return FAULTS.find(([pattern]) => pattern.test(code))?.[1] ?? "other";
}

/** A number in the file's header that no SQLite knows has no code of its own; no statement can be right then. */
function isUnsupported(error: unknown): boolean {
  return error instanceof Error && error.message === "unsupported file format";
}

/** Whether the bytes of the file are at fault. */
export function isDamage(error: unknown): boolean {
  const fault = sqliteFault(error);
  return fault === "not a database" || fault === "damaged";
}

/** Whether the file cannot be written, or not be recovered without writing. */
export function isReadOnly(error: unknown): boolean {
  const fault = sqliteFault(error);
  return fault === "read-only" || fault === "interrupted write";
}

/**
 * Whether another connection holds a lock on the file that this one needs. `SQLITE_PROTOCOL` is what comes of it where
 * a reader has tried for ten seconds to begin (SQLite documentation, "Result and Error Codes").
 */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|PROTOCOL)/.test(sqliteCode(error) ?? "");
}

/**
 * Whether the system failed to read or write. Narrower than that, a fault says why: of these codes some are of
 * permissions, and one of damage.
 */
export function isInputOutput(error: unknown): boolean {
  return sqliteCode(error)?.startsWith("SQLITE_IOERR") ?? false;
}

/** Whether the file itself could not be opened, rather than one beside it, or a lock on it. */
export function isUnopenable(error: unknown): boolean {
  return sqliteCode(error)?.startsWith("SQLITE_CANTOPEN") ?? false;
}

/**
 * Whether it may be that nothing can be created beside the file, which reading it in WAL mode takes. What SQLite
 * answers then depends on the disk, the folder and the platform.
 */
export function mayLackFilesBeside(error: unknown): boolean {
  return (
    sqliteFault(error) === "no access" || /^SQLITE_READONLY_(DIRECTORY|CANT)/.test(sqliteCode(error) ?? "")
  );
}

/** The extended result code by name, such as `SQLITE_CORRUPT_INDEX`, of an unknown thrown value. */
export function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("SQLITE_") ? error.code : undefined;
}

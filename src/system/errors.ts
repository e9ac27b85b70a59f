/**
 * Errors are data until the command line turns them into text or JSON and an exit status.
 *
 * Everything below `src/cli/` throws these and nothing else on purpose; whatever else arrives there is a
 * defect and is reported as one.
 */

import { type ErrorEntry, EXIT, type ExitStatus } from "./error-entry.ts";
import { DATA } from "./errors-of-data.ts";
import { DOCUMENTS } from "./errors-of-documents.ts";
import { RUNNING } from "./errors-of-running.ts";
import { lowLimitOfFiles, saysTooManyFiles } from "./open-files.ts";

/*
 * Every error that is raised on purpose: its code, what it means, the exit status, and what to do where the place
 * that raises it knows nothing better. Codes are dotted and stable, since scripts rely on them; each stands in the
 * part of what it is about. `docs/errors.md` is made from this.
 */

export const ERRORS = { ...DATA, ...DOCUMENTS, ...RUNNING } as const;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a text that comes from elsewhere, such as another thread, is the code of an error. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

export interface AmalfaErrorOptions {
  /** What to do next, as one sentence that names the gentlest command first; by default that of the catalogue. */
  readonly hint?: string;
  /** Where the same error means something else for scripts than usual. */
  readonly exit?: ExitStatus;
  readonly cause?: unknown;
}

/** A failure that a user can act on: a stable code, what happened and where, and what to do next. */
export class AmalfaError extends Error {
  override readonly name = "AmalfaError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exit: ExitStatus;

  constructor(code: ErrorCode, message: string, options: AmalfaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: ErrorEntry = ERRORS[code];
    this.code = code;
    this.hint = options.hint ?? entry.hint;
    this.exit = options.exit ?? entry.exit;
  }
}

/** The user, or whoever acts for them, asked for the work to stop. */
export function interrupted(what: string): AmalfaError {
  return new AmalfaError("interrupted", `${what} was interrupted.`);
}

/** The system error code (`ENOENT`, `EACCES`, …) of an unknown thrown value, if it carries one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of an unknown thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same as a clause, to go on from: without a full stop. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, "");
}

/** What Bun says of code that is imported, or begun as a worker, and not there; of a file that is read it says more. */
const PART_GONE =
  /(?:^ENOENT reading |^Cannot find module |ModuleNotFound resolving )["'](\/[^"']+\.[jt]s)["']/;

/** What Bun says where the system refuses a thread, and of a process. */
const NO_MORE = /^Failed to (?:spawn|start|create) (?:worker )?thread|^EAGAIN\b.*\bposix_spawn/;

/** What a system says of files wherever they are used: no defect of whoever asked. */
const OF_THE_SYSTEM: Readonly<Record<string, ErrorCode>> = {
  EACCES: "files.denied",
  EPERM: "files.denied",
  ENOENT: "files.vanished",
  EROFS: "files.read-only",
  ENOSPC: "files.full",
  EDQUOT: "files.full",
  EFBIG: "files.full",
  EIO: "files.faulty",
};

/** What was thrown as what a user can act on; undefined for a defect. */
export function foreseen(error: unknown): AmalfaError | undefined {
  const known = knownError(error);
  return lacksFiles(error) ? ofTooManyFiles(error, known) : perhapsOfTooFewFiles(error, known);
}

/**
 * Where no further file can be opened, whoever meets that first takes it for permissions, a damaged package or a file
 * that is not there, and advises accordingly.
 */
function lacksFiles(error: unknown): boolean {
  if (/^E[MN]FILE$/.test(systemErrorCode(error) ?? "") || saysTooManyFiles(messageOf(error))) return true;
  return error instanceof Error && error.cause !== undefined && lacksFiles(error.cause);
}

function ofTooManyFiles(error: unknown, known: AmalfaError | undefined): AmalfaError {
  const { hint } = ERRORS["files.too-many"];
  return known === undefined
    ? new AmalfaError("files.too-many", `No further file can be opened: ${firstLineOf(error)}.`)
    : new AmalfaError(known.code, known.message, { hint, exit: known.exit, cause: error });
}

/** SQLite, the runtime and its loader do not say what kept them from a file. */
function perhapsOfTooFewFiles(error: unknown, known: AmalfaError | undefined): AmalfaError | undefined {
  if (known !== undefined && known.exit !== EXIT.failed) return known;
  const limit = lowLimitOfFiles();
  if (limit === undefined) return known;
  const few = `no more than ${limit} files open at once`;
  if (known === undefined)
    return new AmalfaError("files.too-many", `With ${few} this failed: ${firstLineOf(error)}.`);
  const hint = `This process may have ${few}, which may be why: raise the limit first (\`ulimit -n\`).`;
  return new AmalfaError(known.code, known.message, {
    hint: `${hint} ${known.hint ?? ""}`.trim(),
    exit: known.exit,
    cause: error,
  });
}

function firstLineOf(error: unknown): string {
  return clauseOf(error).split("\n")[0] ?? "";
}

function knownError(error: unknown): AmalfaError | undefined {
  if (error instanceof AmalfaError) return error;
  const [, missing] = /^Cannot find package '([^']+)'/.exec(messageOf(error)) ?? [];
  if (missing !== undefined)
    return new AmalfaError(
      "package.missing",
      `The package ${missing}, which amalfa needs, is not installed.`,
    );
  const [, part] = PART_GONE.exec(messageOf(error)) ?? [];
  if (part !== undefined)
    return new AmalfaError(
      "program.gone",
      `A part of amalfa itself is gone (${part}): it was removed or installed anew since this process began.`,
    );
  if (NO_MORE.test(messageOf(error)))
    return new AmalfaError(
      "process.limit",
      `The system starts no further process or thread: ${clauseOf(error)}.`,
    );
  const code = OF_THE_SYSTEM[systemErrorCode(error) ?? ""];
  if (code === undefined) return undefined;
  const what = code === "files.vanished" ? "was there and is gone" : "cannot be used";
  return new AmalfaError(code, `A file or folder ${what}: ${firstLineOf(error)}.`);
}

/** Whether the reason for an error, or for what caused it, is that permissions keep this user out. */
export function isAccessDenied(error: unknown): boolean {
  if (/^(EACCES|EPERM)$/.test(systemErrorCode(error) ?? "")) return true;
  return error instanceof Error && error.cause !== undefined && isAccessDenied(error.cause);
}

/** What keeps a program from a file or folder, a clause. */
export function accessReason(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === "EROFS") return "the file system is read-only";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return messageOf(error);
}

/** Why something was not written, a clause with the place that the system names. */
export function writeReason(error: unknown): string {
  const reason = NO_ROOM.test(systemErrorCode(error) ?? "") ? "there is no space left" : accessReason(error);
  if (reason === messageOf(error)) return clauseOf(error);
  const [, place] = /, \w+ '([^']+)'/.exec(messageOf(error)) ?? [];
  return place === undefined ? reason : `${reason} (${place})`;
}

const NO_ROOM = /^(?:ENOSPC|EDQUOT)$/;

/** What to do then, where it is nothing that permissions could change. */
export function writeHint(error: unknown): { readonly hint?: string } {
  const code = systemErrorCode(error) ?? "";
  if (code === "EROFS") return { hint: "Make the file system writable, and run the command again." };
  return NO_ROOM.test(code) ? { hint: "Free some space, and run the command again." } : {};
}

/**
 * The maintenance lock: init, rebuild, reset and the watcher's batches exclude one another.
 *
 * It is an exclusive transaction on a small SQLite file. The operating system releases it however its holder ends, so
 * there is no stale lock, nothing to clean up and no PID to be mistaken about. Who holds it is written beside it, for
 * messages only.
 */
import type { Database } from "bun:sqlite";
import { existsSync, mkdirSync } from "node:fs";
import { basename } from "node:path";
import { isBusy, isInputOutput, lockHolders, placeOf, sqliteFault } from "../../sqlite/index.ts";
import {
  type AnchoredFolder,
  Displaced,
  holdRoot,
  oddKindAt,
  readSmallFile,
  removeOwnFile,
  requireHeldRoot,
  temporaryName,
  writeOwnFile,
} from "../../system/files/index.ts";
import { AmalfaError, interrupted, systemErrorCode } from "../../system/index.ts";
import {
  isAlive,
  isStopped,
  nameProcesses,
  otherUserOf,
  writerLockHolders,
} from "../../system/process/index.ts";
import { makeDataFolder, type ProjectPaths } from "../paths.ts";
import { takeLockFile } from "./take-lock-file.ts";
import { unavailable } from "./unavailable.ts";

/** Who holds the lock, as far as it is known. */
export interface LockHolder {
  /** What it does, such as `rebuild`. */
  readonly command: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  /** How far it has come, in words, where it tells. */
  readonly progress?: string | undefined;
}

export interface LockOptions {
  /** What the lock is taken for, such as `init`. */
  readonly command: string;
  /** Seconds to wait for another holder before giving up. */
  readonly waitSeconds: number;
  readonly signal?: AbortSignal;
  /** Called once when another process holds the lock and this one begins to wait. @param holder in words */
  readonly onWait?: (holder: string) => void;
  /**
   * The project's runtime folder, held open, for whoever must not make anything where its path has come to lead
   * elsewhere: `Displaced` is thrown then. It stays open for as long as the lock is held.
   */
  readonly runtime?: AnchoredFolder;
}

const POLL_MS = 50;
/** How often what the holder says of its progress is written, in milliseconds. */
const TELL_EVERY_MS = 1_000;

/** A held lock. Dispose of it to release; the end of the process releases it as well. */
export interface MaintenanceLock extends Disposable {
  /** Whether the lock's file still is where it was taken; not so once `.amalfa` was renamed or deleted. */
  isInPlace(): boolean;
  /** Says how far the work has come, for others who ask; written now and then at most. */
  tell(progress: string): void;
}

/**
 * Takes the maintenance lock, creating `.amalfa/runtime` if need be.
 * Throws `lock.held` (exit 4) when the wait is over, `interrupted`, `lock.unavailable`, or `root.replaced`: whoever has
 * waited works on the folder that was there before.
 */
export async function takeMaintenanceLock(
  paths: ProjectPaths,
  options: LockOptions,
): Promise<MaintenanceLock> {
  const root = holdRoot(paths.root);
  try {
    return await taken(paths, options, root);
  } catch (error) {
    root[Symbol.dispose]();
    throw error;
  }
}

async function taken(paths: ProjectPaths, options: LockOptions, root: Disposable): Promise<MaintenanceLock> {
  let announced = false;
  let deadline: number | undefined;
  for (;;) {
    requireHeldRoot(paths.root);
    const attempt = tryToTake(paths, options, root);
    if (attempt.kind === "taken") return attempt.lock;
    requireHeldRoot(paths.root);
    if (options.signal?.aborted) throw interrupted("Waiting for the maintenance lock");
    // From when it waits: on a busy machine a look at the lock alone took longer than a short wait.
    deadline ??= performance.now() + options.waitSeconds * 1000;
    if (performance.now() >= deadline) {
      throw attempt.kind === "held" ? held(paths, options.waitSeconds) : unavailable(paths, attempt.error);
    }
    if (!announced && attempt.kind === "held") {
      options.onWait?.(holderOf(paths).words);
      announced = true;
    }
    await Bun.sleep(POLL_MS);
  }
}

/**
 * Runs `work` while holding the maintenance lock. Throws `root.replaced` where the lock is gone when it is done: what
 * was made has gone with its folder.
 */
export async function withMaintenanceLock<T>(
  paths: ProjectPaths,
  options: LockOptions,
  work: (lock: MaintenanceLock) => Promise<T>,
): Promise<T> {
  using lock = await takeMaintenanceLock(paths, options);
  try {
    const done = await work(lock);
    requireInPlace(paths, lock);
    return done;
  } catch (error) {
    // What went wrong went wrong for that, perhaps, and is no help to anybody.
    if (options.signal?.aborted !== true) requireInPlace(paths, lock);
    throw error;
  }
}

function requireInPlace(paths: ProjectPaths, lock: MaintenanceLock): void {
  requireHeldRoot(paths.root);
  if (lock.isInPlace()) return;
  throw new AmalfaError(
    "root.replaced",
    `${paths.data} was moved away while the command worked. What is there now was left alone.`,
  );
}

/** The last process that wrote its name beside the lock; `undefined` when there is none or it cannot be read. */
export function readLockHolder(paths: ProjectPaths): LockHolder | undefined {
  try {
    // A named pipe would be waited for.
    if (oddKindAt(holderFile(paths)) !== undefined) return undefined;
    const { command, pid, since, progress } = JSON.parse(
      readSmallFile(holderFile(paths)),
    ) as Partial<LockHolder>;
    if (typeof command !== "string" || typeof pid !== "number" || typeof since !== "string") return undefined;
    return { command, pid, since, progress: typeof progress === "string" ? progress : undefined };
  } catch {
    return undefined;
  }
}

export function describeHolder(holder: LockHolder): string {
  const { command, pid, since, progress } = holder;
  const user = otherUserOf(pid);
  const who = user === undefined ? `process ${pid}` : `process ${pid} of ${user}`;
  const facts = [who, `since ${since}`, ...(progress === undefined ? [] : [progress])];
  if (isStopped(pid)) facts.push("stopped by a signal, such as Ctrl-Z");
  return `\`amalfa ${command}\` (${facts.join(", ")})`;
}

/**
 * Who holds the lock at this moment, as the system tells, with what it has written of itself; undefined where nobody
 * does or that cannot be told. Changes nothing (I5).
 */
export function currentLockHolder(paths: ProjectPaths): LockHolder | undefined {
  const pids = lockHolderPids(paths);
  const written = readLockHolder(paths);
  return written !== undefined && pids.includes(written.pid) ? written : undefined;
}

function lockHolderPids(paths: ProjectPaths): number[] {
  return lockHolders(paths.maintenanceLock).map(({ pid }) => pid);
}

/** The processes that hold the lock at this moment and have written nothing of themselves, as the system tells. */
export function namelessLockHolders(paths: ProjectPaths): readonly number[] {
  const pids = lockHolderPids(paths);
  return pids.includes(readLockHolder(paths)?.pid ?? 0) ? [] : pids;
}

const INGESTS: ReadonlySet<string> = new Set(["init", "rebuild", "watcher"]);

/** The ingest that holds the lock and goes on, in words; undefined where none does. */
export function ingestAtWork(paths: ProjectPaths): string | undefined {
  const holder = currentLockHolder(paths);
  const isAtWork = holder !== undefined && INGESTS.has(holder.command) && !isStopped(holder.pid);
  return isAtWork ? describeHolder(holder) : undefined;
}

type Attempt =
  | { readonly kind: "taken"; readonly lock: MaintenanceLock }
  | { readonly kind: "held" }
  /** The file was moved or deleted while it was being taken, as a reset does: worth another try. */
  | { readonly kind: "moved"; readonly error: unknown };

function tryToTake(paths: ProjectPaths, { command, runtime }: LockOptions, root: Disposable): Attempt {
  let db: Database | undefined;
  try {
    // A reset makes nothing that it would have to delete, or to leave behind where it is refused.
    if (runtime === undefined && command === "reset") mkdirSync(paths.runtime, { recursive: true });
    else if (runtime === undefined) makeDataFolder(paths, paths.runtime);
    const make = runtime === undefined ? undefined : () => runtime.makeFile(basename(paths.maintenanceLock));
    db = takeLockFile(paths, paths.maintenanceLock, { waitMs: 0, make });
    // A reset may have renamed `.amalfa` between opening the file and locking it: then this is a lock on something
    // that is gone, while somebody else may hold the one that has taken its place.
    if (placeOf(db) !== "in place") {
      db.close();
      return { kind: "moved", error: new Error("it was moved or deleted while it was being taken") };
    }
    runtime?.requireInPlace();
    const holder: LockHolder = { command, pid: process.pid, since: new Date().toISOString() };
    writeHolder(paths, holder, runtime);
    return { kind: "taken", lock: new HeldLock(db, { paths, holder, runtime, root }) };
  } catch (error) {
    db?.close();
    if (error instanceof Displaced && runtime === undefined) return { kind: "moved", error };
    if (error instanceof Displaced || isOfAmalfa(error)) throw error;
    if (isBusy(error)) return { kind: "held" };
    if (mayHaveMoved(paths, error)) return { kind: "moved", error };
    throw unavailable(paths, error);
  }
}

/** `data.link`, `root.replaced` and `root.invalid`. */
function isOfAmalfa(error: unknown): boolean {
  return error instanceof AmalfaError;
}

/** Whether an error may come from `.amalfa` having been renamed or deleted under the attempt. */
function mayHaveMoved(paths: ProjectPaths, error: unknown): boolean {
  if (sqliteFault(error) === undefined) return systemErrorCode(error) === "ENOENT";
  return isInputOutput(error) || !existsSync(paths.runtime);
}

/** What a lock is of, and who holds it. */
interface LockOf {
  readonly paths: ProjectPaths;
  readonly holder: LockHolder;
  readonly runtime: AnchoredFolder | undefined;
  /** The root, held for as long as the lock is. */
  readonly root: Disposable;
}

class HeldLock implements MaintenanceLock {
  readonly #db: Database;
  readonly #of: LockOf;
  #toldAt = performance.now();

  constructor(db: Database, of: LockOf) {
    this.#db = db;
    this.#of = of;
  }

  tell(progress: string): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    const { paths, holder, runtime } = this.#of;
    if (this.isInPlace()) writeHolder(paths, { ...holder, progress }, runtime);
  }

  isInPlace(): boolean {
    return placeOf(this.#db) === "in place";
  }

  [Symbol.dispose](): void {
    try {
      if (this.isInPlace()) removeQuietly(holderFile(this.#of.paths), this.#of.runtime);
    } finally {
      this.#db.close();
      this.#of.root[Symbol.dispose]();
    }
  }
}

function held(paths: ProjectPaths, waitSeconds: number): AmalfaError {
  const { words, isCommand } = holderOf(paths);
  const what = isCommand ? "The project is being worked on" : "The maintenance lock is held";
  return new AmalfaError("lock.held", `${what} by ${words}; gave up after ${waitSeconds} s.`);
}

/**
 * Who holds the lock: by what it has written of itself; where that is of somebody else, or of nobody, by what the
 * system says. Any program can lock the file, and what it locks of it need not be what a command does.
 */
function holderOf(paths: ProjectPaths): { readonly words: string; readonly isCommand: boolean } {
  const proved = lockHolderPids(paths);
  const pids = proved.length > 0 ? proved : writerLockHolders(paths.maintenanceLock);
  const written = readLockHolder(paths);
  const isWritten =
    written !== undefined && (pids.length === 0 ? isAlive(written.pid) : pids.includes(written.pid));
  if (isWritten) return { words: describeHolder(written), isCommand: true };
  return { words: pids.length > 0 ? nameProcesses(pids) : "another process", isCommand: false };
}

/** Who keeps this process from changing the graph, a clause: a command of amalfa's, or whoever has a lock. */
export function whoIsAtWork(paths: ProjectPaths): string {
  if (currentLockHolder(paths) !== undefined) return "another command is at work";
  const ofGraph = writerLockHolders(paths.database);
  if (ofGraph.length > 0) return `${nameProcesses(ofGraph)} keeps the graph locked`;
  const ofLock = writerLockHolders(paths.maintenanceLock);
  return ofLock.length > 0
    ? `${nameProcesses(ofLock)} holds the maintenance lock`
    : "another command or program is at work";
}

function holderFile(paths: ProjectPaths): string {
  return `${paths.maintenanceLock}.holder`;
}

function writeHolder(paths: ProjectPaths, holder: LockHolder, runtime: AnchoredFolder | undefined): void {
  const file = holderFile(paths);
  try {
    const text = `${JSON.stringify(holder)}\n`;
    if (runtime === undefined) writeOwnFile(file, text, { mode: 0o666 });
    else runtime.writeFile(basename(file), text, { temporary: temporaryName() });
  } catch {
    // It only serves messages: the lock holds without it.
  }
}

/** The file only serves messages, and an error here would hide the one that the work has ended with. */
function removeQuietly(file: string, runtime: AnchoredFolder | undefined): void {
  try {
    if (runtime === undefined) removeOwnFile(file);
    else runtime.remove(basename(file));
  } catch {
    // See above.
  }
}

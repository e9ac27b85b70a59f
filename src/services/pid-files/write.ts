/**
 * Writing and removing PID files.
 *
 * - A file appears whole or not at all, under a lock that all who change PID files take; it is replaced by renaming.
 * - It is removed only by whoever it belongs to, or when what it names is proved to be gone.
 */
import type { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { makeDataFolder, type ProjectPaths } from "../../project/index.ts";
import { takeLockFile } from "../../project/lock/index.ts";
import { isBusy, isLockFree, isLockHeld, refusalBehind } from "../../sqlite/index.ts";
import { createOwnFile, removeOwnFile, requireOwnPlace, writeOwnFile } from "../../system/files/index.ts";
import { AmalfaError, clauseOf, EXIT } from "../../system/index.ts";
import { readPidNamespace, readProcessIdentity } from "../../system/process/index.ts";
import {
  pidFilePath,
  pidFilesLockPath,
  runningError,
  type ServiceName,
  serviceTitle,
  unknownError,
} from "../service.ts";
import { judgePidFile } from "./judge.ts";
import { livenessLockOwners, livenessLockPath, strangersAtLock, takeLivenessLock } from "./liveness-lock.ts";
import { makeNonce, readPidFile, type ServiceRecord, writtenServiceRecord } from "./pid-file.ts";

/**
 * Puts a PID file in place for a service that has lost its own, and whose process was proved by the lock that it holds.
 * Throws as `registerService` does.
 */
export function writePidFile(paths: ProjectPaths, path: string, pid: number, record: ServiceRecord): void {
  withPidFilesLock(paths, () => place(paths, path, pid, record));
}

/** The caller holds the lock of all PID files. */
function place(
  paths: ProjectPaths,
  path: string,
  pid: number,
  record: ServiceRecord,
  beforehand: () => void = () => {},
): void {
  const judged = judgePidFile(path, { root: paths.root });
  if (judged.kind === "unknown") throw unknownError(record.service, path, judged.reason);
  if (judged.kind === "ours" && judged.pid !== pid) throw runningError(record.service, judged.pid);
  beforehand();
  placePidFile(path, pid, record, judged.kind === "absent" ? "create" : "replace");
}

/** Takes the lock that proves a service (I6). Throws `service.running`, `service.unknown` and `pidfile.lock`. */
function takeLivenessLockOf(paths: ProjectPaths, service: ServiceName, path: string): Disposable {
  try {
    return takeLivenessLock(paths, path);
  } catch (error) {
    const [owner] = livenessLockOwners(path);
    if (owner !== undefined) throw runningError(service, owner);
    const lock = livenessLockPath(path);
    const [stranger] = strangersAtLock(path);
    if (stranger !== undefined)
      throw new AmalfaError("pidfile.lock", `The lock ${lock} is held by ${stranger}.`, {
        hint: `No ${serviceTitle(service)} can run until it lets go: wait for it, or end it.`,
        cause: error,
      });
    if (isBusy(error))
      throw unknownError(service, path, `another process holds ${lock}, and cannot be seen from here`);
    throw new AmalfaError("pidfile.lock", `The lock ${lock} cannot be taken: ${clauseOf(error)}.`, {
      hint:
        "Without it nobody could prove which process the service is. " +
        "`amalfa doctor --check layout.access` says what to do about it.",
      cause: error,
    });
  }
}

/** Removes a PID file that still is the one that was judged. True when it is gone. */
export function removePidFile(paths: ProjectPaths, path: string, stamp: string): boolean {
  return withPidFilesLock(paths, () => {
    const file = readPidFile(path);
    if (file.kind === "absent") return true;
    if (file.kind === "unreadable" || file.stamp !== stamp) return false;
    removeOwnFile(path);
    // Whoever holds it is a service, which nothing else could prove any more.
    if (isLockFree(livenessLockPath(path))) removeOwnFile(livenessLockPath(path));
    return true;
  });
}

/**
 * Puts a PID file in place, whole. The caller holds the lock and has looked at the file. `create` never overwrites:
 * what is not looked at under the lock is not replaced.
 */
function placePidFile(path: string, pid: number, record: ServiceRecord, how: "create" | "replace"): void {
  const write = how === "create" ? createOwnFile : writeOwnFile;
  write(path, `${pid}\n${writtenServiceRecord(record)}\n`, { mode: 0o666 });
}

/*
 * Looking at a PID file and changing it as one step.
 *
 * Renaming alone does not do: of two processes that have both judged a PID file stale, the slower one would move away
 * what the faster one has just put in its place. The lock is an exclusive transaction on a small SQLite file and dies
 * with its holder.
 */

/** Holders only read and rename a small file, so this is plenty. */
const WAIT_MS = 5_000;

/**
 * Runs `work` while no other process changes a PID file of the project. The folder must exist.
 * Throws `pidfile.lock`; `work` is short and does not wait for anything.
 */
function withPidFilesLock<T>(paths: ProjectPaths, work: () => T): T {
  using db = take(paths);
  void db;
  return work();
}

function take(paths: ProjectPaths): Database {
  const path = pidFilesLockPath(paths);
  requireOwnPlace(path);
  try {
    return takeLockFile(paths, path, { waitMs: WAIT_MS });
  } catch (error) {
    const busy = isBusy(error);
    throw new AmalfaError(
      "pidfile.lock",
      `The PID files cannot be locked through ${path}: ${refusalBehind(path, error) ?? clauseOf(error)}.`,
      {
        hint: busy
          ? "Another amalfa process is starting or stopping a service; try again."
          : "Run `amalfa doctor --check layout.access`; it names the " +
            "folder or file whose permissions or type are wrong.",
        exit: busy ? EXIT.busy : EXIT.failed,
        cause: error,
      },
    );
  }
}

/* How a service takes its PID file, keeps it true, and gives it back. */

type RecordChanges = Partial<Pick<ServiceRecord, "port" | "healthPort" | "url" | "model">>;

/** A PID file that belongs to this process. */
export interface ServiceRegistration extends Disposable {
  readonly path: string;
  readonly record: ServiceRecord;
  /** The project's secret, as `makeNonce` answers it. */
  readonly nonce: string | undefined;
  /**
   * Writes the file again with what has become known since, such as the port, unless it is no longer this process's.
   */
  update(changes: RecordChanges): void;
  /** Removes the file, unless it is no longer this process's. Never throws. */
  release(): void;
}

export interface RegisterOptions {
  readonly paths: ProjectPaths;
  readonly service: ServiceName;
  readonly version: string;
  readonly model?: string | undefined;
}

/**
 * Makes this process the one that the service's PID file names and that holds its lock. Stale files and those that
 * name a stranger are replaced. Throws `service.running` (exit 4) when another process is the service already,
 * `service.unknown` when that cannot be told, and `pidfile.lock` where the lock cannot be taken.
 */
export function registerService(options: RegisterOptions): ServiceRegistration {
  const { paths, service, version, model } = options;
  const path = pidFilePath(paths, service);
  const own = readProcessIdentity(process.pid);
  const record: ServiceRecord = {
    service,
    root: paths.root,
    startTime: own.kind === "alive" ? own.identity.startTime : null,
    bootId: own.kind === "alive" ? own.identity.bootId : null,
    pidNamespace: readPidNamespace(),
    livenessLock: true,
    startedAt: new Date().toISOString(),
    version,
    port: null,
    model: model ?? null,
  };
  makeDataFolder(paths, paths.runtime);
  let livenessLock: Disposable | undefined;
  let nonce: string | undefined;
  try {
    // The lock comes first: a PID file without it proves nothing.
    withPidFilesLock(paths, () =>
      place(paths, path, process.pid, record, () => {
        livenessLock = takeLivenessLockOf(paths, service, path);
        nonce = makeNonce(paths, { isInUse: anotherRuns(paths, path) });
      }),
    );
  } catch (error) {
    livenessLock?.[Symbol.dispose]();
    throw error;
  }
  return new Registration(paths, path, record, { livenessLock, nonce });
}

/** Whether a service other than that of a PID file holds its lock, whatever its own PID file says. */
function anotherRuns(paths: ProjectPaths, path: string): boolean {
  const own = basename(livenessLockPath(path));
  return readdirSync(paths.runtime).some(
    (name) => name.endsWith(".pid.lock") && name !== own && isLockHeld(join(paths.runtime, name)),
  );
}

class Registration implements ServiceRegistration {
  readonly path: string;
  readonly nonce: string | undefined;
  readonly #paths: ProjectPaths;
  #record: ServiceRecord;
  #livenessLock: Disposable | undefined;

  constructor(
    paths: ProjectPaths,
    path: string,
    record: ServiceRecord,
    held: { livenessLock: Disposable | undefined; nonce: string | undefined },
  ) {
    this.#paths = paths;
    this.path = path;
    this.#record = record;
    this.#livenessLock = held.livenessLock;
    this.nonce = held.nonce;
  }

  get record(): ServiceRecord {
    return this.#record;
  }

  update(changes: RecordChanges): void {
    withPidFilesLock(this.#paths, () => this.#replace(changes));
  }

  #replace(changes: Partial<ServiceRecord>): void {
    if (!this.#isOwn()) return;
    const next = { ...this.#record, ...changes };
    placePidFile(this.path, process.pid, next, "replace");
    this.#record = next;
  }

  release(): void {
    try {
      if (!this.#isOwn()) return;
      withPidFilesLock(this.#paths, () => {
        if (!this.#isOwn()) return;
        removeOwnFile(this.path);
        removeOwnFile(livenessLockPath(this.path));
      });
    } catch {
      // A file that stays behind is recognised as stale by whoever reads it next.
    } finally {
      this.#livenessLock?.[Symbol.dispose]();
      this.#livenessLock = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #isOwn(): boolean {
    const file = readPidFile(this.path);
    return (
      file.kind === "read" && file.pid === process.pid && file.record?.startedAt === this.#record.startedAt
    );
  }
}

/**
 * The liveness lock, which a service holds for as long as it lives, beside its PID file: an exclusive transaction on
 * a small SQLite file, which the system releases however its holder ends.
 *
 * - Held by a process whose PID counts here, and which has this project's folder open, it proves that this process is
 *   the service (I6). Who has another folder open serves that one, and a link or a mount shows its lock here.
 * - From another PID namespace, such as that of a container that was made anew, the holder cannot be seen. That the
 *   lock is free proves even there that the service has ended; that it is held proves nothing about who holds it.
 */

import { closeSync, constants, openSync } from "node:fs";
import { resolve } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import { takeLockFile } from "../../project/lock/index.ts";
import { isLockFree, lockHolders, namesOf } from "../../sqlite/index.ts";
import { isSameFile, oddKindAt, removeOwnFile } from "../../system/files/index.ts";
import { shortened } from "../../system/index.ts";
import {
  hasOpen,
  type LockOwner,
  otherUserOf,
  readProcessIdentity,
  sharesNamespaces,
} from "../../system/process/index.ts";
import { runsService, serviceOfPidFile } from "../service.ts";

/** Whoever looks whether the lock is free holds it for an instant. Milliseconds. */
const WAIT_MS = 1_000;

/** Absolute path of the liveness lock that belongs to a PID file. */
export function livenessLockPath(pidFile: string): string {
  return `${pidFile}.lock`;
}

/** The services that hold the liveness lock of a PID file, as far as they can be seen from here. */
export function livenessLockOwners(pidFile: string): number[] {
  const owners = lockHolders(livenessLockPath(pidFile));
  return owners.filter((owner) => strangerAt(pidFile, owner) === undefined).map(({ pid }) => pid);
}

/** Others than services of this project that hold the liveness lock of a PID file, as a clause each. */
export function strangersAtLock(pidFile: string): string[] {
  return lockHolders(livenessLockPath(pidFile)).flatMap((owner) => {
    const stranger = strangerAt(pidFile, owner);
    return stranger === undefined ? [] : [`process ${owner.pid}, which ${stranger.what}`];
  });
}

interface LockStranger {
  readonly kind: "foreign" | "unknown";
  /** Completes `process 4711`. */
  readonly what: string;
  readonly shownFrom?: string;
}

/**
 * What holds the lock and is no service of this project: a backup, or a program that locks whole folders, may lock any
 * file, and may run on Bun as well. Its command is none of a service.
 */
export function strangerAt(pidFile: string, { pid, name }: LockOwner): LockStranger | undefined {
  if (pid === process.pid) return undefined;
  const reading = readProcessIdentity(pid);
  const command = reading.kind === "alive" ? reading.identity.command : [];
  if (command.length > 0 && !runsService(command, serviceOfPidFile(pidFile))) {
    return { kind: "foreign", what: `is no service of amalfa: ${describeCommand(command)}` };
  }
  const lock = livenessLockPath(pidFile);
  if (servesProjectOf(lock, { pid, name })) return undefined;
  if (name !== undefined && name !== lock && isSameFile(name, lock)) {
    const shownFrom = projectOf(name);
    return { kind: "foreign", what: `serves another project, ${shownFrom}`, shownFrom };
  }
  const what =
    name === undefined
      ? "holds its lock, and the system does not tell which folder it serves"
      : `holds its lock, opened as ${name}, and does not have the folder of this project open`;
  return { kind: "unknown", what };
}

/** Paths do not tell: mounts show one folder in two places and two folders in one, and a disk may be mounted anew. */
function servesProjectOf(lock: string, { pid, name }: LockOwner): boolean {
  if (hasOpen(pid, projectOf(lock)) === true) return true;
  // Another user's cannot be looked into, and gets no signal anyway.
  if (name === undefined) return otherUserOf(pid) !== undefined;
  // A service of an earlier version has nothing but its lock open; and so it is where the system tells of paths alone.
  return name === lock && sharesNamespaces(pid, ["mnt"]);
}

/** The root of the project in whose runtime folder a lock lies. */
function projectOf(lock: string): string {
  return resolve(lock, "../../..");
}

/** A connection that nobody refers to any more is closed by the garbage collector, and its lock gone. */
const held = new Set<Disposable>();

/**
 * Takes the liveness lock of a PID file, until it is disposed of or the process ends. The caller holds the lock of all
 * PID files. Throws what `lockFile` throws, busy where a service holds it.
 */
export function takeLivenessLock(paths: ProjectPaths, pidFile: string): Disposable {
  const path = livenessLockPath(pidFile);
  const kind = oddKindAt(path);
  // A link goes to quarantine.
  if (kind !== undefined && kind !== "a symbolic link") throw new Error(`it is ${kind}`);
  // The service of another folder, of which this is a copy by hard links, would keep this one's from starting.
  if (kind === undefined && namesOf(path) > 1 && isNoneOfOurs(path)) removeOwnFile(path);
  const db = takeLockFile(paths, path, { waitMs: WAIT_MS });
  held.add(db);
  const folder = openFolder(paths.root);
  return {
    [Symbol.dispose]: () => {
      held.delete(db);
      if (folder !== undefined) closeSync(folder);
      db.close();
    },
  };
}

/** What shows which project the holder of a lock serves; undefined where the system opens no folders, or not this. */
function openFolder(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
}

/** Whether a lock is free, or proved to be held by another name of its file. */
function isNoneOfOurs(lock: string): boolean {
  if (isLockFree(lock)) return true;
  return lockHolders(lock).length === 0 && lockHolders(lock, "of any link").length > 0;
}

export function describeCommand(command: readonly string[]): string {
  const text = command.join(" ").trim();
  if (text === "") return "a process without a command line";
  return shortened(text, 80);
}

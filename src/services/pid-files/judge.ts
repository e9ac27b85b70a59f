/** Whether the process that a PID file names is a service of this project. Nothing but a proof makes it ours (I6). */
import { dirname, join, relative, resolve } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import { takeLockFile } from "../../project/lock/index.ts";
import { isLockFree, isLockHeld, lockHolders, namesOf } from "../../sqlite/index.ts";
import { isSameFile, oddKindAt, removeOwnFile } from "../../system/files/index.ts";
import { shortened } from "../../system/index.ts";
import {
  isOfOtherNamespace,
  isSameProcess,
  type LockOwner,
  otherUserOf,
  type ProcessIdentity,
  readProcessIdentity,
  whyNothingIsKnown,
} from "../../system/process/index.ts";
import { isServiceCommand, runsService, serviceOfPidFile } from "../service.ts";
import { type PidFile, readPidFile, type ServiceRecord } from "./pid-file.ts";

interface Ended {
  readonly pid: number;
  readonly reason: string;
  readonly stamp: string;
  /** The root that the service was started for, where it is another: the folder was moved, or is a copy. */
  readonly startedIn?: string | undefined;
}

/** What a PID file means. `reason` is a clause for messages, such as "process 12 has ended". */
export type PidFileJudgement =
  | { readonly kind: "absent" }
  /** The process is alive and holds the lock that only the service itself can hold, by the name that it has here. */
  | {
      readonly kind: "ours";
      readonly pid: number;
      /** The process's identity, as proved. */
      readonly identity: ProcessIdentity;
      readonly record: ServiceRecord;
      readonly stamp: string;
    }
  | (Ended & { readonly kind: "dead" })
  | { readonly kind: "malformed"; readonly reason: string; readonly stamp: string }
  /** The PID is that of another program, or of a service of another project. */
  | (Ended & {
      readonly kind: "foreign";
      /** The root of the project whose service it is, and whose file this is, where a link or a mount shows it here. */
      readonly shownFrom?: string | undefined;
    })
  /** Nothing is proved either way: the process is left alone, and so is the file. */
  | { readonly kind: "unknown"; readonly pid: number | null; readonly reason: string };

/**
 * Judges a PID file against the processes of this moment. Never throws.
 *
 * The proof is that the process holds the lock beside the file, and has it open by the path of this project; it
 * suffices, also for one that hangs or is stopped. Command line, program and start time only ever prove that a process
 * is a stranger.
 */
export function judgePidFile(path: string, expected: { readonly root: string }): PidFileJudgement {
  const file = readPidFile(path);
  if (file.kind === "absent" || file.kind === "malformed") return unseenOwner(path) ?? file;
  if (file.kind === "unreadable") return { kind: "unknown", pid: null, reason: file.reason };
  const judged = judgeRead(path, file, expected);
  const startedIn = file.record?.root;
  const isElsewhere = startedIn !== undefined && startedIn !== expected.root;
  const hasEnded = judged.kind === "dead" || judged.kind === "foreign";
  return hasEnded && isElsewhere ? { ...judged, startedIn } : judged;
}

function judgeRead(
  path: string,
  file: Extract<PidFile, { kind: "read" }>,
  expected: { readonly root: string },
): PidFileJudgement {
  const { pid, record, stamp } = file;
  if (record !== undefined && isOfOtherNamespace(record)) {
    const where = `process ${pid}, which was started in another PID namespace, such as a container,`;
    return record.livenessLock === true && isLockFree(livenessLockPath(path))
      ? { kind: "dead", pid, reason: `${where} has ended`, stamp }
      : { kind: "unknown", pid, reason: `${where} may be running and cannot be seen from here` };
  }
  const reading = readProcessIdentity(pid);
  if (reading.kind === "dead") return { kind: "dead", pid, reason: `process ${pid} has ended`, stamp };
  if (reading.kind === "unknown") {
    return {
      kind: "unknown",
      pid,
      reason: `process ${pid} is alive, and nothing more is known of it: ${reading.reason}`,
    };
  }
  const { identity } = reading;
  const owner = lockHolders(livenessLockPath(path)).find((one) => one.pid === pid);
  if (owner === undefined) return judgeWithoutProof({ path, pid, record, stamp, identity }, expected);
  const stranger = strangerAt(path, owner);
  if (stranger !== undefined) {
    const { kind, what, shownFrom } = stranger;
    return { kind, pid, reason: `process ${pid} ${what}`, stamp, shownFrom };
  }
  return { kind: "ours", pid, identity, record: record ?? unknownRecord(path, expected.root), stamp };
}

/** What may have lost its PID file, where no process can be looked at. */
function unseenOwner(path: string): PidFileJudgement | undefined {
  const why = whyNothingIsKnown();
  if (why === undefined || !isLockHeld(livenessLockPath(path))) return undefined;
  return {
    kind: "unknown",
    pid: null,
    reason: `a process holds its lock, and nothing is known of it: ${why}`,
  };
}

/** A stranger, as far as that can be proved. */
function judgeWithoutProof(
  {
    path,
    pid,
    record,
    stamp,
    identity,
  }: {
    path: string;
    pid: number;
    record: ServiceRecord | undefined;
    stamp: string;
    identity: ProcessIdentity;
  },
  expected: { readonly root: string },
): PidFileJudgement {
  if (record === undefined || record.startTime === null || record.bootId === null) {
    return judgeByCommand(pid, identity.command, stamp);
  }
  const { startTime, bootId } = record;
  if (!isSameProcess(identity, { pid, startTime, bootId })) {
    const shown = describeCommand(identity.command);
    return { kind: "foreign", pid, reason: `process ${pid} is another program now: ${shown}`, stamp };
  }
  if (record.root !== expected.root) {
    const theirs = dirname(join(record.root, relative(expected.root, path)));
    const shownFrom = isSameFile(theirs, dirname(path)) ? record.root : undefined;
    const reason = `process ${pid} serves another project, ${record.root}`;
    return { kind: "foreign", pid, reason, stamp, shownFrom };
  }
  // A process that is about to end has no command line any more.
  if (identity.command.length > 0 && !isServiceCommand(identity.command, record)) {
    const shown = describeCommand(identity.command);
    return { kind: "foreign", pid, reason: `process ${pid} is no service of amalfa: ${shown}`, stamp };
  }
  // It may have ended since it was looked at, and let its lock go as the first thing.
  if (readProcessIdentity(pid).kind === "dead")
    return { kind: "dead", pid, reason: `process ${pid} has ended`, stamp };
  return {
    kind: "unknown",
    pid,
    reason:
      `process ${pid} says that it is one, and does not hold the ` +
      `lock ${livenessLockPath(path)} that a running service holds`,
  };
}

/** What is known of a service whose PID file holds no more than a PID. */
function unknownRecord(path: string, root: string): ServiceRecord {
  const nothing = { startTime: null, bootId: null, startedAt: "", version: "", port: null, model: null };
  return { service: serviceOfPidFile(path), root, ...nothing };
}

/** How long something that is not known may take to settle, as while a process ends, in milliseconds. */
const SETTLE_MS = 2_000;
const SETTLE_POLL_MS = 40;

/**
 * As `judgePidFile`; but what is not known is looked at again for a moment, since a process that ends lets go of its
 * lock first.
 */
export async function judgeSettledPidFile(
  path: string,
  expected: { readonly root: string },
): Promise<PidFileJudgement> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const judged = judgePidFile(path, expected);
    if (judged.kind !== "unknown" || judged.pid === null || performance.now() >= deadline) return judged;
    await Bun.sleep(SETTLE_POLL_MS);
  }
}

/** A file that holds a PID only: the command line can prove that the process is a stranger, but not that it is ours. */
function judgeByCommand(pid: number, command: readonly string[], stamp: string): PidFileJudgement {
  const shown = describeCommand(command);
  const text = command.join(" ");
  if (text !== "" && !/amalfa/i.test(text)) {
    return { kind: "foreign", pid, reason: `process ${pid} is another program: ${shown}`, stamp };
  }
  return {
    kind: "unknown",
    pid,
    reason: `process ${pid} (${shown}) is alive, and the PID file does not say when it was started`,
  };
}

function describeCommand(command: readonly string[]): string {
  const text = command.join(" ").trim();
  if (text === "") return "a process without a command line";
  return shortened(text, 80);
}

/*
 * The liveness lock, which a service holds for as long as it lives, beside its PID file: an exclusive transaction on
 * a small SQLite file, which the system releases however its holder ends.
 *
 * - Held by a process whose PID counts here, and which has it open by its path in this project, it proves that this
 *   process is the service (I6). By another path it is that of another project, which a link or a mount shows here.
 * - From another PID namespace, such as that of a container that was made anew, the holder cannot be seen. That the
 *   lock is free proves even there that the service has ended; that it is held proves nothing about who holds it.
 */

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
function strangerAt(pidFile: string, { pid, name }: LockOwner): LockStranger | undefined {
  if (pid === process.pid) return undefined;
  const reading = readProcessIdentity(pid);
  const command = reading.kind === "alive" ? reading.identity.command : [];
  if (command.length > 0 && !runsService(command, serviceOfPidFile(pidFile))) {
    return { kind: "foreign", what: `is no service of amalfa: ${describeCommand(command)}` };
  }
  const lock = livenessLockPath(pidFile);
  // Another user's cannot be looked into, and gets no signal anyway.
  if (name === lock || (name === undefined && otherUserOf(pid) !== undefined)) return undefined;
  if (name === undefined || !isSameFile(name, lock)) {
    const which = name ?? "which the system does not tell";
    return {
      kind: "unknown",
      what: `holds its lock by another path, ${which}, and may be of another project`,
    };
  }
  const shownFrom = projectOf(name);
  return { kind: "foreign", what: `serves another project, ${shownFrom}`, shownFrom };
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
  return {
    [Symbol.dispose]: () => {
      held.delete(db);
      db.close();
    },
  };
}

/** Whether a lock is free, or proved to be held by another name of its file. */
function isNoneOfOurs(lock: string): boolean {
  if (isLockFree(lock)) return true;
  return lockHolders(lock).length === 0 && lockHolders(lock, "of any link").length > 0;
}

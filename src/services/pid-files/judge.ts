/** Whether the process that a PID file names is a service of this project. Nothing but a proof makes it ours (I6). */
import { dirname, join, relative } from "node:path";
import { isLockFree, isLockHeld, lockHolders } from "../../sqlite/index.ts";
import { isSameFile } from "../../system/files/index.ts";
import {
  isOfOtherNamespace,
  isSameProcess,
  type ProcessIdentity,
  readProcessIdentity,
  whyNothingIsKnown,
} from "../../system/process/index.ts";
import { isServiceCommand, serviceOfPidFile } from "../service.ts";
import { describeCommand, livenessLockPath, strangerAt } from "./liveness-lock.ts";
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
  /** The process is alive and holds the lock that only the service itself can hold, and serves this folder. */
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
 * The proof is that the process holds the lock beside the file, and has the folder of this project open; it suffices,
 * also for one that hangs or is stopped. Command line, program and start time only ever prove that a process is a
 * stranger.
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

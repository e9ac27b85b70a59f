/** Whether the process that a PID file names is a service of this project. Nothing but a proof makes it ours (I6). */
import { Database } from "bun:sqlite";
import { lstatSync } from "node:fs";
import { lockFile } from "../../sqlite/index.ts";
import {
  isOfOtherNamespace,
  isSameProcess,
  type ProcessIdentity,
  readProcessIdentity,
} from "../../system/process/index.ts";
import { isServiceCommand } from "../service.ts";
import { readPidFile, type ServiceRecord } from "./pid-file.ts";

/** What a PID file means. `reason` is a clause for messages, such as "process 12 has ended". */
export type PidFileJudgement =
  | { readonly kind: "absent" }
  /** The process is alive, is the one that wrote the file, and serves this project. */
  | {
      readonly kind: "ours";
      readonly pid: number;
      /** The process's identity, as proved. */
      readonly identity: ProcessIdentity;
      readonly record: ServiceRecord;
      readonly stamp: string;
    }
  | { readonly kind: "dead"; readonly pid: number; readonly reason: string; readonly stamp: string }
  | { readonly kind: "malformed"; readonly reason: string; readonly stamp: string }
  /** The PID is that of another program, or of a service of another project. */
  | { readonly kind: "foreign"; readonly pid: number; readonly reason: string; readonly stamp: string }
  /** Nothing is proved either way: the process is left alone, and so is the file. */
  | { readonly kind: "unknown"; readonly pid: number | null; readonly reason: string };

/** Judges a PID file against the processes of this moment. Never throws. */
export function judgePidFile(path: string, expected: { readonly root: string }): PidFileJudgement {
  const file = readPidFile(path);
  if (file.kind === "absent" || file.kind === "malformed") return file;
  if (file.kind === "unreadable") return { kind: "unknown", pid: null, reason: file.reason };
  const { pid, record, stamp } = file;
  if (record !== undefined && isOfOtherNamespace(record)) {
    const where = `process ${pid}, which was started in another PID namespace, such as a container,`;
    return record.lifeLock === true && isLifeLockFree(path)
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
  if (record === undefined || record.startTime === null || record.bootId === null) {
    return judgeByCommand(pid, identity.command, stamp);
  }
  const { startTime, bootId } = record;
  if (!isSameProcess(identity, { pid, startTime, bootId })) {
    const shown = describeCommand(identity.command);
    return { kind: "foreign", pid, reason: `process ${pid} is another program now: ${shown}`, stamp };
  }
  if (record.root !== expected.root) {
    return { kind: "foreign", pid, reason: `process ${pid} serves another project, ${record.root}`, stamp };
  }
  return judgeWriter(identity, record, stamp);
}

/** The process is the one that the file was written for; what it runs must be a service as well, since anybody can write a file. */
function judgeWriter(identity: ProcessIdentity, record: ServiceRecord, stamp: string): PidFileJudgement {
  const { pid, command } = identity;
  // A process that is about to end has no command line any more.
  if (command.length === 0) {
    return { kind: "unknown", pid, reason: `process ${pid} has no command line to tell what it is` };
  }
  if (pid !== process.pid && !isServiceCommand(command, record)) {
    const shown = describeCommand(command);
    return { kind: "foreign", pid, reason: `process ${pid} is no service of amalfa: ${shown}`, stamp };
  }
  return { kind: "ours", pid, identity, record, stamp };
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
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/*
 * A lock that a service holds for as long as it lives, beside its PID file.
 *
 * From another PID namespace, such as that of a container that was made anew, a PID says nothing. The lock does, in all namespaces of one
 * machine: it is an exclusive transaction on a small SQLite file, which the system releases however its holder ends. That it is free proves
 * that the service has ended; that it is held proves nothing about who holds it, and nobody is signalled on account of it (I6).
 */

/** Whoever looks whether the lock is free holds it for an instant. Milliseconds. */
const WAIT_MS = 1_000;

/** Absolute path of the lock that belongs to a PID file. */
export function lifeLockPath(pidFile: string): string {
  return `${pidFile}.lock`;
}

/**
 * Takes the lock of a PID file, until it is disposed of or the process ends. Undefined where it cannot be taken: the service can do
 * without, and is then never taken for dead from another namespace.
 */
export function takeLifeLock(pidFile: string): Disposable | undefined {
  try {
    return lockFile(lifeLockPath(pidFile), { waitMs: WAIT_MS });
  } catch {
    return undefined;
  }
}

/** Whether nobody holds the lock. False as well where that cannot be told. Changes nothing (I5). */
export function isLifeLockFree(pidFile: string): boolean {
  const path = lifeLockPath(pidFile);
  try {
    // A pipe in its place would wait for a writer.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    using db = new Database(path, { readonly: true });
    db.run("PRAGMA busy_timeout = 0");
    db.query("SELECT count(*) FROM sqlite_schema").get();
    return true;
  } catch {
    return false;
  }
}

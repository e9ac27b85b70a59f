/**
 * PID files: which process is a service of this project.
 *
 * - Line 1 is the PID, as always; line 2 is the identity, as JSON.
 * - A file appears whole or not at all, under a lock that all who change PID files take; it is replaced by renaming.
 * - It is removed only by whoever it belongs to, or when what it names is proved to be gone.
 */
import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { ProjectPaths } from "../config/paths.ts";
import { AmalfaError, EXIT, messageOf, systemErrorCode } from "../errors.ts";
import { withPidFilesLock } from "./pid-files-lock.ts";
import {
  isOfOtherNamespace,
  isPid,
  isSameProcess,
  type ProcessIdentity,
  readPidNamespace,
  readProcessIdentity,
} from "./process-identity.ts";
import { isServiceCommand } from "./service-command.ts";
import { pidFilePath, pidFilesLockPath, type ServiceName, serviceTitle } from "./service-files.ts";

/** What a service writes about itself. */
export interface ServiceRecord {
  readonly service: string;
  /** Absolute path of the project root that it serves. */
  readonly root: string;
  /** As in `ProcessIdentity`; null where the system does not tell. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /** The PID namespace in which the PID counts; absent in files of earlier versions, null where the system does not tell. */
  readonly pidNamespace?: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
  /** On the loopback interface; null before it listens, and for services on stdio. */
  readonly port: number | null;
  /** Model id, of services that have one. */
  readonly model: string | null;
}

export type PidFile =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: string }
  /** Not a PID file at all: empty, garbage, a PID that no process can have, a folder. */
  | { readonly kind: "malformed"; readonly reason: string; readonly stamp: string }
  | {
      readonly kind: "read";
      readonly pid: number;
      /** Undefined for files that hold a PID only, as earlier versions wrote them. */
      readonly record: ServiceRecord | undefined;
      /** Changes whenever the file does. */
      readonly stamp: string;
    };

/** No PID file is longer; what is, is something else. */
const LONGEST_BYTES = 64 * 1024;

/** Reads a PID file. Never throws, follows no link, and opens nothing but regular files. */
export function readPidFile(path: string): PidFile {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined) return { kind: "absent" };
    const place = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    if (stat.isDirectory()) return { kind: "unreadable", reason: "it is a folder" };
    if (!stat.isFile()) return { kind: "malformed", reason: "it is not a regular file", stamp: place };
    if (stat.size > LONGEST_BYTES) return { kind: "malformed", reason: "it is too long", stamp: place };
    const text = readFileSync(path, "utf8");
    return parsePidFile(text, `${place}\n${text}`);
  } catch (error) {
    return systemErrorCode(error) === "ENOENT"
      ? { kind: "absent" }
      : { kind: "unreadable", reason: messageOf(error) };
  }
}

function parsePidFile(text: string, stamp: string): PidFile {
  if (text.trim() === "") return { kind: "malformed", reason: "it is empty", stamp };
  const [first = "", ...rest] = text.split("\n");
  const pid = /^\s*\d{1,10}\s*$/.test(first) ? Number(first) : Number.NaN;
  if (!isPid(pid)) {
    const shown = JSON.stringify(first.trim().slice(0, 40));
    return { kind: "malformed", reason: `${shown} is not the PID of a process`, stamp };
  }
  return { kind: "read", pid, record: parseRecord(rest.join("\n")), stamp };
}

function parseRecord(text: string): ServiceRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { service, root, startTime, bootId, pidNamespace, startedAt, version, port, model } =
    value as Partial<ServiceRecord>;
  if (typeof service !== "string" || typeof root !== "string") return undefined;
  const textOf = (field: unknown) => (typeof field === "string" ? field : null);
  const validPort = typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536;
  return {
    service,
    root,
    startTime: textOf(startTime),
    bootId: textOf(bootId),
    pidNamespace: textOf(pidNamespace),
    startedAt: textOf(startedAt) ?? "",
    version: textOf(version) ?? "",
    port: validPort ? port : null,
    model: textOf(model),
  };
}

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
    const reason = `process ${pid} was started in another PID namespace, such as a container, and cannot be seen from here`;
    return { kind: "unknown", pid, reason };
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
    return {
      kind: "foreign",
      pid,
      reason: `process ${pid} is another program now: ${describeCommand(identity.command)}`,
      stamp,
    };
  }
  if (record.root !== expected.root) {
    return { kind: "foreign", pid, reason: `process ${pid} serves another project, ${record.root}`, stamp };
  }
  // A process that is about to end has no command line any more.
  if (identity.command.length === 0) {
    return { kind: "unknown", pid, reason: `process ${pid} has no command line to tell what it is` };
  }
  if (pid !== process.pid && !isServiceCommand(identity.command, record)) {
    const shown = describeCommand(identity.command);
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

/** A PID file that belongs to this process. */
export interface ServiceRegistration extends Disposable {
  readonly path: string;
  readonly record: ServiceRecord;
  /** Writes the file again with what has become known since, such as the port, unless it is no longer this process's. */
  update(changes: { readonly port?: number; readonly model?: string }): void;
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
 * Makes this process the one that the service's PID file names. Stale files and those that name a stranger are replaced.
 * Throws `service.running` (exit 4) when another process is the service already, and `service.unknown` when that cannot be told.
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
    startedAt: new Date().toISOString(),
    version,
    port: null,
    model: model ?? null,
  };
  mkdirSync(paths.runtime, { recursive: true });
  writePidFile(paths, path, process.pid, record);
  return new Registration(paths, path, record);
}

/**
 * Puts a PID file in place, for this process or, where a service has lost its own, for the process whose identity was proved.
 * Throws as `registerService` does.
 */
export function writePidFile(paths: ProjectPaths, path: string, pid: number, record: ServiceRecord): void {
  withPidFilesLock(pidFilesLockPath(paths), () => {
    const judged = judgePidFile(path, { root: paths.root });
    if (judged.kind === "unknown") throw unknownError(record.service, path, judged.reason);
    if (judged.kind === "ours" && judged.pid !== pid) throw runningError(record.service, judged.pid);
    replace(path, pid, record, judged.kind === "absent" ? "create" : "replace");
  });
}

/** Removes a PID file that still is the one that was judged. True when it is gone. */
export function removePidFile(paths: ProjectPaths, path: string, stamp: string): boolean {
  return withPidFilesLock(pidFilesLockPath(paths), () => {
    const file = readPidFile(path);
    if (file.kind === "absent") return true;
    if (file.kind === "unreadable" || file.stamp !== stamp) return false;
    rmSync(path);
    return true;
  });
}

class Registration implements ServiceRegistration {
  readonly path: string;
  readonly #paths: ProjectPaths;
  #record: ServiceRecord;

  constructor(paths: ProjectPaths, path: string, record: ServiceRecord) {
    this.#paths = paths;
    this.path = path;
    this.#record = record;
  }

  get record(): ServiceRecord {
    return this.#record;
  }

  update(changes: { readonly port?: number; readonly model?: string }): void {
    const next = { ...this.#record, ...changes };
    withPidFilesLock(pidFilesLockPath(this.#paths), () => {
      if (!this.#isOwn()) return;
      replace(this.path, process.pid, next, "replace");
      this.#record = next;
    });
  }

  release(): void {
    try {
      if (!this.#isOwn()) return;
      withPidFilesLock(pidFilesLockPath(this.#paths), () => {
        if (this.#isOwn()) rmSync(this.path);
      });
    } catch {
      // A file that stays behind is recognised as stale by whoever reads it next.
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

/** `create` never overwrites: what is not looked at under the lock is not replaced. */
function replace(path: string, pid: number, record: ServiceRecord, how: "create" | "replace"): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${pid}\n${JSON.stringify(record)}\n`);
    if (how === "create") linkSync(temporary, path);
    else renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function runningError(service: string, pid: number): AmalfaError {
  return new AmalfaError(
    "service.running",
    `The ${serviceTitle(service)} of this project is running already, as process ${pid}.`,
    {
      hint: "`amalfa servers` shows it.",
      exit: EXIT.busy,
    },
  );
}

export function unknownError(service: string, path: string, reason: string): AmalfaError {
  return new AmalfaError(
    "service.unknown",
    `It cannot be told whether the ${serviceTitle(service)} is running: ${reason} (${path}).`,
    { hint: "Look at the process; if it is not amalfa's, delete the PID file and run the command again." },
  );
}

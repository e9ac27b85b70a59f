/**
 * Which processes have files open.
 *
 * Linux tells through /proc: open descriptors, mappings, and the locks of processes whose descriptors this user may
 * not see. Elsewhere `lsof` is asked. Where neither can tell, that is the answer: unknown is never taken for nobody.
 */
import { constants, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { systemProgram } from "../child-process.ts";
import { messageOf } from "../errors.ts";
import type { ExactPath } from "../files/index.ts";
import { shortened } from "../text.ts";
import { readLocks } from "./file-locks.ts";
import { readProcessIdentity } from "./identity.ts";
import { otherUserOf } from "./owner.ts";
import { namesInProc, procFolder, whyNothingIsKnown } from "./proc.ts";

export interface FileHolder {
  readonly pid: number;
  /** The process's command line, or its name, as far as it may be read. */
  readonly command: string;
  /** One of the files it has open. */
  readonly path: string;
  /** False only where the system shows that it has them open for reading alone. */
  readonly mayWrite: boolean;
}

/** One of the wanted files, as a process has it open. */
type OpenFile = Pick<FileHolder, "path" | "mayWrite">;

export type HolderSearch =
  | { readonly kind: "known"; readonly holders: readonly FileHolder[] }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * Other processes than this one that have any of the files open; absolute paths, files that do not exist are held by
 * nobody.
 */
export function findFileHolders(files: readonly ExactPath[]): HolderSearch {
  const present = files.filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (present.length === 0) return { kind: "known", holders: [] };
  const reason = whyNothingIsKnown();
  if (reason !== undefined) return { kind: "unknown", reason };
  if (process.platform === "linux") return searchProc(present);
  return askLsof(present.map(String));
}

/** `process 4711 (sqlite3 graph.db)`, and whose it is where it is another user's; for messages. */
export function describeFileHolder({ pid, command }: Pick<FileHolder, "pid" | "command">): string {
  const user = otherUserOf(pid);
  const who = user === undefined ? `process ${pid}` : `process ${pid} of ${user}`;
  return command === "" ? who : `${who} (${command})`;
}

function searchProc(files: readonly ExactPath[]): HolderSearch {
  const wanted = {
    byInode: new Map(files.map((file) => [identityOf(file), String(file)])),
    paths: new Set(files.map(String)),
  };
  const found = new Map<number, OpenFile>();
  for (const name of namesInProc()) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const open = openFileOf(pid, wanted.byInode) ?? mappedFileOf(pid, wanted.paths);
    if (open !== undefined) found.set(pid, open);
  }
  for (const { pid, path } of lockHolders(wanted.byInode)) {
    // Inode numbers alone may coincide, so this counts only where the descriptors could not be seen.
    if (!found.has(pid) && !mayLookInto(pid) && existsSync(procFolder(pid)))
      found.set(pid, { path, mayWrite: true });
  }
  return {
    kind: "known",
    holders: [...found].map(([pid, open]) => ({ pid, ...open, command: commandOf(pid) })),
  };
}

function identityOf(path: ExactPath): string {
  const stat = statSync(path, { bigint: true });
  return `${stat.dev}:${stat.ino}`;
}

/** Compared by inode, since another mount of the same folder shows other paths. */
function openFileOf(pid: number, byInode: ReadonlyMap<string, string>): OpenFile | undefined {
  return unlessGone(() => {
    const folder = `${procFolder(pid)}/fd`;
    let reading: OpenFile | undefined;
    for (const fd of readdirSync(folder)) {
      const path = unlessGone(() => {
        const link = `${folder}/${fd}`;
        return readlinkSync(link).startsWith("/") ? byInode.get(identityOf(link)) : undefined;
      });
      if (path === undefined) continue;
      const access = accessOf(pid, fd);
      if (access === "may write") return { path, mayWrite: true };
      if (access === "reads") reading ??= { path, mayWrite: false };
    }
    return reading;
  });
}

const ACCESS_MODE = 0o3;

/**
 * By the flags that the file was opened with, an octal number: `flags:    0100002`. One that was closed since its
 * path was read is nobody's: whoever only looks, as others may do at the same time, has files open for moments.
 */
function accessOf(pid: number, fd: string): "reads" | "may write" | "closed" {
  const info = unlessGone(() => readFileSync(`${procFolder(pid)}/fdinfo/${fd}`, "utf8"));
  if (info === undefined && !existsSync(`${procFolder(pid)}/fdinfo/${fd}`)) return "closed";
  const flags = /^flags:\s*([0-7]+)$/m.exec(info ?? "")?.[1];
  const reads = flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) === constants.O_RDONLY;
  return reads ? "reads" : "may write";
}

/** A file may be mapped without being open any more. */
function mappedFileOf(pid: number, paths: ReadonlySet<string>): OpenFile | undefined {
  return unlessGone(() => {
    for (const line of readFileSync(`${procFolder(pid)}/maps`, "utf8").split("\n")) {
      const start = line.indexOf("/");
      if (start !== -1 && paths.has(line.slice(start))) return { path: line.slice(start), mayWrite: true };
    }
    return undefined;
  });
}

/** Every connection in WAL mode holds a lock on its database, and locks are public. */
function lockHolders(byInode: ReadonlyMap<string, string>): Pick<FileHolder, "pid" | "path">[] {
  const byNumber = new Map([...byInode].map(([identity, path]) => [identity.split(":")[1] ?? "", path]));
  return readLocks().flatMap(({ pid, inode }) => {
    const path = byNumber.get(inode);
    return path === undefined || pid <= 0 || pid === process.pid ? [] : [{ pid, path }];
  });
}

function mayLookInto(pid: number): boolean {
  return unlessGone(() => readdirSync(`${procFolder(pid)}/fd`)) !== undefined;
}

function commandOf(pid: number): string {
  const line = unlessGone(() =>
    readFileSync(`${procFolder(pid)}/cmdline`, "utf8")
      .replaceAll("\0", " ")
      .trim(),
  );
  const text = line || (unlessGone(() => readFileSync(`${procFolder(pid)}/comm`, "utf8").trim()) ?? "");
  return shortened(text, 120);
}

/** Processes end, and descriptors close, while they are looked at; others may not be looked at. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const FILES_PER_CALL = 200;

function askLsof(files: readonly string[]): HolderSearch {
  const holders = new Map<number, FileHolder>();
  for (let start = 0; start < files.length; start += FILES_PER_CALL) {
    const batch = files.slice(start, start + FILES_PER_CALL);
    try {
      // It exits 1 when nobody has any of them open.
      const { exitCode, stdout, stderr } = Bun.spawnSync([
        systemProgram("lsof"),
        "-w",
        "-F",
        "pcan",
        "--",
        ...batch,
      ]);
      if (exitCode !== 0 && stderr.length > 0) return { kind: "unknown", reason: stderr.toString().trim() };
      for (const holder of parseLsof(stdout.toString())) {
        if (holders.get(holder.pid)?.mayWrite !== true) holders.set(holder.pid, holder);
      }
    } catch (error) {
      return { kind: "unknown", reason: `lsof cannot be run: ${messageOf(error)}` };
    }
  }
  holders.delete(process.pid);
  return { kind: "known", holders: [...holders.values()] };
}

/**
 * Output of `lsof -F pcan`: lines that begin with p (process), c (command), a (access: r, w or u for both) and n
 * (name of a file).
 */
export function parseLsof(output: string): FileHolder[] {
  const holders: FileHolder[] = [];
  let process = { pid: Number.NaN, command: "" };
  let mayWrite = true;
  for (const line of output.split("\n")) {
    const value = line.slice(1);
    if (line.startsWith("p")) process = { pid: Number(value), command: "" };
    else if (line.startsWith("c")) process.command = value;
    else if (line.startsWith("a")) mayWrite = value !== "r";
    else if (line.startsWith("n")) {
      holders.push({ ...process, path: value, mayWrite });
      mayWrite = true;
    }
  }
  return holders;
}

/* Processes by name, for findings that say who is in the way. */

/** `process 4711 (amalfa serve)`, several joined with commas. */
export function nameProcesses(pids: readonly number[]): string {
  return pids.map((pid) => describeFileHolder({ pid, command: commandOf(pid) })).join(", ");
}

/** Whether a process certainly exists. */
export function isAlive(pid: number): boolean {
  return readProcessIdentity(pid).kind === "alive";
}

/** Whether a process certainly exists no more. */
export function hasEnded(pid: number): boolean {
  return readProcessIdentity(pid).kind === "dead";
}

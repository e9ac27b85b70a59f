/**
 * The file that holds the list of a user's projects.
 *
 * - Only where there is none is the list empty. One byte that had been flipped made it so once: a search through all
 *   projects found nothing, and the next `init` wrote a list of one project in its place. So a list that cannot be
 *   read, or not be understood as a whole, is an error, and is never written over. A digest tells what no rule could: a
 *   byte flipped in the folder of a project left a list like any other, without that project once it was written next.
 * - What somebody else could have written is not read: it would say whose notes a search shows (I14).
 * - It is replaced whole, under a lock that dies with its holder.
 */
import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { isBusy, lockFile } from "../sqlite/index.ts";
import {
  AnchoredFolder,
  createFile,
  isTemporaryReplacement,
  oddKindAt,
  readSmallBytes,
  readSnapshot,
  realPath,
  replaceFile,
} from "../system/files/index.ts";
import { AmalfaError, accessReason, clauseOf, startOf, systemErrorCode } from "../system/index.ts";
import { makeOwnFolder, userStateFolder, whyNotOwn } from "./state-folder.ts";

/** A line of the list. */
export interface Entry {
  /** Each has another one. */
  readonly name: string;
  /** Absolute path, without symbolic links. */
  readonly root: string;
  /** ISO 8601: when it was put in. */
  readonly since: string;
  /** Whether the project has no graph any more: it is not listed, and is called the same once it is in again. */
  readonly isAbsent?: true;
}

/** Why the list cannot be read. */
export interface ListFault {
  /** What is wrong, and where. */
  readonly message: string;
  /** What puts it right. */
  readonly advice: string;
  /** Whether that is to set it aside, since what cannot be understood does not come back by itself. */
  readonly isDamaged: boolean;
}

const WAIT_MS = 5_000;

/** It is there once something was put in. */
export function folderOfList(): string {
  return join(userStateFolder(), "registry");
}

export function fileOfList(): string {
  return join(folderOfList(), "projects.json");
}

/** Throws `projects.unreadable`. */
export function readList(): Entry[] {
  const found = look();
  if (Array.isArray(found)) return found;
  throw new AmalfaError("projects.unreadable", `${found.message} It was left as it is.`, {
    hint: found.advice,
  });
}

/** What keeps the list from being read; undefined where nothing does, or there is none. Changes nothing (I5). */
export function faultOfList(): ListFault | undefined {
  const found = look();
  return Array.isArray(found) ? undefined : found;
}

function look(): Entry[] | ListFault {
  const [folder, file] = [folderOfList(), fileOfList()];
  try {
    if (!lstatSync(folder).isDirectory())
      return unreachable(`its folder ${folder} is ${oddKindAt(folder) ?? "a file"}, and no folder`);
    const kind = lstatSync(file).isFile() ? undefined : oddKindAt(file);
    if (kind !== undefined) return damaged(`it is ${kind}, and no file`);
    for (const path of [folder, file]) {
      const reason = whyNotOwn(path);
      if (reason !== undefined) return notOwn(path, reason);
    }
    const entries = entriesOf(readSmallBytes(file));
    return entries ?? damaged("it is damaged, or was cut short");
  } catch (error) {
    const code = systemErrorCode(error);
    // Below what is no folder there is nothing either: some users' home is /dev/null.
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    return code === undefined ? damaged(clauseOf(error)) : unreachable(accessReason(error));
  }
}

function damaged(reason: string): ListFault {
  return {
    message: messageFor(reason),
    advice:
      "Mend it and take its `digest` out, or run `amalfa doctor --fix`, which sets it aside in its folder, and " +
      "then `amalfa init` in each project. What was set aside says which they were, and what you called them.",
    isDamaged: true,
  };
}

function notOwn(path: string, reason: string): ListFault {
  const what = path === fileOfList() ? "it" : `its folder ${path}`;
  return {
    message: messageFor(`${what} ${reason}`),
    advice:
      "It decides whose notes a search shows, so nobody else may be able to write it. Look at what it says; if " +
      `that is right, make ${path} yours alone (\`chown\`, \`chmod go=\`).`,
    isDamaged: false,
  };
}

function unreachable(reason: string): ListFault {
  return {
    message: messageFor(reason),
    advice: "Put that right, or set XDG_STATE_HOME to another folder.",
    isDamaged: false,
  };
}

function messageFor(reason: string): string {
  return `The list of your projects, ${fileOfList()}, cannot be read: ${reason}.`;
}

/** Undefined where a part of it is not understood, or not what was written: it would be lost with the next change. */
function entriesOf(bytes: Uint8Array): Entry[] | undefined {
  try {
    const list = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as {
      projects?: unknown;
      digest?: unknown;
    };
    const { projects, digest, ...others } = list;
    if (!Array.isArray(projects) || !projects.every(isEntry) || Object.keys(others).length > 0)
      return undefined;
    // Earlier versions wrote none, and whoever mends a list by hand leaves it out.
    if ("digest" in list && digest !== digestOf(projects)) return undefined;
    return projects.map(({ name, root, since, isAbsent }) =>
      isAbsent === true ? { name, root, since, isAbsent } : { name, root, since },
    );
  } catch {
    return undefined;
  }
}

function digestOf(projects: readonly Entry[]): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(projects)).digest("hex");
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { name, root, since } = value as Partial<Entry>;
  return (
    typeof name === "string" &&
    name !== "" &&
    name === cleaned(name) &&
    typeof root === "string" &&
    typeof since === "string"
  );
}

const NAME_CHARACTERS = 64;

/** A name as it may be in the list: one line that can be typed; `*` stands for all projects. */
export function cleaned(name: string): string {
  const line = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}*/\\]+/gu, "_")
    .trim();
  return startOf(line, NAME_CHARACTERS).toWellFormed();
}

export interface Changed<Result> {
  readonly projects: readonly Entry[];
  readonly result: Result;
}

/** Throws `projects.unreadable` and `projects.unwritable`; then the list is as it was. */
export function changeList<Result>(change: (projects: readonly Entry[]) => Changed<Result>): Result {
  return whileLocked(() => {
    const { projects, result } = change(readList());
    writeList(`${JSON.stringify({ projects, digest: digestOf(projects) }, undefined, 2)}\n`);
    return result;
  });
}

/** Moves a damaged list out of the way, in its folder. @returns where it lies now; undefined where it is in order */
export function setListAside(): string | undefined {
  return whileLocked(() => {
    if (faultOfList()?.isDamaged !== true) return undefined;
    using folder = AnchoredFolder.open(realPath(folderOfList()));
    const name = `${basename(fileOfList())}.${new Date().toISOString().replaceAll(":", "-")}.damaged`;
    folder.rename(basename(fileOfList()), folder, name);
    folder.sync();
    return join(folderOfList(), name);
  });
}

function whileLocked<Result>(work: () => Result): Result {
  const folder = folderOfList();
  try {
    makeOwnFolder(folder);
    if (whyNotOwn(folder) !== undefined) throw new Error("it is not this user's alone");
    using _ = lockFile(join(folder, "projects.lock"), { waitMs: WAIT_MS });
    discardUnfinished(folder);
    return work();
  } catch (error) {
    if (error instanceof AmalfaError && error.code.startsWith("projects.")) throw error;
    const reason = isBusy(error) ? "another process keeps it locked" : accessReason(error);
    throw new AmalfaError(
      "projects.unwritable",
      `The list of projects in ${folder} cannot be written: ${reason}.`,
      {
        cause: error,
      },
    );
  }
}

/** Whoever writes a list has the lock: what lies there half written is of one that was killed. */
function discardUnfinished(folder: string): void {
  using anchored = AnchoredFolder.open(realPath(folder));
  for (const name of anchored.names())
    if (typeof name === "string" && isTemporaryReplacement(name)) anchored.remove(name);
}

function writeList(text: string): void {
  const file = fileOfList();
  const bytes = Buffer.from(text, "utf8");
  const snapshot = snapshotOf(file);
  if (snapshot === undefined) createFile(file, bytes, 0o600);
  else replaceFile({ ...snapshot, mode: 0o600 }, bytes);
}

function snapshotOf(file: string): ReturnType<typeof readSnapshot> | undefined {
  try {
    return readSnapshot(join(realPath(folderOfList()), basename(file)));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

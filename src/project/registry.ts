/**
 * The projects of a user, so that one search can go through all of them.
 *
 * - A project gets in by what its user does: `amalfa init` or `amalfa projects add`. Nothing that lies in a project's
 *   folder puts it, or another one, in (I14). It may only keep it out, as its user may by `AMALFA_REGISTRY=off`.
 * - The list lies in the folder of the user's state, readable and writable by nobody else; what somebody else could
 *   have written is not read.
 * - It is replaced whole, under a lock that dies with its holder.
 * - A project whose root has vanished is not listed any more, and leaves the list when that is written next.
 */
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { isBusy, lockFile } from "../sqlite/index.ts";
import {
  createFile,
  isBelow,
  readSmallFile,
  readSnapshot,
  realPath,
  replaceFile,
} from "../system/files/index.ts";
import { AmalfaError, accessReason, startOf, systemErrorCode } from "../system/index.ts";
import { holdsStateOfItsOwn, isOwn, makeOwnFolder, userStateFolder } from "./state-folder.ts";

export interface RegisteredProject {
  /** Each has another one. */
  readonly name: string;
  /** Absolute path, without symbolic links. */
  readonly root: string;
  /** ISO 8601: when it was put in. */
  readonly since: string;
}

/** A line of the list. */
interface Entry extends RegisteredProject {
  /** Whether the project has no graph any more: it is not listed, and is called the same once it is in again. */
  readonly isAbsent?: true;
}

export interface Registration {
  readonly project: RegisteredProject;
  readonly change: "added" | "renamed" | "unchanged";
}

const WAIT_MS = 5_000;
const NAME_CHARACTERS = 64;

/** Whether the user stays out of it: then it is neither read nor written by itself. */
export function isRegistryOff(): boolean {
  return /^(off|0|false|no)$/i.test(process.env.AMALFA_REGISTRY?.trim() ?? "");
}

/** In the order of their names. What cannot be read is as if there were none. */
export function listProjects(): RegisteredProject[] {
  return present(readList()).filter(isListed);
}

/** The project of that name, or with that root; undefined where there is none. */
export function findProject(wanted: string): RegisteredProject | undefined {
  const projects = listProjects();
  return (
    projects.find(({ name }) => name === wanted) ??
    projects.find(({ root }) => root === wanted) ??
    projects.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  );
}

/**
 * Puts a project in, under a name or that of its folder. Throws `projects.name`, `projects.inside` and
 * `projects.unwritable`.
 */
export function addProject(root: string, name?: string): Registration {
  if (name !== undefined && (name !== cleaned(name) || name === "")) {
    throw new AmalfaError("projects.name", `"${startOf(name, 100)}" cannot be the name of a project.`);
  }
  const real = realPath(root);
  refuseInside(real);
  const known = listProjects().find((project) => project.root === real);
  if (known !== undefined && (name === undefined || name === known.name))
    return { project: known, change: "unchanged" };
  return changeList<Registration>((projects) => {
    const entry = projects.find((project) => project.root === real);
    const before = entry !== undefined && isListed(entry) ? entry : undefined;
    if (before !== undefined && name === undefined)
      return { projects, result: { project: before, change: "unchanged" } };
    const others = projects.filter((project) => project !== entry);
    const project: RegisteredProject = {
      name: nameFor(real, { wanted: name, former: entry?.name, others: others.filter(isListed) }),
      root: real,
      since: before?.since ?? new Date().toISOString(),
    };
    return {
      projects: [...others, project],
      result: { project, change: before === undefined ? "added" : "renamed" },
    };
  });
}

/** Takes a project out, by its name or root. @returns undefined where it was not in */
export function removeProject(wanted: string): RegisteredProject | undefined {
  const known =
    findProject(wanted) ?? readList().find(({ root, name }) => root === wanted || name === wanted);
  if (known === undefined) return undefined;
  return changeList((projects) => ({
    projects: projects.filter(({ root }) => root !== known.root),
    result: known,
  }));
}

/**
 * What `reset` does: the project is listed no more, and its name, which its user may have given it, is kept for when it
 * is put in again.
 */
export function restProject(root: string): void {
  if (isRegistryOff()) return;
  try {
    const real = realPath(root);
    if (!listProjects().some((project) => project.root === real)) return;
    changeList((projects) => ({
      projects: projects.map((entry) => (entry.root === real ? { ...entry, isAbsent: true } : entry)),
      result: undefined,
    }));
  } catch {
    // As for `noteProject`.
  }
}

/**
 * What `init` does: nothing about it is worth failing for. @param isWanted what the project's settings say
 * @returns the other projects below it, where it was not in before
 */
export function noteProject(root: string, isWanted: boolean): RegisteredProject[] {
  if (isRegistryOff()) return [];
  try {
    if (!isWanted) removeProject(realPath(root));
    else if (addProject(root).change === "added") return projectsBelow(realPath(root));
  } catch {
    // A user without a folder of their own has no list either.
  }
  return [];
}

function projectsBelow(root: string): RegisteredProject[] {
  return listProjects().filter((project) => project.root !== root && isBelow(root, project.root));
}

function isListed({ isAbsent }: Entry): boolean {
  return isAbsent !== true;
}

function present(projects: readonly Entry[]): Entry[] {
  return projects.filter(({ root }) => !hasVanished(root)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A folder that may not be looked at may well be there. */
function hasVanished(root: string): boolean {
  try {
    return statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch (error) {
    return !/^(EACCES|EPERM)$/.test(systemErrorCode(error) ?? "");
  }
}

function folderOfList(): string {
  return join(userStateFolder(), "registry");
}

function fileOfList(): string {
  return join(folderOfList(), "projects.json");
}

function readList(): Entry[] {
  try {
    if (!isOwn(folderOfList()) || !isOwn(fileOfList())) return [];
    const { projects } = JSON.parse(readSmallFile(fileOfList())) as { projects?: unknown };
    return Array.isArray(projects)
      ? projects.filter(isRegistered).map(({ name, root, since, isAbsent }) => {
          return isAbsent === true ? { name, root, since, isAbsent } : { name, root, since };
        })
      : [];
  } catch {
    return [];
  }
}

function isRegistered(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { name, root, since } = value as Partial<RegisteredProject>;
  return (
    typeof name === "string" &&
    name === cleaned(name) &&
    typeof root === "string" &&
    typeof since === "string"
  );
}

interface Changed<Result> {
  readonly projects: readonly Entry[];
  readonly result: Result;
}

/** Throws `projects.unwritable`; then the list is as it was. */
function changeList<Result>(change: (projects: readonly Entry[]) => Changed<Result>): Result {
  const folder = folderOfList();
  try {
    makeOwnFolder(folder);
    if (!isOwn(folder)) throw new Error("it is not this user's alone");
    using _ = lockFile(join(folder, "projects.lock"), { waitMs: WAIT_MS });
    const { projects, result } = change(present(readList()));
    writeList(`${JSON.stringify({ projects }, undefined, 2)}\n`);
    return result;
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

interface Naming {
  readonly wanted: string | undefined;
  /** What it was called before it left the list. */
  readonly former: string | undefined;
  readonly others: readonly RegisteredProject[];
}

/** A name that is taken gets a number. Throws `projects.name` where it was asked for. */
function nameFor(root: string, { wanted, former, others }: Naming): string {
  const taken = new Set(others.map(({ name }) => name.toLowerCase()));
  if (wanted !== undefined) {
    if (taken.has(wanted.toLowerCase()))
      throw new AmalfaError("projects.name", `Another project is called "${wanted}" already.`);
    return wanted;
  }
  if (former !== undefined && !taken.has(former.toLowerCase())) return former;
  const name = cleaned(basename(root)) || "project";
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}-${number}`;
  return free;
}

/** One line that can be typed; `*` stands for all projects. */
function cleaned(name: string): string {
  const line = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}*/\\]+/gu, "_")
    .trim();
  return startOf(line, NAME_CHARACTERS).toWellFormed();
}

/** A project must not hold the list that it is in, unless it is the user's own home that is the project. */
function refuseInside(root: string): void {
  const folder = folderOfList();
  if (!holdsStateOfItsOwn(root, folder)) return;
  throw new AmalfaError(
    "projects.inside",
    `The list of projects would be kept in ${folder}, which lies in the project itself.`,
  );
}

/**
 * The projects of a user, so that one search can go through all of them.
 *
 * - A project gets in by what its user does: `amalfa init` or `amalfa projects add`. Nothing that lies in a project's
 *   folder puts it, or another one, in (I14). It may only keep it out, as its user may by `AMALFA_REGISTRY=off`.
 * - It gets out by what its user does as well. A root that is not there may be on a disk that is not mounted just now:
 *   once such a project left the list with the next `init` of another one, and the name that its user gave it as well.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { isBelow, realPath } from "../system/files/index.ts";
import { AmalfaError, startOf, systemErrorCode } from "../system/index.ts";
import { changeList, cleaned, type Entry, folderOfList, readList } from "./registry-file.ts";
import { holdsStateOfItsOwn } from "./state-folder.ts";

export { faultOfList, fileOfList, setListAside } from "./registry-file.ts";

export type RegisteredProject = Omit<Entry, "isAbsent">;

export interface Registration {
  readonly project: RegisteredProject;
  readonly change: "added" | "renamed" | "unchanged";
}

/** Whether the user stays out of it: then it is neither read nor written by itself. */
export function isRegistryOff(): boolean {
  return /^(off|0|false|no)$/i.test(process.env.AMALFA_REGISTRY?.trim() ?? "");
}

/** In the order of their names. Throws `projects.unreadable`, as all that ask for the list do. */
export function listProjects(): RegisteredProject[] {
  return inOrder(readList()).filter(isListed);
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
 * Puts a project in, under a name or that of its folder. Throws `projects.name`, `projects.inside`,
 * `projects.unreadable` and `projects.unwritable`.
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
export function restProject(root: string, onWarning: (message: string) => void): void {
  unlessOff(onWarning, () => {
    const real = realPath(root);
    if (!listProjects().some((project) => project.root === real)) return;
    changeList((projects) => ({
      projects: projects.map((entry) => (entry.root === real ? { ...entry, isAbsent: true } : entry)),
      result: undefined,
    }));
  });
}

/**
 * What `init` does. @param isWanted what the project's settings say
 * @returns the other projects below it, where it was not in before
 */
export function noteProject(
  root: string,
  isWanted: boolean,
  onWarning: (message: string) => void,
): RegisteredProject[] {
  const isNew = unlessOff(onWarning, () => {
    if (isWanted) return addProject(root).change === "added";
    removeProject(realPath(root));
    return false;
  });
  return isNew === true ? projectsBelow(realPath(root)) : [];
}

/** What is done to the list beside something else, which nothing about the list is worth failing for. */
function unlessOff<Result>(onWarning: (message: string) => void, work: () => Result): Result | undefined {
  if (isRegistryOff()) return undefined;
  try {
    return work();
  } catch (error) {
    // A user without a folder of their own has no list either.
    if (error instanceof AmalfaError && error.code === "projects.unreadable")
      onWarning(`${error.message} ${error.hint ?? ""}`.trim());
    return undefined;
  }
}

function projectsBelow(root: string): RegisteredProject[] {
  return listProjects().filter((project) => project.root !== root && isBelow(root, project.root));
}

function isListed({ isAbsent }: Entry): boolean {
  return isAbsent !== true;
}

function inOrder(projects: readonly Entry[]): Entry[] {
  return [...projects].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a project's folder is certainly not there. One that may not be looked at may well be. */
export function hasVanished({ root }: RegisteredProject): boolean {
  try {
    return statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch (error) {
    return !/^(EACCES|EPERM)$/.test(systemErrorCode(error) ?? "");
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

/** A project must not hold the list that it is in, unless it is the user's own home that is the project. */
function refuseInside(root: string): void {
  const folder = folderOfList();
  if (!holdsStateOfItsOwn(root, folder)) return;
  throw new AmalfaError(
    "projects.inside",
    `The list of projects would be kept in ${folder}, which lies in the project itself.`,
  );
}

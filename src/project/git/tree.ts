/**
 * Which working tree a folder belongs to, by its `.git`: the folder of a repository, or a file that says where that is.
 *
 * Such a file comes with an archive as any other and may name any place. It may tell that a folder is a tree of its
 * own, which costs nobody anything; whatever is to be taken from the place that it names must be named back from
 * there, and belong to the same user.
 */
import { basename, dirname, join, relative, resolve, sep } from "node:path";

import { realPath } from "../../system/files/index.ts";
import { haveOneOwner, lookAt, orUndefined, parseConfig, readSmall } from "./config.ts";

/** More than any path has. */
const MOST_BYTES_OF_PATH = 8192;

/**
 * `none`: nothing of git's, or nothing that git would take for its own. `part`: a submodule, which is part of the
 * tree around it. `own`: a repository, bare ones included, or one more working tree of one.
 */
export type TreeKind = "none" | "part" | "own";

/** What a folder is to git. @param folder absolute path */
export function treeOf(folder: string): TreeKind {
  const entry = lookAt(join(folder, ".git"));
  if (entry === undefined) return isBareRepository(folder) ? "own" : "none";
  if (!entry.isFile()) {
    if (lookAt(join(folder, ".git/HEAD")) === undefined) return "none";
    return isListedSubmodule(folder) ? "part" : "own";
  }
  const place = namedPlace(folder);
  if (place === undefined) return "none";
  // A submodule may have worktrees of its own, which lie below its place.
  const names = place.split(/[\\/]/);
  const isModule = names.includes(".git") && names.indexOf(".git") < names.lastIndexOf("modules");
  if (isModule && names.at(-2) !== "worktrees") return "part";
  return isListedSubmodule(folder) ? "part" : "own";
}

/** What git itself goes by: a head that names a branch or a commit, objects and references. */
function isBareRepository(folder: string): boolean {
  const head = lookAt(join(folder, "HEAD"));
  if (head === undefined || !["objects", "refs"].every((name) => lookAt(join(folder, name))?.isDirectory()))
    return false;
  if (head.isSymbolicLink()) return true;
  const text = head.isFile() ? readSmall(join(folder, "HEAD"), MOST_BYTES_OF_PATH) : undefined;
  return /^(?:ref:\s*refs\/|[\da-f]{40}(?:[\da-f]{24})?\s*$)/.test(text ?? "");
}

/** The nearest folder with a `.git`, upwards from `folder`, or undefined. Absolute paths. */
export function repositoryTop(folder: string): string | undefined {
  for (let place = folder; ; place = dirname(place)) {
    if (lookAt(join(place, ".git")) !== undefined) return place;
    if (place === dirname(place)) return undefined;
  }
}

/** A working tree that `git worktree add` has made, with the repository that it belongs to. */
export interface LinkedWorktree {
  /** Its part of the repository, `worktrees/<name>` there. Absolute, without symbolic links, as the other paths. */
  readonly gitDirectory: string;
  /** The repository's folder, what all working trees have in common. */
  readonly commonDirectory: string;
}

/** Undefined for any other folder, and where the repository does not name it back or belongs to somebody else. */
export function linkedWorktree(folder: string): LinkedWorktree | undefined {
  return orUndefined(() => {
    const place = namedPlace(folder);
    if (place === undefined) return undefined;
    const gitDirectory = realPath(place);
    if (basename(dirname(gitDirectory)) !== "worktrees") return undefined;
    const commonDirectory = dirname(dirname(gitDirectory));
    const back = join(gitDirectory, "gitdir");
    const named = pathIn(readSmall(back, MOST_BYTES_OF_PATH), gitDirectory);
    if (named === undefined || basename(named) !== ".git" || realPath(dirname(named)) !== realPath(folder))
      return undefined;
    if (lookAt(join(commonDirectory, "HEAD"))?.isFile() !== true) return undefined;
    const paths = [folder, join(folder, ".git"), commonDirectory, gitDirectory, back];
    return haveOneOwner(paths) ? { gitDirectory, commonDirectory } : undefined;
  });
}

/** The folder of a submodule's repository, where that names it back and belongs to the same user. */
export function submoduleDirectory(
  folder: string,
  worktreeOf: (directory: string) => string | undefined,
): string | undefined {
  return orUndefined(() => {
    const place = namedPlace(folder);
    if (place === undefined) return undefined;
    const directory = realPath(place);
    const back = worktreeOf(directory);
    if (back === undefined || realPath(resolve(directory, back)) !== realPath(folder)) return undefined;
    return haveOneOwner([folder, join(folder, ".git"), directory]) ? directory : undefined;
  });
}

/** What the file `.git` of a folder names, absolute. */
function namedPlace(folder: string): string | undefined {
  const file = join(folder, ".git");
  const text = lookAt(file)?.isFile() === true ? readSmall(file, MOST_BYTES_OF_PATH) : undefined;
  return text?.startsWith(LABEL) === true ? pathIn(text.slice(LABEL.length), folder) : undefined;
}

const LABEL = "gitdir: ";

/** The path that is one of git's files, absolute; undefined for what is none. */
function pathIn(text: string | undefined, from: string): string | undefined {
  const path = text?.replace(/\r?\n$/, "") ?? "";
  return path === "" || /[\0\n]/.test(path) ? undefined : resolve(from, path);
}

/**
 * Whether the tree around a folder lists it in its `.gitmodules`, as it does where the submodule's repository lies in
 * its own folder.
 */
function isListedSubmodule(folder: string): boolean {
  const top = repositoryTop(dirname(folder));
  if (top === undefined) return false;
  const path = relative(top, folder).replaceAll(sep, "/");
  const entries = parseConfig(readSmall(join(top, ".gitmodules")) ?? "");
  return entries.some(({ key, value }) => /^submodule\..*\.path$/s.test(key) && value === path);
}

/**
 * Every path under `.amalfa/`, derived from the project root and from nothing else.
 */

import { existsSync, lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import {
  createOwnFile,
  DATA_DIRECTORY,
  makeFolderInPlace,
  requireDecodedFolder,
  requireHeldRoot,
  requireOwnPlace,
  vanishedRoot,
} from "../system/files/index.ts";
import { AmalfaError, EXIT, messageOf, systemErrorCode } from "../system/index.ts";
import { treeOf } from "./git/index.ts";

export interface ProjectPaths {
  /** Absolute path of the project root. */
  readonly root: string;
  readonly data: string;
  /** The graph. May lie elsewhere when the settings say so. */
  readonly database: string;
  readonly cacheDirectory: string;
  readonly vectorCache: string;
  /**
   * The root of another project whose vector cache this one uses, and must neither empty nor delete; usually there is
   * none.
   */
  readonly cacheOwner: string | undefined;
  readonly models: string;
  readonly runtime: string;
  readonly maintenanceLock: string;
  readonly logs: string;
  readonly quarantine: string;
}

/** What the settings may move. Absolute paths. */
export interface PathOverrides {
  readonly database?: string | undefined;
  readonly vectorCache?: string | undefined;
  readonly cacheOwner?: string | undefined;
}

export function projectPaths(root: string, overrides: PathOverrides = {}): ProjectPaths {
  const data = join(root, DATA_DIRECTORY);
  const cacheDirectory = join(data, "cache");
  const runtime = join(data, "runtime");
  return {
    root,
    data,
    database: overrides.database ?? join(data, "resonance.db"),
    cacheDirectory,
    vectorCache: overrides.vectorCache ?? join(cacheDirectory, "vector_cache.sqlite"),
    cacheOwner: overrides.cacheOwner,
    models: join(cacheDirectory, "models"),
    runtime,
    maintenanceLock: join(runtime, "maintenance.lock"),
    logs: join(data, "logs"),
    quarantine: join(data, "quarantine"),
  };
}

/*
 * The project root: where everything else is derived from.
 */

/** The names of a settings file, in the order in which they are looked for. */
export const SETTINGS_FILES = [
  "amalfa.settings.json",
  "amalfa.config.ts",
  "amalfa.config.js",
  "amalfa.config.json",
] as const;

/**
 * `root` if given, else the nearest ancestor of `cwd` that has a `.amalfa` or a settings file, else `cwd`.
 * Absolute. A given root is resolved through symbolic links, so that two ways to name it are one project. Throws
 * `root.invalid` and `directory.encoding`.
 *
 * A linked git worktree or a clone that lies in a project is a tree of its own, and never part of that project: its
 * top is the root, where nothing in it says otherwise. A submodule is part of what is around it.
 *
 * A `.amalfa` that is a link or no folder marks the root as well: commands then meet it and refuse it, where
 * passing it by would make them work on another project further up.
 */
export function findProjectRoot(options: { root?: string | undefined; cwd: string }): string {
  const start = requireDecodedFolder(resolve(options.cwd, options.root ?? "."), "The project root");
  if (options.root !== undefined) return requireDecodedFolder(existingFolder(start), "The project root");
  let ownTop: string | undefined;
  for (let folder = start; ; folder = dirname(folder)) {
    if (entryExists(join(folder, DATA_DIRECTORY)) || settingsFileIn(folder) !== undefined) {
      return ownTop ?? folder;
    }
    ownTop ??= treeOf(folder) === "own" ? folder : undefined;
    if (folder === dirname(folder)) return start;
  }
}

/** Absolute path of the settings file in a folder, or `undefined`. One that cannot be read still counts. */
export function settingsFileIn(folder: string): string | undefined {
  return SETTINGS_FILES.map((name) => join(folder, name)).find(entryExists);
}

function existingFolder(path: string): string {
  const advice = { hint: "Give --root an existing folder.", exit: EXIT.usage };
  try {
    if (statSync(path).isDirectory()) return realpathSync(path);
  } catch (error) {
    const reason = systemErrorCode(error) === "ENOENT" ? "it does not exist" : messageOf(error);
    throw new AmalfaError("root.invalid", `${path} cannot be the project root: ${reason}.`, {
      ...advice,
      cause: error,
    });
  }
  throw new AmalfaError("root.invalid", `${path} cannot be the project root: it is not a folder.`, advice);
}

function entryExists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // An ancestor that may not be searched has nothing to offer; anything else is worth stopping for.
    if (systemErrorCode(error) === "EACCES" || systemErrorCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

/* Making folders in `.amalfa`. */

/** The file by which git, and whatever goes by it, passes over `.amalfa`. */
export const DATA_IGNORE_FILE = { name: ".gitignore", content: "*\n" } as const;

/**
 * Makes the folder that a file is to lie in. Throws what the file system throws, `data.link`, and `root.invalid` and
 * `root.replaced`: a project that is moved while a command works would be begun anew, and empty, at its old place.
 */
export function makeFolderOf(path: string): void {
  const folder = dirname(path);
  const parts = folder.split(sep);
  const at = parts.lastIndexOf(DATA_DIRECTORY);
  const root = parts.slice(0, Math.max(at, 0)).join(sep);
  if (root !== "" && !existsSync(root)) throw vanishedRoot(root);
  requireOwnPlace(path);
  mkdirSync(folder, { recursive: true });
}

/** Makes a folder in `.amalfa`, which then is nothing that git shows or adds. Throws what `makeFolderOf` throws. */
export function makeDataFolder(paths: Pick<ProjectPaths, "data">, folder: string): void {
  makeFolderOf(join(paths.data, DATA_IGNORE_FILE.name));
  makeFolderInPlace(folder);
  const ignoring = join(paths.data, DATA_IGNORE_FILE.name);
  try {
    if (entryExists(ignoring)) return;
    requireHeldRoot(ignoring);
    createOwnFile(ignoring, DATA_IGNORE_FILE.content, { mode: 0o666 });
  } catch {
    // It is there, as usual, or there is no space for it: nothing depends on it.
  }
}

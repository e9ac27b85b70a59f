/** What every command gets to know of how it was called, and what it may ask for. */

import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { Command } from "commander";
import type { OpenProject } from "../index.ts";
import {
  findProjectRoot,
  loadProject,
  MODELS,
  type Project,
  type ProjectPaths,
  projectPaths,
} from "../project/index.ts";
import {
  holdRoot,
  isUncertain,
  requireCertain,
  requireDecodedFolder,
  writeOwnFile,
} from "../system/files/index.ts";
import { AmalfaError, EXIT, programFile, userCacheFolder } from "../system/index.ts";
import { launcherPid } from "./launched.ts";
import { writeAboveProgress } from "./output/progress.ts";
import { hasWrittenResult } from "./output/result.ts";
import { escapedLines } from "./output/safe-text.ts";
import { writeToStderr } from "./output/standard-streams.ts";

export interface Invocation {
  /** `--root`, as given. */
  readonly root: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False with --no-color; terminals and NO_COLOR are asked separately. */
  readonly color: boolean;
  /** False with --no-remote-cache. */
  readonly remoteCache: boolean;
}

interface GlobalOptions {
  readonly root?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
  readonly remoteCache: boolean;
}

export function invocationOf(command: Command): Invocation {
  const { root, json, quiet, verbose, color, remoteCache } = command.optsWithGlobals<GlobalOptions>();
  const flags = { json: json === true, quiet: quiet === true, verbose: verbose === true };
  return { root, ...flags, color, remoteCache };
}

/** Writes a message for people to stderr, on a line of its own, above the progress bar if there is one. */
export function warn(invocation: Invocation, message: string): void {
  if (!invocation.quiet)
    writeAboveProgress(
      { write: writeToStderr },
      escapedLines(`amalfa: ${message}`.replace(/\n(?=\S)/g, "\n  ")),
    );
}

/**
 * The same for what a command is told of on its way. A cache that is at fault is opened by each of its steps, and one
 * damaged file was warned of for each of them.
 */
export function warnOnce(invocation: Invocation): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (!said.has(message)) warn(invocation, message);
    said.add(message);
  };
}

/**
 * Root, settings and paths of the project that the command is about. What is odd about the settings is said once in a
 * while, not with every command. Throws `root.invalid` and `config.invalid`. */
export async function projectOf(invocation: Invocation): Promise<Project> {
  const project = await loadProject({
    root: invocation.root,
    cwd: startingPoint(invocation.root),
    models: MODELS,
    remoteCache: invocation.remoteCache ? undefined : "off",
  });
  const isUnsaid = project.warnings.length > 0 && !invocation.quiet;
  if (isUnsaid && !wasSaid(invocation, "settings", project.warnings.join("\n"))) {
    for (const warning of project.warnings) warn(invocation, warning);
  }
  return project;
}

/** The same for a command that changes it: held from before its settings are read until the process ends. */
export function heldProjectOf(invocation: Invocation): Promise<Project> {
  holdRoot(pathsOf(invocation).root);
  return projectOf(invocation);
}

/**
 * The same, whatever model the settings name, for the commands that choose another one: the settings may name one that
 * is nowhere.
 */
export async function projectForModels(invocation: Invocation): Promise<Project> {
  return await loadProject({ root: invocation.root, cwd: startingPoint(invocation.root) });
}

/** The project as the library opens it. Throws what `projectOf` throws. */
export async function openedProject(invocation: Invocation): Promise<OpenProject> {
  const [project, { OpenProject }] = await Promise.all([projectOf(invocation), import("../index.ts")]);
  return new OpenProject(project, { onWarning: warnOnce(invocation) });
}

/**
 * The project root and what lies under `.amalfa`, for commands that need no settings: those that look at services and
 * end them have to work above all when the settings are broken. Throws `root.invalid`.
 */
export function pathsOf(invocation: Invocation): ProjectPaths {
  return projectPaths(findProjectRoot({ root: invocation.root, cwd: startingPoint(invocation.root) }));
}

/**
 * A terminal sends Ctrl-C to the launcher and to its child, and the launcher passes its own on: within this time it
 * is the same one.
 */
const ECHO_MS = 500;

/**
 * A signal that fires on the first SIGINT or SIGTERM; the second one ends the process at once, as interrupted unless
 * the result has been written: whoever reads "ok" must not be told another thing by the status.
 *
 * Only commands that have something to finish ask for it: all others end as the system ends them.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = performance.now();
        controller.abort();
      } else if (launcherPid() === undefined || performance.now() - first > ECHO_MS)
        process.exit(hasWrittenResult() ? process.exitCode : EXIT.interrupted);
    });
  }
  return controller.signal;
}

/*
 * The notice that was last printed about a project, so that the same one is not printed with every command. It is
 * kept in the user's cache folder, outside of every project; where it cannot be kept, the notice is printed again.
 */

/** After an hour it is printed again: somebody else may be reading by then. */
const REMEMBERED_MS = 3_600_000;

/** What there is to be said about. */
type Subject = "freshness" | "settings";

/** Whether a state of the project was said a short while ago; notes that it is now. Undefined is nothing to say. */
export function wasSaid(
  { root }: { readonly root: string | undefined },
  subject: Subject,
  state: string | undefined,
): boolean {
  const cache = userCacheFolder();
  if (cache === undefined) return false;
  try {
    const folder = join(cache, "amalfa", "said");
    const project = findProjectRoot({ root, cwd: process.cwd() });
    const file = join(folder, `${new Bun.CryptoHasher("sha256").update(project).digest("hex")}.${subject}`);
    const last = statSync(file, { throwIfNoEntry: false });
    if (state === undefined) {
      if (last !== undefined) rmSync(file, { force: true });
      return false;
    }
    const age = Date.now() - (last?.mtimeMs ?? 0);
    if (last?.isFile() === true && age >= 0 && age < REMEMBERED_MS && readFileSync(file, "utf8") === state)
      return true;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOwnFile(file, state, { mode: 0o600 });
    return false;
  } catch {
    return false;
  }
}

/* Where the command was called. Only what is relative depends on it. */

/**
 * Absolute. Throws `directory.gone` where the folder was deleted, as a shell finds that was left open in it, and
 * `directory.encoding`.
 */
function workingDirectory(): string {
  const folder = folderIfAny();
  if (folder !== undefined) return requireDecodedFolder(folder, "The working directory");
  throw new AmalfaError(
    "directory.gone",
    "The folder in which the command was called does not exist any more.",
  );
}

/**
 * From where paths are meant that are relative; with an absolute `root` that is the root itself where the folder is
 * gone or cannot be told.
 */
export function startingPoint(root: string | undefined): string {
  if (root === undefined || !isAbsolute(root)) return workingDirectory();
  const folder = folderIfAny();
  return folder === undefined || isUncertain(folder) ? root : folder;
}

/** A file or folder that was named, no document: absolute. Throws `path.encoding`, and as `workingDirectory` does. */
export function placeNamed(path: string): string {
  return requireCertain(isAbsolute(path) ? resolve(path) : resolve(workingDirectory(), path));
}

/** Folders of the user's own are named by these, and are made where they are not there. */
const USER_FOLDERS =
  "HOME USERPROFILE XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME AMALFA_MODELS TMPDIR".split(" ");

/**
 * Before a command does anything: where it was called, and where its user's own files are. Throws
 * `directory.encoding`.
 */
export function refuseUncertainFolders(root: string | undefined): void {
  for (const name of USER_FOLDERS) requireDecodedFolder(process.env[name] ?? "", `The folder of ${name}`);
  if (root === undefined || !isAbsolute(root))
    requireDecodedFolder(folderIfAny() ?? "", "The working directory");
  requireDecodedFolder(root ?? "", "The project root");
}

function folderIfAny(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** This program, as other processes start it. Absolute path. */
export const CLI = programFile("src/cli.ts");

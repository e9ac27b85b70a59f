/**
 * `.amalfa` as a reset sees it: is it the one real directory that may be deleted (I7), and what does it contain?
 */

import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { DATA_IGNORE_FILE, type ProjectPaths } from "../../project/index.ts";
import {
  below,
  DATA_DIRECTORY,
  type ExactPath,
  exactNames,
  isMountPoint,
  isUncertain,
  readTree,
  realPath,
  type TreeSize,
} from "../../system/files/index.ts";
import { childProcess, messageOf, systemProgram } from "../../system/index.ts";

/* Whose home directory a folder is: of whoever runs this, and of any other user that the system knows. */

const ASK_TIMEOUT_MS = 5_000;

/**
 * Whose home a folder is, in words; undefined where it is nobody's, as far as the system tells. Never throws. @param
 * folder without links
 */
function homeOwner(folder: string): string | undefined {
  return ownHomes().some((home) => isSame(home, folder))
    ? "that of the user who runs this"
    : userWithHome(folder);
}

function ownHomes(): string[] {
  return [homedir, () => userInfo().homedir].flatMap((home) => unlessUnknown(() => [home()]) ?? []);
}

function userWithHome(folder: string): string | undefined {
  for (const line of entries(folder)) {
    const [name = "", , , , , home = ""] = line.split(":");
    if (name !== "" && home.startsWith("/") && isSame(home, folder)) return `that of ${name}`;
  }
  return undefined;
}

/**
 * Lines of the user database (passwd(5)). The file has the users of this machine; those of a directory service are
 * asked for one by one, by the owner of the folder.
 */
function entries(folder: string): string[] {
  const lines = (unlessUnknown(() => readFileSync("/etc/passwd", "utf8")) ?? "").split("\n");
  const owner = unlessUnknown(() => String(statSync(folder).uid));
  if (owner === undefined) return lines;
  if (process.platform === "darwin") return [...lines, ...fromDirectory(["id", "-P", owner])];
  return [...lines, ...fromDirectory(["getent", "passwd", owner])];
}

/**
 * `id -P` of macOS has the home in the ninth field: name, password, two ids, class, change, expiry, real name, home,
 * shell.
 */
function fromDirectory([command = "", ...args]: readonly string[]): string[] {
  const { stdout, error } = childProcess().spawnSync(systemProgram(command), args, {
    encoding: "utf8",
    timeout: ASK_TIMEOUT_MS,
  });
  if (error !== undefined || typeof stdout !== "string") return [];
  return stdout.split("\n").map((line) => {
    const fields = line.split(":");
    return fields.length < 10 ? line : [fields[0], "", "", "", "", fields[8]].join(":");
  });
}

/** By name or, as a bind mount gives it another one, by the directory itself. */
function isSame(home: string, folder: string): boolean {
  if (home === folder || unlessUnknown(() => realPath(home)) === folder) return true;
  const directory = unlessUnknown(() => directoryOf(home));
  return directory !== undefined && directory === unlessUnknown(() => directoryOf(folder));
}

function directoryOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev} ${ino}`;
}

function unlessUnknown<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** One entry of `.amalfa`. */
export interface DataEntry extends TreeSize {
  readonly name: string;
  /** What it is, for people. */
  readonly what: string;
  /** How it comes back; undefined for what cannot be made again. */
  readonly madeAgain: string | undefined;
}

export type DataDirectory =
  | { readonly kind: "absent" }
  /** `reason` is a clause that begins with what is wrong. */
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "present";
      /** Device and inode: the folder that was looked at, whatever its name becomes. */
      readonly identity: string;
      readonly entries: readonly DataEntry[];
      /** Absolute paths of all regular files in it. */
      readonly files: readonly ExactPath[];
    };

interface EntryMeaning {
  readonly what: string;
  readonly madeAgain?: string;
}

const GRAPH: EntryMeaning = { what: "the graph", madeAgain: "from the markdown" };
const EARLIER = "left by an earlier version";

/** Everything that this version and earlier ones put into `.amalfa`. */
const KNOWN: ReadonlyMap<string, EntryMeaning> = new Map([
  ["cache", { what: "vectors and models", madeAgain: "by computing every vector again" }],
  ["runtime", { what: "PID files and locks", madeAgain: "when needed" }],
  [DATA_IGNORE_FILE.name, { what: "keeps .amalfa out of git", madeAgain: "when needed" }],
  ["logs", { what: "logs of the services" }],
  ["quarantine", { what: "files that were moved aside" }],
  ["stats-history.json", { what: EARLIER }],
  ["agent", { what: `${EARLIER}; may be somebody's work` }],
  ["sessions", { what: `${EARLIER}; may be somebody's work` }],
  ["backups", { what: `${EARLIER}; may be somebody's work` }],
]);

/**
 * Looks only. Never follows a symbolic link.
 *
 * @param cacheEntries names in `.amalfa` of what holds vectors and models
 */
export function inspectDataDirectory(paths: ProjectPaths, cacheEntries: readonly string[]): DataDirectory {
  const meaningOf = (name: string) => usualMeaningOf(cacheEntries.includes(name) ? "cache" : name);
  const { root, data } = paths;
  if (root === "/") return refused(`the project root ${root} is the root of the file system`);
  const owner = homeOwner(realPath(root));
  if (owner !== undefined) return refused(`the project root ${root} is a home directory, ${owner}`);
  const stat = lstatSync(data, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return { kind: "absent" };
  if (stat.isSymbolicLink()) return refused(`${data} is a symbolic link`);
  if (!stat.isDirectory()) return refused(`${data} is not a directory`);
  if (isMountPoint(data)) return refused(`${data} is a mount point`);
  const obstacle = readTree(data).obstacle ?? lockObstacle(paths);
  if (obstacle !== undefined) return refused(obstacle);
  const trees = exactNames(data).map((name) => ({ name: String(name), tree: readTree(below(data, name)) }));
  if (!trees.some(({ name, tree }) => meaningOf(name) !== undefined && !isStrangersIgnoreFile(name, tree))) {
    return refused(`${data} contains nothing that amalfa knows`);
  }
  return {
    kind: "present",
    identity: `${stat.dev}:${stat.ino}`,
    entries: trees.map(({ name, tree: { files, bytes } }) => ({
      name,
      files,
      bytes,
      ...describe(meaningOf(name)),
    })),
    files: trees.flatMap(({ tree }) => tree.paths),
  };
}

/**
 * Many tools put a file of that name into their folders: it tells whose folder this is only if it says what amalfa
 * writes.
 */
function isStrangersIgnoreFile(name: string, { bytes }: TreeSize): boolean {
  return name === DATA_IGNORE_FILE.name && bytes !== DATA_IGNORE_FILE.content.length;
}

function refused(reason: string): DataDirectory {
  return { kind: "refused", reason };
}

function describe(meaning: EntryMeaning | undefined): Pick<DataEntry, "what" | "madeAgain"> {
  return { what: meaning?.what ?? "not made by amalfa", madeAgain: meaning?.madeAgain };
}

function usualMeaningOf(name: string): EntryMeaning | undefined {
  return /^resonance\.db(?:\.rebuilding)?(?:-wal|-shm|-journal)?$/.test(name) ? GRAPH : KNOWN.get(name);
}

/** The lock is taken inside the folder: a link there would lead the lock's file out of it. */
function lockObstacle({ runtime, maintenanceLock }: ProjectPaths): string | undefined {
  const folder = lstatSync(runtime, { throwIfNoEntry: false });
  if (folder === undefined) return undefined;
  if (!folder.isDirectory()) return `${runtime} is not a real directory`;
  const file = lstatSync(maintenanceLock, { throwIfNoEntry: false });
  return file === undefined || file.isFile() ? undefined : `${maintenanceLock} is not a regular file`;
}

const INTERRUPTED = new RegExp(`^\\${DATA_DIRECTORY}\\.deleting-[0-9a-f]{8}$`);

/** What a reset renames `.amalfa` to before it deletes it. */
export function deletingName(): string {
  return `${DATA_DIRECTORY}.deleting-${crypto.randomUUID().slice(0, 8)}`;
}

/** Absolute paths of what interrupted resets have left beside `.amalfa`. Throws what the file system throws. */
export function findInterruptedResets(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && INTERRUPTED.test(entry.name))
    .map(({ name }) => join(root, name))
    .sort();
}

/** Files and folders that amalfa 1.x wrote beside `.amalfa`; absolute paths. Links are not among them. */
export function findStrays(root: string): string[] {
  const logs = [".amalfa-pre-flight.log", ".mcp.crash.log"]
    .map((name) => join(root, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true);
  const cache = join(root, "local_cache");
  if (lstatSync(cache, { throwIfNoEntry: false })?.isDirectory() !== true) return logs;
  try {
    const models = readdirSync(cache, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith("fast-") && !isUncertain(entry.name))
      .map(({ name }) => join(cache, name));
    return [...logs, ...models.sort()];
  } catch (error) {
    throw new Error(`${cache} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * What a folder contains, looked at without following any symbolic link and without crossing into another file system.
 */
import { accessSync, constants, lstatSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { messageOf, systemErrorCode } from "../errors.ts";
import { below, type ExactPath, exactNames } from "./decoded.ts";

export interface TreeSize {
  /** Everything that is no folder. */
  readonly files: number;
  readonly bytes: number;
}

export interface Tree extends TreeSize {
  /** Absolute paths of the regular files. */
  readonly paths: readonly ExactPath[];
  /** Why it could not be deleted whole: a clause for messages; undefined when nothing is in the way. */
  readonly obstacle: string | undefined;
}

/** Looks at a folder, or at a single file or link, which counts as one file. */
export function readTree(path: ExactPath): Tree {
  const found: Found = { files: 0, bytes: 0, paths: [] };
  const entry = lstatSync(path);
  const course = { device: entry.dev, mounts: mountPoints(), found };
  const obstacle = entry.isDirectory() ? walk(path, course) : look(path, entry, course);
  return { ...found, obstacle };
}

/** Whether something is mounted at a folder: it lies on another device than its parent, or the system lists it. */
export function isMountPoint(path: string): boolean {
  return lstatSync(path).dev !== lstatSync(join(path, "..")).dev || mountPoints().has(path);
}

interface Found {
  files: number;
  bytes: number;
  readonly paths: ExactPath[];
}

interface Walk {
  readonly device: number;
  readonly mounts: ReadonlySet<string>;
  readonly found: Found;
}

/** A single file can be mounted too, and deleting the rest around it would leave half a folder. */
function look(path: ExactPath, entry: Stats, course: Walk): string | undefined {
  const { device, mounts, found } = course;
  if (mounts.has(String(path)) || (entry.isDirectory() && entry.dev !== device))
    return `${path} is a mount point`;
  if (entry.isDirectory()) return walk(path, course);
  found.files++;
  found.bytes += entry.size;
  if (entry.isFile()) found.paths.push(path);
  return undefined;
}

function walk(folder: ExactPath, course: Walk): string | undefined {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const name of exactNames(folder)) {
      const path = below(folder, name);
      const entry = lstatSync(path, { throwIfNoEntry: false });
      const obstacle = entry === undefined ? undefined : look(path, entry, course);
      if (obstacle !== undefined) return obstacle;
    }
    return undefined;
  } catch (error) {
    // Files come and go while it is looked at.
    if (systemErrorCode(error) === "ENOENT") return undefined;
    return `${folder} cannot be deleted from: ${messageOf(error)}`;
  }
}

/** Linux lists bind mounts here, which no device number gives away; other systems have none. */
function mountPoints(): Set<string> {
  try {
    const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return new Set(lines.map((line) => unescaped(line.split(" ")[4] ?? "")));
  } catch {
    return new Set();
  }
}

/** Spaces and the like are written as three octal digits. */
function unescaped(path: string): string {
  if (!path.includes("\\")) return path;
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

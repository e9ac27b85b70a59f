/**
 * What a folder contains, looked at without following any symbolic link and without crossing into another file system.
 */
import { accessSync, constants, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, systemErrorCode } from "../errors.ts";

export interface TreeSize {
  /** Everything that is no folder. */
  readonly files: number;
  readonly bytes: number;
}

export interface Tree extends TreeSize {
  /** Absolute paths of the regular files. */
  readonly paths: readonly string[];
  /** Why it could not be deleted whole: a clause for messages; undefined when nothing is in the way. */
  readonly obstacle: string | undefined;
}

/** Looks at a folder, or at a single file or link, which counts as one file. */
export function readTree(path: string): Tree {
  const found = { files: 0, bytes: 0, paths: [] as string[] };
  const entry = lstatSync(path);
  const mounts = mountPoints();
  const obstacle = entry.isDirectory() ? walk(path, entry.dev, mounts, found) : leaf(path, mounts, found);
  return { ...found, obstacle };
}

/** Whether something is mounted at a folder: it lies on another device than its parent, or the system lists it. */
export function isMountPoint(path: string): boolean {
  return lstatSync(path).dev !== lstatSync(join(path, "..")).dev || mountPoints().has(path);
}

function walk(
  folder: string,
  device: number,
  mounts: ReadonlySet<string>,
  found: { files: number; bytes: number; paths: string[] },
): string | undefined {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (mounts.has(path) || lstatSync(path).dev !== device) return `${path} is a mount point`;
        const obstacle = walk(path, device, mounts, found);
        if (obstacle !== undefined) return obstacle;
      } else {
        const obstacle = leaf(path, mounts, found);
        if (obstacle !== undefined) return obstacle;
      }
    }
    return undefined;
  } catch (error) {
    // Files come and go while it is looked at.
    if (systemErrorCode(error) === "ENOENT") return undefined;
    return `${folder} cannot be deleted from: ${messageOf(error)}`;
  }
}

/** A single file can be mounted too, and deleting the rest around it would leave half a folder. */
function leaf(
  path: string,
  mounts: ReadonlySet<string>,
  found: { files: number; bytes: number; paths: string[] },
): string | undefined {
  if (mounts.has(path)) return `${path} is a mount point`;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  found.files++;
  found.bytes += stat.size;
  if (stat.isFile()) found.paths.push(path);
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

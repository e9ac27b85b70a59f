/**
 * Digests of model files that were proved before, so that not every command has to read 23 MB to find out what it knew.
 *
 * A file is taken for what it was while its size, its times and its inode are the same: nobody can set the time of
 * its last change back. The list lies in the user's own cache folder, outside of every project, and is only ever a
 * short way: whatever is wrong with it, the file is read.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModelFile } from "../../project/index.ts";
import { writeOwnFile } from "../../system/files/index.ts";
import { userCacheFolder } from "../../system/index.ts";

/** A change right after the file was read might leave its times as they are. */
const SETTLED_MS = 3_000;
/** Files that are remembered at most: those of a few models in a few places. */
const MOST_FILES = 64;

interface Remembered {
  readonly stamp: string;
  readonly sha256: string;
}

/** Whether the file was proved to have this digest, and nothing has happened to it since. Never throws. */
export function isRemembered(path: string, file: ModelFile): boolean {
  const stamp = stampOf(path);
  const known = stamp === undefined ? undefined : readList()[path];
  return known !== undefined && known.stamp === stamp && known.sha256 === file.sha256;
}

/** What identifies the content of a file now; undefined where it was changed a moment ago, or cannot be looked at. */
export function stampOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs, mtimeNs, ctimeMs, ctimeNs } = statSync(path, { bigint: true });
    if (Date.now() - Math.max(Number(mtimeMs), Number(ctimeMs)) < SETTLED_MS) return undefined;
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}

/**
 * Notes that the file has this digest. Never throws: without the note, the file is read again next time.
 *
 * @param stamp of the file before it was read
 */
export function remember(path: string, file: ModelFile, stamp: string | undefined): void {
  if (stamp === undefined || stampOf(path) !== stamp) return;
  const place = listPath();
  if (place === undefined) return;
  try {
    const others = Object.entries(readList()).filter(([known]) => known !== path);
    const files = Object.fromEntries([
      ...others.slice(1 - MOST_FILES),
      [path, { stamp, sha256: file.sha256 }],
    ]);
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    writeOwnFile(place, JSON.stringify({ version: 1, files }), { mode: 0o600 });
  } catch {
    // There is no folder that it could lie in.
  }
}

/** A list that somebody else could have written says nothing. */
function readList(): Readonly<Record<string, Remembered>> {
  const place = listPath();
  if (place === undefined) return {};
  try {
    const stat = statSync(place);
    const uid = process.getuid?.();
    if (!stat.isFile() || stat.size > 1 << 20) return {};
    if (uid !== undefined && (stat.uid !== uid || (stat.mode & 0o022) !== 0)) return {};
    const { version, files } = JSON.parse(readFileSync(place, "utf8")) as Record<string, unknown>;
    return version === 1 && typeof files === "object" && files !== null
      ? (files as Record<string, Remembered>)
      : {};
  } catch {
    return {};
  }
}

/** In the user's cache folder, by the custom of the system; undefined where there is none. */
function listPath(): string | undefined {
  const folder = userCacheFolder();
  return folder === undefined ? undefined : join(folder, "amalfa", "model-digests.json");
}

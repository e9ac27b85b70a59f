/**
 * The folders of the projects that this process is at work in.
 *
 * What a command does it does by path, and takes minutes; meanwhile the project's folder can be moved away, and another
 * one put in its place. So the folder is held open from the first look on, and whoever is about to make, replace or
 * remove something in it asks here whether its path still leads to it.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, statSync } from "node:fs";
import { sep } from "node:path";
import { AmalfaError, systemErrorCode } from "../errors.ts";
import { identityOf } from "./anchored.ts";

interface Held {
  /** Device and inode. */
  readonly identity: string;
  /** Kept open, so that the system gives the inode to nothing else; undefined where that is not permitted. */
  readonly fd: number | undefined;
  users: number;
}

const held = new Map<string, Held>();

/** Holds a project's root until it is let go of; of one that is held already the first look counts. */
export function holdRoot(root: string): Disposable {
  const now = held.get(root) ?? opened(root);
  // There is nothing to be replaced yet.
  if (now === undefined) return { [Symbol.dispose]: () => {} };
  now.users++;
  held.set(root, now);
  let isHeld = true;
  return {
    [Symbol.dispose]: () => {
      if (!isHeld) return;
      isHeld = false;
      if (--now.users > 0) return;
      held.delete(root);
      if (now.fd !== undefined) closeSync(now.fd);
    },
  };
}

/**
 * To be called right before something at or below `path` is made, replaced or removed. Throws `root.replaced` where it
 * lies in a root that is held and its path leads elsewhere by now, and `root.invalid` where it leads nowhere.
 */
export function requireHeldRoot(path: string): void {
  for (const [root, { identity }] of held) {
    if (path !== root && !path.startsWith(root.endsWith(sep) ? root : root + sep)) continue;
    const now = identityAt(root);
    if (now === identity) continue;
    if (now === undefined) throw vanishedRoot(root);
    throw new AmalfaError(
      "root.replaced",
      `${root} was moved away while the command worked, and something else was put in its place. ` +
        "What is there now was left alone.",
    );
  }
}

/** The name of the folder that holds everything derived from a project. */
export const DATA_DIRECTORY = ".amalfa";

/** Folders in it that must be folders; that of the cache may lie elsewhere. */
const NEVER_LINKED: ReadonlySet<string> = new Set(["runtime", "logs", "quarantine"]);

/**
 * As `requireHeldRoot`, for what lies in `.amalfa`. Throws `data.link` as well, where that, or a folder in it on the
 * way, is a link: one that came with the project, or was put there a moment ago, would have everything made, replaced
 * or removed wherever it leads.
 */
export function requireOwnPlace(path: string): void {
  requireHeldRoot(path);
  const parts = path.split(sep);
  const at = parts.lastIndexOf(DATA_DIRECTORY);
  if (at === -1) return;
  const ends = NEVER_LINKED.has(parts[at + 1] ?? "") ? [at + 1, at + 2] : [at + 1];
  for (const folder of ends.map((end) => parts.slice(0, end).join(sep))) {
    if (!isLink(folder)) continue;
    throw new AmalfaError("data.link", `${folder} is a symbolic link. Nothing was made through it.`);
  }
}

/** The error for a root that is not there any more. */
export function vanishedRoot(root: string): AmalfaError {
  return new AmalfaError(
    "root.invalid",
    `${root} was moved or deleted meanwhile. Nothing was made in its place.`,
    { hint: "Run the command again where the project is now." },
  );
}

function opened(root: string): Held | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
    return { identity: identityOf(fstatSync(fd, { bigint: true })), fd, users: 0 };
  } catch {
    // A folder may be entered and not be read.
    const identity = identityAt(root);
    return identity === undefined ? undefined : { identity, fd, users: 0 };
  }
}

function identityAt(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? undefined : identityOf(stat);
  } catch (error) {
    // A file, or a link in a circle, is in the place of a folder above.
    if (["ENOTDIR", "ELOOP"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw error;
  }
}

/** What may not be looked at nothing can be made in either. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

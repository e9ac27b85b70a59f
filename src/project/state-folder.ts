/** Where amalfa keeps what belongs to its user and to no project. */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { liesBelow, realPath } from "../system/files/index.ts";

/** `$XDG_STATE_HOME/amalfa`, on Windows in `%LOCALAPPDATA%`. */
export function userStateFolder(): string {
  const { XDG_STATE_HOME = "", LOCALAPPDATA = "" } = process.env;
  const usual =
    process.platform === "win32" && isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : join(homedir(), ".local/state");
  return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : usual, "amalfa");
}

/** Bits of a mode that let anybody but the owner in. */
const OTHERS = 0o077;

/** Whether nobody but this user can have written it. Throws where it is not there. */
export function isOwn(path: string): boolean {
  return whyNotOwn(path) === undefined;
}

/**
 * Why somebody else can have written it, as a clause without its subject; a link is nobody's. Windows has no such
 * modes: there a user's folder is the user's. Throws where it is not there.
 */
export function whyNotOwn(path: string): string | undefined {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return "is a symbolic link";
  if (process.getuid === undefined) return undefined;
  if (stats.uid !== process.getuid()) return `belongs to user ${stats.uid}`;
  const mode = stats.mode & 0o777;
  return (mode & OTHERS) === 0 ? undefined : `lets others in (mode ${mode.toString(8)})`;
}

/**
 * Makes a folder that nobody but this user may enter, and shuts one that others may. What a link in its place leads to
 * is left as it is. Throws what the file system throws, and for a link.
 */
export function makeOwnFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!lstatSync(folder).isDirectory()) throw new Error(`${folder} is a link, and no folder of its own`);
  chmodSync(folder, 0o700);
}

/**
 * Whether a project holds a folder of the user's state, and so could bring along what only its user may say. Not so
 * where it is the user's own home that is the project.
 */
export function holdsStateOfItsOwn(root: string, folder: string): boolean {
  return liesBelow(root, folder) && !homes().some((home) => home === root || liesBelow(root, home));
}

/** By the user database, which no variable of the environment changes. */
function homes(): string[] {
  try {
    return [realPath(userInfo().homedir)];
  } catch {
    return [];
  }
}

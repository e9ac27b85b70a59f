/**
 * The token that a server on the loopback interface makes for itself, and keeps over its starts so that clients keep
 * theirs.
 *
 * It is kept in the folder of the user's state, by the project's root. Clients find a copy in the project, which is
 * written anew at each start and never read: whatever came with the folder under that name is no secret of ours (I14).
 */
import { join } from "node:path";
import {
  holdsStateOfItsOwn,
  isOwn,
  makeOwnFolder,
  type Project,
  userStateFolder,
} from "../../project/index.ts";
import { oddKindAt, readSmallFile, removeOwnFile, writeOwnFile } from "../../system/files/index.ts";
import { digestOf, makeToken } from "./tokens.ts";

export interface LocalToken {
  readonly token: string;
  /** Absolute path of the file that clients find it in. */
  readonly file: string;
}

/** Throws what the file system throws where the copy cannot be written. */
export function localToken({ root, paths }: Pick<Project, "root" | "paths">): LocalToken {
  const token = keptToken(root);
  const file = localTokenFile(paths);
  writeOwnFile(file, `${token}\n`, { mode: 0o600 });
  return { token, file };
}

/** Takes the copy out of the project of a server whose tokens are others: it would open nothing. Never throws. */
export function withdrawLocalToken({ paths }: Pick<Project, "paths">): void {
  try {
    removeOwnFile(localTokenFile(paths));
  } catch {
    // Then it stays, and opens nothing.
  }
}

/** Where clients find it; there is no such file while other tokens are in force. */
export function localTokenFile({ runtime }: Pick<Project["paths"], "runtime">): string {
  return join(runtime, "server-token");
}

/** Where it cannot be kept, or the project itself holds the folder, there is a new one each time. */
function keptToken(root: string): string {
  const folder = join(userStateFolder(), "server-tokens");
  const token = makeToken();
  if (holdsStateOfItsOwn(root, folder)) return token;
  const kept = join(folder, digestOf(root));
  try {
    makeOwnFolder(folder);
    const found = readKept(folder, kept);
    if (found !== undefined) return found;
    writeOwnFile(kept, `${token}\n`, { mode: 0o600 });
  } catch {
    // Then clients have to be given the next one.
  }
  return token;
}

/** Undefined for whatever somebody else could have written. */
function readKept(folder: string, file: string): string | undefined {
  try {
    if (!isOwn(folder) || !isOwn(file) || oddKindAt(file) !== undefined) return undefined;
    const text = readSmallFile(file).trim();
    return /^amalfa_[\w-]{43}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

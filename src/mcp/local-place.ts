/**
 * Where a server of this user is found by this user's other processes: a socket in a folder that nobody else may enter.
 * A port proves nothing, since anybody may listen on it.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { userStateFolder } from "../project/index.ts";

export interface LocalPlace {
  readonly folder: string;
  /** Of one version: processes of different ones do not meet. */
  readonly socket: string;
}

export function localPlace(version: string): LocalPlace {
  const folder = join(userStateFolder(), "server");
  return { folder, socket: join(folder, `${version}.sock`) };
}

/** Whether a folder is this user's, and nobody else may enter it. Windows has no such modes. */
export function isPrivate(folder: string): boolean {
  const own = process.getuid?.();
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return (
    own !== undefined && stats?.isDirectory() === true && stats.uid === own && (stats.mode & 0o077) === 0
  );
}

/** What a bridge says first, and whether the server takes it: a line each. */
export interface BridgeGreeting {
  /** Absolute root of the project that the client asks about. */
  readonly root: string;
}

export const GREETED = "ok";

/** Whether a file could be created with the folders above it, found out without creating anything (I5). */
import { accessSync, constants, lstatSync, type Stats, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { realPlace } from "../../system/files/index.ts";
import { accessReason, systemErrorCode } from "../../system/index.ts";

/**
 * Linux file systems in which nobody creates a file, and where permissions do not tell: proc and sysfs
 * (`linux/magic.h`).
 */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x9fa0, 0x62656572]);

/**
 * Why the file at an absolute path could not be created, a clause; undefined when nothing is known to be in the way.
 */
export function obstacleTo(path: string): string | undefined {
  let folder = dirname(path);
  try {
    let stat = look(folder);
    while (stat === undefined && dirname(folder) !== folder) {
      folder = dirname(folder);
      stat = look(folder);
    }
    if (stat?.isDirectory() !== true) return `${folder} is not a folder`;
    accessSync(folder, constants.W_OK | constants.X_OK);
    const kernels = process.platform === "linux" && KERNEL_FILE_SYSTEMS.has(Number(statfsSync(folder).type));
    return kernels ? `nothing can be created in ${folder}` : undefined;
  } catch (error) {
    return `${folder} cannot be written: ${accessReason(error)}`;
  }
}

/**
 * What of a symbolic link keeps a file from being opened or made through it, a clause; undefined where that is no link,
 * or one that leads to a place that is there.
 */
export function brokenLinkAt(path: string): string | undefined {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
    const place = realPlace(path);
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return undefined;
    return statSync(dirname(place), { throwIfNoEntry: false })?.isDirectory() === true
      ? undefined
      : `it is a symbolic link to ${place}, where there is no folder`;
  } catch (error) {
    return systemErrorCode(error) === "ELOOP" ? "it is a symbolic link that leads in a circle" : undefined;
  }
}

/** A folder below a file is as missing as any other; the file turns up further above. */
function look(folder: string): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

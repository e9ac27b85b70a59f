/** Whether a file could be created with the folders above it, found out without creating anything (I5). */
import { accessSync, constants, type Stats, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
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

/** A folder below a file is as missing as any other; the file turns up further above. */
function look(folder: string): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

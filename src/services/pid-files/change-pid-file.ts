/**
 * Writing and removing PID files.
 *
 * - A file appears whole or not at all, under a lock that all who change PID files take; it is replaced by renaming.
 * - It is removed only by whoever it belongs to, or when what it names is proved to be gone.
 */
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { ProjectPaths } from "../../config/paths.ts";
import { runningError, unknownError } from "../service-errors.ts";
import { pidFilesLockPath } from "../service-files.ts";
import { judgePidFile } from "./judge-pid-file.ts";
import { lifeLockPath } from "./life-lock.ts";
import { readPidFile } from "./pid-file.ts";
import { withPidFilesLock } from "./pid-files-lock.ts";
import type { ServiceRecord } from "./service-record.ts";

/**
 * Puts a PID file in place, for this process or, where a service has lost its own, for the process whose identity was proved.
 * Throws as `registerService` does.
 */
export function writePidFile(paths: ProjectPaths, path: string, pid: number, record: ServiceRecord): void {
  withPidFilesLock(pidFilesLockPath(paths), () => {
    const judged = judgePidFile(path, { root: paths.root });
    if (judged.kind === "unknown") throw unknownError(record.service, path, judged.reason);
    if (judged.kind === "ours" && judged.pid !== pid) throw runningError(record.service, judged.pid);
    placePidFile(path, pid, record, judged.kind === "absent" ? "create" : "replace");
  });
}

/** Removes a PID file that still is the one that was judged. True when it is gone. */
export function removePidFile(paths: ProjectPaths, path: string, stamp: string): boolean {
  return withPidFilesLock(pidFilesLockPath(paths), () => {
    const file = readPidFile(path);
    if (file.kind === "absent") return true;
    if (file.kind === "unreadable" || file.stamp !== stamp) return false;
    rmSync(path);
    rmSync(lifeLockPath(path), { force: true });
    return true;
  });
}

/** Puts a PID file in place, whole. The caller holds the lock and has looked at the file. `create` never overwrites: what is not looked at under the lock is not replaced. */
export function placePidFile(
  path: string,
  pid: number,
  record: ServiceRecord,
  how: "create" | "replace",
): void {
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${pid}\n${JSON.stringify(record)}\n`);
    if (how === "create") linkSync(temporary, path);
    else renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

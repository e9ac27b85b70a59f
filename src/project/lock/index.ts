/** The maintenance lock: init, rebuild, reset and the watcher's batches exclude one another. */

export {
  currentLockHolder,
  describeHolder,
  ingestAtWork,
  type LockHolder,
  type MaintenanceLock,
  namelessLockHolders,
  readLockHolder,
  takeMaintenanceLock,
  whoIsAtWork,
  withMaintenanceLock,
} from "./lock.ts";
export { lockFiles, takeLockFile } from "./take-lock-file.ts";
export { unavailable as lockUnavailable } from "./unavailable.ts";

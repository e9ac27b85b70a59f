/** Opening SQLite files so that processes can share them. */
export { databaseFiles, nameOpeners } from "./database-files.ts";
export {
  isBusy,
  isDamage,
  isInputOutput,
  isReadOnly,
  isUnopenable,
  sqliteCode,
  sqliteFault,
} from "./errors.ts";
export { isLockFree, isLockHeld, lockFile, lockHolders } from "./lock-file.ts";
export { closeInPlace, placeOf } from "./moved.ts";
export { BESIDE, refuseOddFiles } from "./odd-files.ts";
export {
  BUSY_TIMEOUT_MS,
  type OpenOptions,
  openRolledBack,
  openShared,
  openToRead,
  openToWrite,
  openUnlocked,
  type ReadingConnection,
  readPragma,
  Unshareable,
  type View,
  writeTransaction,
} from "./open.ts";

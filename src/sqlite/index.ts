/** Opening SQLite files so that processes can share them. */
export {
  BESIDE,
  databaseFiles,
  isInDataDirectory,
  mayBecomeDatabase,
  nameOpeners,
} from "./database-files.ts";
export {
  isBusy,
  isDamage,
  isInputOutput,
  isReadOnly,
  isUnopenable,
  sqliteCode,
  sqliteFault,
} from "./errors.ts";
export { linkedBeside } from "./linked-beside.ts";
export { isLockFree, isLockHeld, lockFile, lockHolders } from "./lock-file.ts";
export { foldLogIn, logPages } from "./log.ts";
export { refusalBehind, shortageBehind } from "./obstacles.ts";
export {
  closeInPlace,
  type OpenOptions,
  openInOwnPlace,
  openRolledBack,
  openShared,
  openToRead,
  openToWrite,
  openUnlocked,
  placeOf,
  type ReadingConnection,
  readPragma,
  readTransaction,
  Unshareable,
  type View,
  writeTransaction,
} from "./open.ts";
export { namesOf } from "./own-file.ts";
export { busyTimeout, MOMENT_MS, waitNoLongerThan } from "./patience.ts";
export {
  namesOfObjects,
  type OthersObjects,
  objectsOfOthers,
  type SchemaObject,
  schemaObjects,
} from "./schema-objects.ts";
export { ScratchFolder } from "./scratch-folder.ts";
export { hasUnwritableHeader, UNWRITABLE } from "./unwritable.ts";

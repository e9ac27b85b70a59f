/** Opening SQLite files so that processes can share them. */
export { databaseFiles, nameOpeners } from "./database-files.ts";
export { lockFile } from "./lock-file.ts";
export {
  BUSY_TIMEOUT_MS,
  isBusy,
  type OpenOptions,
  openForReading,
  openForWriting,
  openImmutable,
  openToRead,
  openToRollBack,
  type ReadingConnection,
  readPragma,
  sqliteCode,
  Unshareable,
  type View,
  writeTransaction,
} from "./open.ts";

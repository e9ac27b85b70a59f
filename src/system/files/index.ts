/** Files and folders: where paths lead, replacing files, trees. */

export { AnchoredFolder, Displaced } from "./anchored.ts";
export {
  below,
  type ExactPath,
  exactNames,
  isUncertain,
  realPath,
  requireCertain,
  requireDecodedFolder,
} from "./decoded.ts";
export { HeldEntry } from "./held-entry.ts";
export { DATA_DIRECTORY, holdRoot, requireHeldRoot, requireOwnPlace, vanishedRoot } from "./held-root.ts";
export { oddKindAt, oddKindBehind, readSmallBytes, readSmallFile } from "./kind.ts";
export { remoteFileSystem } from "./network.ts";
export {
  createOwnFile,
  makeEmptyFile,
  makeFolderInPlace,
  openOwnFolder,
  removeOwnFile,
  writeOwnFile,
} from "./own-file.ts";
export {
  CODE_EXTENSIONS,
  hasDatabaseName,
  isBelow,
  isCode,
  isMarkdown,
  isSameFile,
  liesBelow,
  MARKDOWN_EXTENSIONS,
  realPlace,
} from "./paths.ts";
export {
  createFile,
  type FileSnapshot,
  isTemporaryReplacement,
  readSnapshot,
  replaceFile,
  temporaryName,
} from "./replace.ts";
export { areOnOneDisk, existingFolder, LEAST_ROOM_BYTES, type Shortage, shortageIn } from "./room.ts";
export { isMountPoint, readTree, type TreeSize } from "./tree.ts";

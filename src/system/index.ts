/** What the machine tells, without a word of what amalfa is about: errors, memory, output. */

export { childProcess, programFolders, systemProgram } from "./child-process.ts";
export { keepFromLastCompiler } from "./compilers.ts";
export { calendarDay, DATE_PATTERN, isoTime, isRelativeDate } from "./dates.ts";
export { EXIT, type ExitStatus, REINSTALL } from "./error-entry.ts";
export {
  AmalfaError,
  accessReason,
  clauseOf,
  type ErrorCode,
  foreseen,
  interrupted,
  isAccessDenied,
  isErrorCode,
  messageOf,
  systemErrorCode,
  writeHint,
  writeReason,
} from "./errors.ts";
export {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatModel,
  formatNumberOf,
} from "./format.ts";
export { GarbageWatch } from "./memory.ts";
export { lowLimitOfFiles, saysTooManyFiles } from "./open-files.ts";
export { sendStrayOutputToStderr } from "./output.ts";
export { dayOf, otherNamesOf, pageNameOf, statedDate } from "./page-names.ts";
export { PACKAGE_FOLDER, programFile, programStamp } from "./program.ts";
export {
  editDistance,
  escaped,
  escapedAsInJson,
  escapedLines,
  manyLines,
  oneLine,
  shortened,
  splitsPair,
  startOf,
} from "./text.ts";
export { userCacheFolder } from "./user-folders.ts";
export {
  bitCount,
  cosine,
  dot,
  LEAST_COSINE_OF_ONE_TEXT,
  seedOfDigits,
  seedOfText,
  vectorChecksum,
} from "./vectors.ts";
export const loadJsonMember = () => import("./json-member.ts");
export { settledWithin } from "./wait.ts";
export { Warm } from "./warm.ts";

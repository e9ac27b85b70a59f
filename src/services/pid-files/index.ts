/** PID files: who a service says it is, and whether that is so. */
export {
  judgePidFile,
  judgeSettledPidFile,
  livenessLockOwners,
  type PidFileJudgement,
  strangersAtLock,
} from "./judge.ts";
export {
  answerTo,
  callerToken,
  healthPortOf,
  listPidFiles,
  readNonce,
  type ServiceRecord,
} from "./pid-file.ts";
export { registerService, removePidFile, type ServiceRegistration, writePidFile } from "./write.ts";

/** PID files: who a service says it is, and whether that is so. */
export { judgePidFile, judgeSettledPidFile, type PidFileJudgement } from "./judge.ts";
export { livenessLockOwners, strangersAtLock } from "./liveness-lock.ts";
export {
  answerTo,
  callerToken,
  healthPortOf,
  listPidFiles,
  readNonce,
  type ServiceRecord,
} from "./pid-file.ts";
export { registerService, removePidFile, type ServiceRegistration, writePidFile } from "./write.ts";

/** PID files: who a service says it is, and whether that is so. */
export { judgePidFile, judgeSettledPidFile, livenessLockOwners, type PidFileJudgement } from "./judge.ts";
export { answerTo, callerToken, readNonce } from "./nonce.ts";
export { healthPortOf, listPidFiles, type ServiceRecord } from "./pid-file.ts";
export { registerService, removePidFile, type ServiceRegistration, writePidFile } from "./write.ts";

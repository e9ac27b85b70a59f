/** Processes: who they are, ending them, and which have a file open. */

export { endProcess } from "./end.ts";
export { readerLockHolders, writerLockHolders } from "./file-locks.ts";
export {
  describeFileHolder,
  type FileHolder,
  findFileHolders,
  hasEnded,
  isAlive,
  nameProcesses,
} from "./holders.ts";
export {
  isOfOtherNamespace,
  isPid,
  isSameProcess,
  isStopped,
  type ProcessIdentity,
  readPidNamespace,
  readProcessIdentity,
} from "./identity.ts";
export { listeningPorts, memoryOf } from "./list.ts";
export { hasOpen, type LockOwner, lockOwners, sharesNamespaces } from "./lock-owners.ts";
export { bunProgram, dieWithParent, environmentOfService } from "./own-program.ts";
export { otherUserOf } from "./owner.ts";
export { whyNothingIsKnown } from "./proc.ts";
export { whenStuck } from "./stuck.ts";

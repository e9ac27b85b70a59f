/** The processes that run in the background: starting, listing and stopping them, and what they have in common. */

export { type Health, isHealthOf, notReadyReason, probeHealth, probeService } from "./health.ts";
export {
  listServices,
  type RunningService,
  runningServices,
  type ServiceState,
  type ServiceStatus,
} from "./list.ts";
export { rotateLog } from "./log.ts";
export { readBody, startLoopbackServer } from "./loopback-server.ts";
export { adoptOrphan, findOrphans, type Orphan, recordOf } from "./orphans.ts";
export { strangersAtLock } from "./pid-files/index.ts";
export {
  BACKGROUND_SERVICES,
  type BackgroundService,
  endingWith,
  othersError,
  othersReason,
  pidFilePath,
  type ServedBy,
  serviceOfPidFile,
  serviceTitle,
} from "./service.ts";
export type { StartReport } from "./start.ts";
export type { StoppedService, StopReport } from "./stop.ts";

export const loadStart = () => import("./start.ts");
export const loadStop = () => import("./stop.ts");
export const loadRun = () => import("./run.ts");

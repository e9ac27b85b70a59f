/** Services of a project that are running and proved to be its own. */
import type { ProjectPaths } from "../config/paths.ts";
import { judgePidFile } from "../services/pid-files/judge-pid-file.ts";
import { listPidFiles } from "../services/pid-files/list-pid-files.ts";
import { serviceOfPidFile } from "../services/service-files.ts";

export interface RunningService {
  readonly service: string;
  readonly pid: number;
}

/** By their PID files, sorted by the files' names. Looks only. */
export function runningServices(paths: ProjectPaths): RunningService[] {
  return listPidFiles(paths).flatMap((file) => {
    const judged = judgePidFile(file, { root: paths.root });
    const service = serviceOfPidFile(file);
    return judged.kind === "ours" ? [{ service, pid: judged.pid }] : [];
  });
}

/** All PID files of a project, ours and those of earlier versions, each with what it means. */
import type { ProjectPaths } from "../../config/paths.ts";
import { AmalfaError, systemErrorCode } from "../../errors.ts";
import { judgePidFile, type PidFileJudgement } from "../../services/pid-files/judge-pid-file.ts";
import { listPidFiles } from "../../services/pid-files/list-pid-files.ts";
import { serviceOfPidFile, serviceTitle } from "../../services/service-files.ts";

export interface JudgedPidFile {
  readonly path: string;
  /** As in `serviceOfPidFile`. */
  readonly service: string;
  /** What people call the service. */
  readonly title: string;
  readonly judged: PidFileJudgement;
}

export function judgedPidFiles(paths: ProjectPaths): JudgedPidFile[] {
  return pathsOf(paths).map((path) => {
    const service = serviceOfPidFile(path);
    return { path, service, title: serviceTitle(service), judged: judgePidFile(path, { root: paths.root }) };
  });
}

function pathsOf(paths: ProjectPaths): string[] {
  try {
    return listPidFiles(paths);
  } catch (error) {
    // Where `.amalfa` or its runtime folder is no folder, layout.access says so, and there is no PID file.
    if (error instanceof AmalfaError && systemErrorCode(error.cause) === "ENOTDIR") return [];
    throw error;
  }
}

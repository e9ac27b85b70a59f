/**
 * `pid.foreign`: PID files whose PID belongs to another program by now. The process is a stranger and is never
 * touched (I6).
 */

import type { ProjectPaths } from "../../../project/index.ts";
import { serviceOfPidFile, serviceTitle } from "../../../services/index.ts";
import {
  judgePidFile,
  listPidFiles,
  livenessLockOwners,
  type PidFileJudgement,
  removePidFile,
} from "../../../services/pid-files/index.ts";
import { AmalfaError, systemErrorCode } from "../../../system/index.ts";
import { whyNothingIsKnown } from "../../../system/process/index.ts";
import {
  type Check,
  type CheckOutcome,
  counted,
  type Finding,
  type FixContext,
  type FixTarget,
  outcomeOf,
  textOf,
} from "../check.ts";
import { foldersInPlaceOfPidFiles } from "../odd-entries.ts";

export const pidForeign: Check = {
  id: "pid.foreign",
  repair: removePid,
  async run({ project }): Promise<CheckOutcome> {
    const files = judgedPidFiles(project.paths);
    const findings = files.flatMap(({ path, title, judged, runsAs }) =>
      judged.kind !== "foreign"
        ? []
        : [
            {
              severity: "warning" as const,
              message: `${path} does not name the ${title} of this project: ${judged.reason}.`,
              why:
                runsAs === undefined
                  ? (shownHere(judged) ??
                    movedOrCopied(title, judged) ??
                    "The service has ended and the system has given its number " +
                      "to another process, which has nothing to do with it.")
                  : itself(title, runsAs),
              subject: path,
              ...(judged.shownFrom === undefined
                ? { fix: { action: "remove the PID file", target: { path, stamp: judged.stamp } } }
                : {}),
              commands: [],
            },
          ],
    );
    return outcomeOf(findings, "no PID file names another program");
  },
};

/*
 * `pid.stale`: PID files whose process is gone, and files that name no process. Judged by identity, not by the PID
 * alone (I6).
 */

export const pidStale: Check = {
  id: "pid.stale",
  repair: removePid,
  async run({ project }): Promise<CheckOutcome> {
    const files = judgedPidFiles(project.paths);
    const findings = files.flatMap(findingsOf);
    return outcomeOf(findings, describeCount(files.length));
  },
};

function describeCount(files: number): string {
  if (files === 0) return "there is no PID file";
  return counted(files, "1 PID file, which is not stale", "PID files, none of them stale");
}

/** One finding said that the service has ended, and the one of `service.orphan` below it that it runs. */
function itself(title: string, pid: number): string {
  return `The ${title} itself runs, as process ${pid}, and the file does not name it.`;
}

/** The file is that of the other project, whose service goes on. */
function shownHere({ shownFrom }: { readonly shownFrom?: string | undefined }): string | undefined {
  return shownFrom === undefined
    ? undefined
    : `The file is that of ${shownFrom}, whose runtime folder a mount or a link shows here. Take that away.`;
}

/** A service ends once its folder has gone, and cannot remove its file, which went with the folder. */
function movedOrCopied(
  title: string,
  { startedIn }: { readonly startedIn?: string | undefined },
): string | undefined {
  return startedIn === undefined
    ? undefined
    : `The ${title} was started in ${startedIn}, from where this folder was moved or copied; ` +
        "of a folder that is moved the services end by themselves.";
}

function findingsOf({ path, title, judged, runsAs }: JudgedPidFile): Finding[] {
  if (judged.kind === "dead") {
    return [
      stale(
        path,
        judged.stamp,
        runsAs === undefined
          ? `${path} says that the ${title} runs, but ${judged.reason}.`
          : `${path} does not name the ${title} of this project: ${judged.reason}.`,
        runsAs === undefined
          ? (movedOrCopied(title, judged) ??
              "It was ended without a chance to tidy up, by a crash or a restart of the machine.")
          : itself(title, runsAs),
      ),
    ];
  }
  if (judged.kind === "malformed") {
    return [
      stale(
        path,
        judged.stamp,
        `${path} is no PID file: ${judged.reason}.`,
        runsAs === undefined
          ? "A service that crashes while it starts leaves such a file."
          : itself(title, runsAs),
      ),
    ];
  }
  if (judged.kind !== "unknown") return [];
  return [
    {
      severity: "warning",
      message: `It cannot be told whether the ${title} runs: ${judged.reason} (${path}).`,
      why:
        whyNothingIsKnown() === undefined
          ? "amalfa takes it neither for running nor for dead, and leaves it alone. " +
            "Look at the process. If it is not amalfa's, delete the PID file."
          : "amalfa takes it neither for running nor for dead, and leaves it alone. Look from where it was started.",
      subject: path,
      commands: ["amalfa servers"],
    },
  ];
}

function stale(path: string, stamp: string, message: string, why: string): Finding {
  return {
    severity: "warning",
    message,
    why,
    subject: path,
    fix: { action: "remove the PID file", target: { path, stamp } },
    commands: [],
  };
}

/* All PID files of a project, ours and those of earlier versions, each with what it means. */

export interface JudgedPidFile {
  readonly path: string;
  /** As in `serviceOfPidFile`. */
  readonly service: string;
  /** What people call the service. */
  readonly title: string;
  readonly judged: PidFileJudgement;
  /** The process of the service, where it runs and the file does not name it. */
  readonly runsAs: number | undefined;
}

/** Without folders in the place of one, which layout.access names and moves. */
export function judgedPidFiles(paths: ProjectPaths): JudgedPidFile[] {
  const folders = new Set(foldersInPlaceOfPidFiles(paths));
  const files = pathsOf(paths).filter((path) => !folders.has(path));
  return files.map((path) => {
    const service = serviceOfPidFile(path);
    const judged = judgePidFile(path, { root: paths.root });
    const runsAs = judged.kind === "ours" ? undefined : livenessLockOwners(path)[0];
    return { path, service, title: serviceTitle(service), judged, runsAs };
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

/* Fix of `pid.stale`, and of `pid.foreign`, which needs the same: removes a PID file that still is what was judged. */

async function removePid(target: FixTarget, { project }: FixContext): Promise<string> {
  if (removePidFile(project.paths, textOf(target, "path"), textOf(target, "stamp"))) return "removed";
  throw new Error("it has changed since it was looked at, and was left alone");
}

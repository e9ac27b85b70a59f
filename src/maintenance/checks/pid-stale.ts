/** `pid.stale`: PID files whose process is gone, and files that name no process. Judged by identity, not by the PID alone (I6). */
import { type Check, type CheckOutcome, type Finding, outcomeOf } from "./check.ts";
import { type JudgedPidFile, judgedPidFiles } from "./judged-pid-files.ts";

export const pidStale: Check = {
  id: "pid.stale",
  title: "no PID file names a process that is gone",
  group: "services",
  lane: "services",
  fix: "remove the PID file",
  async run({ project }): Promise<CheckOutcome> {
    const files = judgedPidFiles(project.paths);
    const findings = files.flatMap(findingsOf);
    return outcomeOf(
      findings,
      files.length === 0 ? "there is no PID file" : `${files.length} PID files, none of them stale`,
    );
  },
};

function findingsOf({ path, title, judged }: JudgedPidFile): Finding[] {
  if (judged.kind === "dead") {
    return [
      stale(
        path,
        judged.stamp,
        `${path} says that the ${title} runs, and ${judged.reason}.`,
        "It was ended without a chance to tidy up, by a crash or a restart of the machine.",
      ),
    ];
  }
  if (judged.kind === "malformed") {
    return [
      stale(
        path,
        judged.stamp,
        `${path} is no PID file: ${judged.reason}.`,
        "A service that crashes while it starts leaves such a file.",
      ),
    ];
  }
  if (judged.kind !== "unknown") return [];
  return [
    {
      severity: "warning",
      message: `It cannot be told whether the ${title} runs: ${judged.reason} (${path}).`,
      why: "What is unknown is neither taken for running nor for dead, and stays as it is. Look at the process; if it is not amalfa's, delete the PID file.",
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

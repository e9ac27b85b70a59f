/** `pid.foreign`: PID files whose PID belongs to another program by now. The process is a stranger and is never touched (I6). */
import { type Check, type CheckOutcome, outcomeOf } from "./check.ts";
import { judgedPidFiles } from "./judged-pid-files.ts";

export const pidForeign: Check = {
  id: "pid.foreign",
  title: "no PID file names another program",
  group: "services",
  lane: "services",
  fix: "remove the PID file; the process is left alone",
  async run({ project }): Promise<CheckOutcome> {
    const files = judgedPidFiles(project.paths);
    const findings = files.flatMap(({ path, title, judged }) =>
      judged.kind !== "foreign"
        ? []
        : [
            {
              severity: "warning" as const,
              message: `${path} does not name the ${title} of this project: ${judged.reason}.`,
              why: "The service has ended and the system has given its number to another process, which has nothing to do with it.",
              subject: path,
              fix: { action: "remove the PID file", target: { path, stamp: judged.stamp } },
              commands: [],
            },
          ],
    );
    return outcomeOf(findings, "no PID file names another program");
  },
};

/** `logs.size`: logs past their limit. */

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rotateLog } from "../../../services/index.ts";
import { formatBytes, systemErrorCode } from "../../../system/index.ts";
import { type Check, type CheckOutcome, type FixTarget, outcomeOf, textOf } from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const logsSize: Check = {
  id: "logs.size",
  repair: rotate,
  async run({ project }): Promise<CheckOutcome> {
    const findings = logFiles(project.paths.logs)
      .filter(({ bytes }) => bytes > THRESHOLDS.logSize)
      .map(({ path, bytes }) => ({
        severity: "warning" as const,
        message: `${path} has ${formatBytes(bytes)}.`,
        why:
          `Logs are meant to stay under ${formatBytes(THRESHOLDS.logSize)}; ` +
          "a service that fails again and again fills the disk with them.",
        subject: path,
        fix: { action: "rotate it", target: { path } },
        commands: [],
      }));
    return outcomeOf(findings, `no log is over ${formatBytes(THRESHOLDS.logSize)}`);
  },
};

function logFiles(folder: string): { path: string; bytes: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith(".log"))
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true ? [{ path, bytes: stat.size }] : [];
    });
}

/* The fix: rotates a log while its service runs, which is safe since a service opens the log anew for each line. */

async function rotate(target: FixTarget): Promise<string> {
  const path = textOf(target, "path");
  return rotateLog(path, THRESHOLDS.logSize) ? `rotated to ${path}.1` : "within its limit already";
}

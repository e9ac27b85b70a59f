/** The doctor as another program, with fewer rights, or on another file system. */
import { spawnSync } from "node:child_process";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { CLI } from "./amalfa.ts";
import { DOCTOR_ENV } from "./doctor.ts";
import { inOwnMounts } from "./own-mounts.ts";
import { WITHOUT_OVERRIDE } from "./privileges.ts";

/** Generous: it only ends tests that would fail, and a busy machine takes its time. */
export const TIMEOUT = 600_000;

const LONGEST_MS = 300_000;

interface Run {
  readonly status: number | null;
  readonly report: DoctorReport;
}

function run(command: readonly string[], cwd: string): Run {
  const [program = "", ...args] = command;
  const env = { ...process.env, ...DOCTOR_ENV };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: LONGEST_MS,
  });
  try {
    return { status, report: JSON.parse(stdout) as DoctorReport };
  } catch {
    throw new Error(`no report (status ${status}): ${stdout}\n${stderr}`);
  }
}

/** Runs the program at `cli` as it is. */
export function doctorOf(cli: string, root: string, ...args: string[]): Run {
  return run([process.execPath, cli, "--root", root, "doctor", "--json", ...args], root);
}

/** Runs the program held to the permissions of files, which root by itself is not. */
export function withoutOverride(root: string, ...args: string[]): Run {
  return run([...WITHOUT_OVERRIDE, process.execPath, CLI, "--root", root, "doctor", "--json", ...args], "/");
}

/** Runs a shell script where it may mount, and then the doctor. */
export function doctorInOwnMounts(script: string, root: string, ...args: string[]): Run {
  return run(inOwnMounts(script, [process.execPath, CLI, "--root", root, "doctor", "--json", ...args]), "/");
}

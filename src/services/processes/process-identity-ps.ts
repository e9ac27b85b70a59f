/** Process identity on macOS, which has no `/proc`: what `ps` and `sysctl` print. */
import { spawnSync } from "node:child_process";
import type { ProcessReading } from "./process-reading.ts";

/** How long `ps` may take, in milliseconds. */
const PS_TIMEOUT_MS = 5_000;

export function readProcessWithPs(pid: number): ProcessReading {
  const output = run("ps", ["-ww", "-o", "stat=,lstart=,command=", "-p", String(pid)]);
  return parsePsLine(output, pid, readBootSession());
}

/**
 * Understands one line of `ps -o stat=,lstart=,command=`, such as `S    Mon Jan  5 09:12:44 2026     /usr/bin/ssh-agent -l`.
 * `ps` joins the arguments with blanks, so that the command is one text here.
 */
export function parsePsLine(output: string, pid: number, bootId: string): ProcessReading {
  const line = output.trim();
  // An identity that exists a moment ago and is not listed now is settled by the caller, who asks the system again.
  if (line === "") return { kind: "unknown", reason: "ps does not list it" };
  const match = /^(\S+)\s+([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})(?:\s+(.*))?$/s.exec(
    line,
  );
  if (match === null) return { kind: "unknown", reason: `ps answered "${line.slice(0, 80)}"` };
  const [, state = "", startTime = "", command = ""] = match;
  if (state.startsWith("Z")) return { kind: "dead" };
  return {
    kind: "alive",
    identity: { pid, startTime, bootId, command: command === "" ? [] : [command] },
  };
}

let bootSession: string | undefined;

function readBootSession(): string {
  bootSession ??= run("sysctl", ["-n", "kern.bootsessionuuid"]).trim();
  return bootSession;
}

/** Dates are printed in the language of the environment, so that it is set. */
function run(command: string, args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const { error, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: PS_TIMEOUT_MS, env });
  if (error !== undefined) throw error;
  return stdout;
}

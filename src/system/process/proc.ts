/**
 * The one way to what `/proc` tells of processes.
 *
 * A process in a PID namespace of its own may have the `/proc` of another one before it: `unshare --pid` without
 * `--mount-proc`, a sandbox or a container that has the host's. There a number names one process in `/proc`, and in
 * `/proc/locks`, and another one to `kill`, which would end a stranger that has by chance the number of a service (I6).
 * So nothing is known of any process there. What is below `/proc/self` is of this process even there.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Absolute path of a process's folder in `/proc`. Throws where that is not of the PIDs that count here. */
export function procFolder(pid: number): string {
  requireProc();
  return `/proc/${pid}`;
}

/** What is in `/proc` itself. Throws as `procFolder` does. */
export function namesInProc(): string[] {
  requireProc();
  return readdirSync("/proc");
}

/** The locks that the system has, each with the PID of who holds it. Throws as `procFolder` does. */
export function readProcLocks(): string {
  requireProc();
  return readFileSync("/proc/locks", "utf8");
}

function requireProc(): void {
  const reason = whyNothingIsKnown();
  if (reason !== undefined) throw new Error(reason);
}

let known: { readonly reason: string | undefined } | undefined;

/**
 * Why nothing can be known of any process from here, as a clause that says what helps; undefined where it can. Never
 * throws.
 */
export function whyNothingIsKnown(): string | undefined {
  known ??= { reason: process.platform !== "linux" || isOwnProc() ? undefined : REASON };
  return known.reason;
}

const REASON =
  "/proc is not that of the PID namespace in which this command runs, so that the processes in it are others than " +
  "those with the same numbers here (run it where the services run, or mount this namespace's own /proc first, as " +
  "`unshare --pid --fork --mount-proc` does)";

/**
 * By the numbers of this process in all namespaces from that of `/proc` down to its own (`NSpid`, proc_pid_status(5)):
 * one alone means that they are the same. A number may coincide by chance, which is why the link alone does not do
 * where the kernel tells more.
 */
function isOwnProc(): boolean {
  try {
    const own = String(process.pid);
    const numbers = /^NSpid:\s+(\S.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return readlinkSync("/proc/self") === own && (numbers === undefined || numbers.trim() === own);
  } catch {
    return false;
  }
}

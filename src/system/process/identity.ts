/**
 * Who a process is: its PID together with when it started and in which boot of the machine.
 *
 * A PID alone proves nothing, because systems use them again, containers within seconds. There are three answers:
 * alive, with an identity to compare; dead; unknown. Only ESRCH and a zombie are dead, and what cannot be told is
 * never taken for dead (I6).
 *
 * By hand: what the registry has starts `ps`, which takes a thousand times as long as reading `/proc`
 * (docs/performance.md) and knows neither the boot nor the start to better than a second. Where there is no `/proc`,
 * `ps` is asked here as well.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { childProcess, systemProgram } from "../child-process.ts";
import { messageOf, systemErrorCode } from "../errors.ts";
import { procFolder } from "./proc.ts";

/** The largest PID any system hands out. */
const HIGHEST_PID = 2 ** 31 - 1;

/** Whether a number can name one process. 0 and negative numbers name process groups, and must never reach `kill`. */
export function isPid(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= HIGHEST_PID;
}

/** Looks a process up. Never throws. */
export function readProcessIdentity(pid: number): ProcessReading {
  if (!isPid(pid)) return { kind: "dead" };
  if (!exists(pid)) return { kind: "dead" };
  try {
    const reading = readAlive(pid);
    // It may have ended between the two looks, which then is the truth.
    return reading.kind === "unknown" && !exists(pid) ? { kind: "dead" } : reading;
  } catch (error) {
    return exists(pid) ? { kind: "unknown", reason: messageOf(error) } : { kind: "dead" };
  }
}

/**
 * Whether a process exists and was stopped by a signal, so that it does nothing until it is continued. Never throws.
 */
export function isStopped(pid: number): boolean {
  if (!isPid(pid)) return false;
  try {
    if (process.platform === "linux") {
      return /^[Tt]$/.test(parseProcStat(readFileSync(`${procFolder(pid)}/stat`, "utf8"))?.state ?? "");
    }
    if (process.platform !== "darwin") return false;
    return run("ps", ["-o", "stat=", "-p", String(pid)])
      .trim()
      .startsWith("T");
  } catch {
    return false;
  }
}

/** Whether two identities are of the same process. A process may change its command line, but not these. */
export function isSameProcess(
  one: Pick<ProcessIdentity, "pid" | "startTime" | "bootId">,
  other: Pick<ProcessIdentity, "pid" | "startTime" | "bootId">,
): boolean {
  return one.pid === other.pid && one.startTime === other.startTime && one.bootId === other.bootId;
}

/**
 * Whether there is an entry of this PID in the process table, a zombie's included. EPERM means that it is another
 * user's.
 */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== "ESRCH";
  }
}

function readAlive(pid: number): ProcessReading {
  if (process.platform === "linux") return readFromProc(pid);
  if (process.platform === "darwin") return readProcessWithPs(pid);
  return { kind: "unknown", reason: `amalfa cannot look at processes on ${process.platform}` };
}

function readFromProc(pid: number): ProcessReading {
  const stat = parseProcStat(readFileSync(`${procFolder(pid)}/stat`, "utf8"));
  if (stat === undefined) return { kind: "unknown", reason: `/proc/${pid}/stat could not be understood` };
  if (stat.state === "Z" || stat.state === "X") return { kind: "dead" };
  const command = readFileSync(`${procFolder(pid)}/cmdline`, "utf8")
    .split("\0")
    .slice(0, -1);
  return {
    kind: "alive",
    identity: {
      pid,
      startTime: stat.startTime,
      bootId: readBootId(),
      command: stat.kernelThread === undefined ? command : [stat.kernelThread],
    },
  };
}

/** `PF_KTHREAD` of Linux's `sched.h`, in field 9. */
const KERNEL_THREAD = 0x0020_0000;

interface ProcStat {
  readonly state: string;
  readonly startTime: string;
  /** Its name in brackets, as `ps` shows it, where it is a thread of the kernel, which has no command line. */
  readonly kernelThread?: string;
}

/**
 * The state and the start time, in clock ticks since boot, from `/proc/<pid>/stat` (proc_pid_stat(5), fields 3 and
 * 22). The second field is the program's name in brackets and may itself contain brackets and blanks, so that it ends
 * at the last bracket.
 */
export function parseProcStat(text: string): ProcStat | undefined {
  const end = text.lastIndexOf(")");
  const [state, ...rest] = text.slice(end + 2).split(" ");
  const startTime = rest[18];
  if (state === undefined || !/^[A-Za-z]$/.test(state)) return undefined;
  if (startTime === undefined || !/^\d+$/.test(startTime)) return undefined;
  // A number that names such a thread could not be told from a service that is about to end.
  if ((Number(rest[5]) & KERNEL_THREAD) === 0) return { state, startTime };
  return { state, startTime, kernelThread: `[${text.slice(text.indexOf("(") + 1, end)}]` };
}

let bootId: string | undefined;

function readBootId(): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return bootId;
}

let pidNamespace: string | null | undefined;

/**
 * The PID namespace in which this process's PIDs count (pid_namespaces(7)), as of a container; null where the system
 * has none or does not tell.
 */
export function readPidNamespace(): string | null {
  if (pidNamespace === undefined) {
    try {
      pidNamespace = readlinkSync("/proc/self/ns/pid");
    } catch {
      pidNamespace = null;
    }
  }
  return pidNamespace;
}

/**
 * Whether a PID was written down in another PID namespace of this boot, so that here it says nothing about its process.
 * What another boot started is not at work any more, in whatever namespace it was.
 */
export function isOfOtherNamespace(written: {
  readonly pidNamespace?: string | null;
  readonly bootId: string | null;
}): boolean {
  const own = readPidNamespace();
  if (typeof written.pidNamespace !== "string" || written.pidNamespace === own) return false;
  try {
    return written.bootId === readBootId();
  } catch {
    return true;
  }
}

/* What can be read of a process, on whatever system. */

export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the system's own notation: on Linux clock ticks since boot, on macOS a date. */
  readonly startTime: string;
  /** Which boot of the machine the start time counts from. */
  readonly bootId: string;
  /** The command line; empty where a process has none. */
  readonly command: readonly string[];
}

export type ProcessReading =
  | { readonly kind: "alive"; readonly identity: ProcessIdentity }
  | { readonly kind: "dead" }
  /** `reason` completes "nothing is known of it:". */
  | { readonly kind: "unknown"; readonly reason: string };

/* Process identity on macOS, which has no `/proc`: what `ps` and `sysctl` print. */

/** How long `ps` may take, in milliseconds. */
const PS_TIMEOUT_MS = 5_000;

function readProcessWithPs(pid: number): ProcessReading {
  const output = run("ps", ["-ww", "-o", "stat=,lstart=,command=", "-p", String(pid)]);
  return parsePsLine(output, pid, readBootSession());
}

/**
 * Understands one line of `ps -o stat=,lstart=,command=`, such as `S    Mon Jan  5 09:12:44 2026
 * /usr/bin/ssh-agent -l`. `ps` joins the arguments with blanks, so that the command is one text here.
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
  const { error, stdout } = childProcess().spawnSync(systemProgram(command), args, {
    encoding: "utf8",
    timeout: PS_TIMEOUT_MS,
    env,
  });
  if (error !== undefined) throw error;
  return stdout;
}

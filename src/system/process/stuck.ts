/**
 * Processes that wait for a thread of their own which the system did not give them. Where a user has as many processes
 * and threads as are allowed, Bun goes without, and then waits for ever before it has run any of our code.
 */
import { readdirSync, readFileSync } from "node:fs";
import { procFolder } from "./proc.ts";

/** How long a process may do next to nothing, in milliseconds. */
const STILL_MS = 5_000;
const LOOK_MS = 500;
/** Bun's timers wake its threads now and then, whatever the process waits for. */
const NEXT_TO_NOTHING_NS = 20e6;

/**
 * Calls `act` once a process has hardly run, nor waited for a processor or a disk, for a while: on a busy machine it
 * does one of them. Only Linux tells that. Answers what ends it.
 */
export function whenStuck(pid: number, act: () => void): () => void {
  if (process.platform !== "linux") return () => undefined;
  let before = progressOf(pid);
  let since = performance.now();
  const timer = setInterval(() => {
    const now = progressOf(pid);
    if (now === undefined || before === undefined || now - before > NEXT_TO_NOTHING_NS) {
      before = now;
      since = performance.now();
    } else if (performance.now() - since >= STILL_MS) {
      clearInterval(timer);
      act();
    }
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** Nanoseconds that its threads have run and have waited to run; undefined while one runs, or waits for a disk. */
function progressOf(pid: number): number | undefined {
  try {
    const folder = `${procFolder(pid)}/task`;
    const threads = readdirSync(folder).map((thread) => `${folder}/${thread}`);
    if (threads.some((thread) => !isAsleep(thread))) return undefined;
    return threads.reduce((sum, thread) => sum + nanosecondsOf(thread), 0);
  } catch {
    // It has ended, or a kernel does not count: that is no proof.
    return undefined;
  }
}

/** Linux documentation, "Scheduler Statistics": the time run, the time waited, and how often. */
function nanosecondsOf(thread: string): number {
  const [run, waited] = readFileSync(`${thread}/schedstat`, "latin1").split(" ").map(Number);
  return (run ?? 0) + (waited ?? 0);
}

/** proc_pid_stat(5): the state follows the name in parentheses. */
function isAsleep(thread: string): boolean {
  const stat = readFileSync(`${thread}/stat`, "latin1");
  return stat.startsWith("S", stat.lastIndexOf(")") + 2);
}

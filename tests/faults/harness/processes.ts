/** Processes that a case has started, directly or not, by a word in their environment. Linux only: elsewhere none are seen. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The variable that tells the processes of a case. */
export const MARK = "AMALFA_FAULT_CASE";

export interface Marked {
  readonly pid: number;
  readonly command: string;
}

export function markedProcesses(mark: string): Marked[] {
  if (!existsSync("/proc/self/environ")) return [];
  const wanted = `${MARK}=${mark}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(wanted)) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), command }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** Waits until all processes of a case have ended; returns, after a while, those that have not, and ends them. */
export async function untilAllEnded(mark: string, patienceMs: number): Promise<Marked[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const left = markedProcesses(mark);
    if (left.length === 0) return [];
    if (performance.now() > deadline) {
      for (const { pid } of left) endNow(pid);
      return left;
    }
    await Bun.sleep(50);
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Processes that a case has started, directly or not, by a word in their environment. Linux only: elsewhere none are
 * seen.
 */
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

/** Looks at a process, some time apart; one that waits to be run is so most of the time. */
const LOOKS = 20;
const TICKS_A_SECOND = 100;

/**
 * Whether a process, or one that it has started, wants to run and gets no processor, or was stopped: on a machine
 * that is busy with much else that takes longer than any deadline, and is no fault of what is tried. False for one
 * that has run for half of the time, and for one that waits for something.
 */
export function isStarved(pid: number, longestMs: number): boolean {
  for (let look = 0; look < LOOKS; look++) {
    const family = familyOf(pid);
    const ranMs = family.reduce((sum, { ticks }) => sum + ticks, 0) * (1000 / TICKS_A_SECOND);
    if (ranMs >= longestMs / 2) return false;
    if (family.some(({ pid: one }) => threadStates(one).some((state) => "RDT".includes(state)))) return true;
    Bun.sleepSync(10);
  }
  return false;
}

interface Ran {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function familyOf(pid: number): Ran[] {
  const all = existsSync("/proc/self/stat")
    ? readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []))
    : [];
  const family = all.filter((each) => each.pid === pid);
  for (const one of family) family.push(...all.filter(({ parent }) => parent === one.pid));
  return family;
}

function readStat(pid: number): Ran | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const number = (place: number): number => Number(fields[place]);
    return { pid, parent: number(1), ticks: number(11) + number(12) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function threadStates(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(
      (thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8").split(") ").at(-1)?.[0] ?? "",
    );
  } catch {
    // It, or one of its threads, has ended meanwhile.
    return [];
  }
}

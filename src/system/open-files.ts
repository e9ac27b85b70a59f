/** That a process, or the machine, has as many files open as are allowed, and how that is said. */
import { readFileSync } from "node:fs";

/** On two cores a command with a model works from 22 on (measured); each further core has a worker of its own. */
const ENOUGH = 48;

/** How many files this process may have open at once, where that is too few to rely on; only Linux tells. */
export function lowLimitOfFiles(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    return limit !== undefined && Number(limit) < ENOUGH ? Number(limit) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text is what the system or Bun says then, such as "EMFILE: too many open files" or "EMFILE reading". */
export function saysTooManyFiles(text: string): boolean {
  return /\bE[MN]FILE(?:: | reading )/.test(text);
}

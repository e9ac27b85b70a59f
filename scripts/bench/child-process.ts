/** Whole processes, measured from outside, with their own word on how much memory they took. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** `AMALFA_TESTED_PROGRAM=dist/src/cli.js` has what is published measured, in place of its sources. */
export const CLI = resolve(process.env.AMALFA_TESTED_PROGRAM ?? join(import.meta.dir, "../../src/cli.ts"));

/** What is measured here is nobody's project. */
process.env.AMALFA_REGISTRY = "off";

export interface ProcessRun {
  /** From the start to the end of the process. */
  readonly milliseconds: number;
  readonly stdout: string;
}

/** Runs Bun with these arguments. Throws when it does not end with status 0. */
export async function runBun(args: readonly string[]): Promise<ProcessRun> {
  const started = performance.now();
  const child = Bun.spawn([process.execPath, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const milliseconds = performance.now() - started;
  if (status !== 0) throw new Error(`bun ${args.join(" ")} ended with ${status}:\n${stderr}${stdout}`);
  return { milliseconds, stdout };
}

/**
 * Runs Bun and returns the peak of its resident memory in MB (10^6 bytes).
 *
 * The process notes it down itself at its end: what the parent could ask for, `ru_maxrss`, begins on Linux with the
 * size of the parent, which is the larger one here.
 */
export async function peakMemory(folder: string, args: readonly string[]): Promise<number> {
  const file = join(folder, `peak-${crypto.randomUUID()}`);
  const previous = process.env.AMALFA_BENCH_PEAK_FILE;
  process.env.AMALFA_BENCH_PEAK_FILE = file;
  try {
    await runBun(["--preload", join(import.meta.dir, "note-peak-memory.ts"), ...args]);
  } finally {
    if (previous === undefined) delete process.env.AMALFA_BENCH_PEAK_FILE;
    else process.env.AMALFA_BENCH_PEAK_FILE = previous;
  }
  return Number(readFileSync(file, "utf8")) / 1e6;
}

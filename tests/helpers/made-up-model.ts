/**
 * Made-up vectors in every program that a test file runs: for tests of what surrounds the model. Loading the model is
 * more than half of what a first ingest of a few notes takes, and shows nothing there.
 *
 * Not for tests of vectors, answers by meaning, or whether a model is loaded, damaged or missing.
 */
import { afterAll, beforeAll } from "bun:test";
import { join } from "node:path";

/** Call at the top of a test file. Services and the processes of the doctor's checks inherit it. */
export function useMadeUpModel(): void {
  const before = process.env.BUN_OPTIONS;
  beforeAll(() => {
    process.env.BUN_OPTIONS = `--preload=${join(import.meta.dir, "made-up-pool.ts")}`;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.BUN_OPTIONS;
    else process.env.BUN_OPTIONS = before;
  });
}

/** The environment of a program of such a file that runs the real model all the same. */
export const REAL_MODEL = { BUN_OPTIONS: "" };

/**
 * The environment of a program that makes up so many vectors, and then none until it is interrupted or killed: it is in
 * the middle of its work for as long as a test looks at it, on whatever machine.
 */
export const stallingAfter = (vectors: number) => ({ AMALFA_TEST_STALLS_AFTER: String(vectors) });

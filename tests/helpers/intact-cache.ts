/** A vector cache that is made once for a file of tests, to be damaged in copies; and what a run must make of one. */
import { afterAll, beforeAll, expect } from "bun:test";
import { copyFileSync } from "node:fs";
import type { EmbedOutcome } from "./embed-child.ts";
import { bitsOf, type Embedded, embedMadeUp } from "./embedding.ts";
import { TempFolder } from "./temp-folder.ts";

/** What the cache holds vectors of. */
export const TEXTS = ["a cat", "a dog", "a bird", "a fish"];
/** Asked for in addition by runs that must have something to write. */
export const NEW = "a tree";

/** Call at the top of a test file. */
export function useIntactCache() {
  const intact = new TempFolder();
  const intactPath = intact.join("c.sqlite");
  let expected: readonly string[];
  beforeAll(async () => {
    const all = await embedMadeUp(intact.join("reference.sqlite"), [...TEXTS, NEW]);
    expected = bitsOf(all.vectors);
    await embedMadeUp(intactPath, TEXTS);
  });
  afterAll(() => intact[Symbol.dispose]());

  function folderWithCache(): { folder: TempFolder; path: string } {
    const folder = new TempFolder();
    const path = folder.join("c.sqlite");
    copyFileSync(intactPath, path);
    return { folder, path };
  }

  /** The whole promise: the right vectors, one warning that names the file, and everything counted. */
  function expectOneWarning(
    run: Embedded | EmbedOutcome,
    path: string,
    counts: { hits: number; misses: number },
  ): void {
    const bits = "bits" in run ? run.bits : bitsOf(run.vectors);
    expect(bits).toEqual(expected.slice(0, bits.length));
    expect(run.warnings.length).toBe(1);
    expect(run.warnings[0]).toContain(path);
    expect(run.stats).toMatchObject({ texts: bits.length, ...counts });
  }

  return { path: intactPath, folderWithCache, expectOneWarning, bits: () => expected };
}

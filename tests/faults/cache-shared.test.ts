/**
 * Eight processes and one vector cache. AMALFA_CACHE_SECONDS=60 makes them go on for a minute; without it each embeds one block of texts.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { SharedJob, SharedOutcome } from "../helpers/embed-for-a-while.ts";
import { cacheRows } from "../helpers/embedding.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const PROCESSES = 8;
const SECONDS = Number(process.env.AMALFA_CACHE_SECONDS ?? 0);
const CHILD = join(import.meta.dir, "../helpers/embed-for-a-while.ts");

async function embedIn(job: SharedJob): Promise<SharedOutcome> {
  const child = Bun.spawn([process.execPath, CHILD, JSON.stringify(job)], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`A process ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as SharedOutcome;
}

test(
  "eight processes that embed overlapping texts: no error, no lost row, little work done twice",
  async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    const outcomes = await Promise.all(
      Array.from({ length: PROCESSES }, (_, seed) => embedIn({ cachePath, seed, seconds: SECONDS })),
    );
    expect(outcomes.flatMap(({ warnings }) => warnings)).toEqual([]);

    const asked = new Set(outcomes.flatMap(({ keys }) => keys));
    const rows = cacheRows(cachePath);
    expect(new Set(rows.map(({ key }) => key))).toEqual(asked);

    const computed = outcomes.reduce((sum, each) => sum + each.computed, 0);
    const requested = outcomes.reduce((sum, { keys }) => sum + keys.length, 0);
    console.log(`${requested} asked, ${asked.size} different, ${computed} computed`);
    expect(computed).toBeGreaterThanOrEqual(asked.size);
    // Without looking again before each text, all that was asked for would be computed: six times as much.
    expect(computed).toBeLessThan(2.5 * asked.size);

    using db = new Database(cachePath, { readonly: true });
    expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  },
  { timeout: 120_000 + 2_000 * SECONDS },
);

/**
 * Eight processes and one vector cache. AMALFA_CACHE_SECONDS=60 makes them go on for a minute; without it each embeds
 * one block of texts.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TEXTS_IN_FLIGHT } from "../../src/embedding/inference/pool.ts";
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

interface Replayed {
  readonly computed: number;
  /** Texts that one process had begun and not stored at the same time. */
  readonly mostInFlight: number;
  /** Computed although another process had noted that they were stored before this one looked. */
  readonly needless: readonly string[];
}

/**
 * A vector is noted as stored after it is, and a look before it is taken, so that the order of the lines proves who
 * could know what.
 */
function replay(journal: string): Replayed {
  const stored = new Set<string>();
  const knowable = new Set<string>();
  const inFlight = new Map<string, number>();
  const needless: string[] = [];
  let computed = 0;
  let mostInFlight = 0;
  for (const line of journal.trimEnd().split("\n")) {
    const [seed, what, key] = line.split(" ") as [string, string, string];
    const text = `${seed} ${key}`;
    const count = inFlight.get(seed) ?? 0;
    if (what === "look" && stored.has(key)) knowable.add(text);
    if (what === "begin") {
      if (knowable.has(text)) needless.push(text);
      inFlight.set(seed, count + 1);
      mostInFlight = Math.max(mostInFlight, count + 1);
    }
    if (what === "stored") {
      stored.add(key);
      inFlight.set(seed, count - 1);
      computed++;
    }
  }
  return { computed, mostInFlight, needless };
}

test(
  "eight processes that embed overlapping texts: no error, no lost row, and no text begun that is stored already",
  async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    const journalPath = folder.join("journal");
    const outcomes = await Promise.all(
      Array.from({ length: PROCESSES }, (_, seed) =>
        embedIn({ cachePath, journalPath, seed, seconds: SECONDS }),
      ),
    );
    expect(outcomes.flatMap(({ warnings }) => warnings)).toEqual([]);

    const asked = new Set(outcomes.flatMap(({ keys }) => keys));
    const rows = cacheRows(cachePath);
    expect(new Set(rows.map(({ key }) => key))).toEqual(asked);

    const { computed, mostInFlight, needless } = replay(readFileSync(journalPath, "utf8"));
    const requested = outcomes.reduce((sum, { keys }) => sum + keys.length, 0);
    console.log(
      `${requested} asked, ${asked.size} different, ${computed} computed, at most ${mostInFlight} in flight in a process`,
    );
    expect(needless).toEqual([]);
    expect(mostInFlight).toBeLessThanOrEqual(TEXTS_IN_FLIGHT);
    expect(computed).toBe(outcomes.reduce((sum, { misses }) => sum + misses, 0));

    using db = new Database(cachePath, { readonly: true });
    expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  },
  { timeout: 300_000 + 2_000 * SECONDS },
);

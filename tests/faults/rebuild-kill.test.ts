/**
 * Rebuilds that are killed at any moment. `AMALFA_KILLS=200 bun test tests/faults/rebuild-kill.test.ts` is the long
 * version.
 */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { amalfaJson, type IngestDocument, startAmalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { STATES, TwoStates } from "../helpers/two-states.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const KILLS = Number(process.env.AMALFA_KILLS ?? 8);
const DOCUMENTS = 200;
const FLAGS = { warm: [], cold: ["--no-cache"] } as const;

interface Seen {
  readonly searches: number;
  readonly states: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

function startSearching(root: string) {
  const script = join(import.meta.dir, "search-loop.ts");
  const child = Bun.spawn([process.execPath, script, root, STATES.join(","), "10"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = new Response(child.stdout).text();
  return async (): Promise<Seen> => {
    child.stdin.end();
    return JSON.parse((await output).trim().split("\n").at(-1) ?? "") as Seen;
  };
}

function integrity(path: string): unknown {
  using db = new Database(path, { readonly: true });
  return db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check;
}

/** Waits for the commit, so that some are killed right after it, in the checkpoint. */
async function newGraph(path: string): Promise<void> {
  using db = new Database(path, { readonly: true });
  const version = (): number | undefined =>
    db.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version;
  const before = version();
  await until(() => version() !== before, { what: "the commit" });
}

/** Milliseconds that a whole rebuild takes now. */
async function durationOf(args: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  expect((await amalfaJson<IngestDocument>(args, { cwd })).status).toBe(0);
  return performance.now() - started;
}

describe("I4 Readers never see half a graph", () => {
  test(
    `after each of ${KILLS} rebuilds killed at a random moment the graph is the old one or the new one, and every search succeeds`,
    async () => {
      using project = await TwoStates.create(DOCUMENTS);
      const stopSearching = startSearching(project.root);
      const lasts = {
        warm: await durationOf(["rebuild"], project.root),
        cold: await durationOf(["rebuild", "--no-cache"], project.root),
      };
      const outcomes = { killed: 0, old: 0, new: 0, finished: 0 };
      while (outcomes.killed < KILLS) {
        const before = project.stateOfGraph();
        const target = STATES.find((state) => state !== before)!;
        project.write(target);
        const kind = outcomes.killed % 5 === 4 ? "cold" : "warm";
        const moment = Math.random() * lasts[kind];
        const started = performance.now();
        const child = startAmalfa(["rebuild", "--json", ...FLAGS[kind]], { cwd: project.root });
        if (outcomes.killed % 10 === 7) await newGraph(project.database);
        else await Promise.race([Bun.sleep(moment), child.exited]);
        child.kill("SIGKILL");
        // One that was faster than the moment came tells how long one lasts now.
        if ((await child.exited) === 0) {
          outcomes.finished++;
          lasts[kind] = performance.now() - started;
        } else outcomes.killed++;
        expect(integrity(project.database)).toBe("ok");
        const after = project.stateOfGraph();
        expect([before, target]).toContain(after);
        outcomes[after === target ? "new" : "old"]++;
      }
      // The next one finds nothing in its way, whatever the last one left behind.
      expect((await amalfaJson<IngestDocument>(["rebuild"], { cwd: project.root })).status).toBe(0);
      const seen = await stopSearching();
      if (process.env.AMALFA_KILLS !== undefined) console.log(JSON.stringify({ ...outcomes, ...seen }));
      expect(seen.failures).toEqual([]);
      expect(seen.searches).toBeGreaterThan(KILLS);
      expect(outcomes.new).toBeGreaterThan(0);
    },
    60_000 + KILLS * 15_000,
  );
});

/** What a rebuild and a reset decide, without looking at anything. */
import { describe, expect, test } from "bun:test";
import { mayBeMoved, planRebuild } from "../../../src/maintenance/rebuild/plan.ts";
import {
  isEmptyPlan,
  planReset,
  type ResetChoice,
  type ResetObservation,
} from "../../../src/maintenance/reset/plan.ts";

describe("planRebuild", () => {
  const moves = [{ from: "/p/.amalfa/resonance.db", to: "/p/.amalfa/quarantine/x/resonance.db" }];
  const unusable = (owner: "amalfa" | "vector cache" | "unknown", place: "usual" | "inside" | "outside") =>
    planRebuild({
      condition: { kind: "unusable", reason: "it is damaged", owner },
      database: "/p/db",
      place,
      moves,
    });

  test("a database that can be used keeps its file", () => {
    const plan = (kind: "absent" | "sound" | "interrupted") =>
      planRebuild({ condition: { kind }, database: "/p/db", place: "outside", moves });
    const fallback = { kind: "replace file", database: "/p/db", moves };
    const rows = { kind: "replace rows", database: "/p/db", countFrom: "graph", fallback };
    expect(plan("sound")).toEqual(rows as ReturnType<typeof plan>);
    expect(plan("absent")).toEqual(rows as ReturnType<typeof plan>);
    expect(plan("interrupted")).toEqual({ ...rows, countFrom: "nothing" } as ReturnType<typeof plan>);
  });

  test("one that cannot is moved where it is amalfa's, or lies where only amalfa writes", () => {
    const replaced = { kind: "replace file" as const, database: "/p/db", reason: "it is damaged", moves };
    expect(unusable("amalfa", "inside")).toEqual(replaced);
    expect(unusable("amalfa", "outside")).toEqual(replaced);
    expect(unusable("unknown", "inside")).toEqual(replaced);
    expect(unusable("vector cache", "usual")).toEqual(replaced);
  });

  test("anybody else's file is refused with what is wrong, and a vector cache that a setting leads to", () => {
    for (const [owner, place] of [
      ["unknown", "outside"],
      ["vector cache", "outside"],
      ["vector cache", "inside"],
    ] as const) {
      expect(() => unusable(owner, place)).toThrow("/p/db is not a graph of amalfa's: it is damaged.");
      expect(mayBeMoved({ owner, place })).toBe(false);
    }
  });
});

describe("planReset", () => {
  const graph = { name: "resonance.db", files: 1, bytes: 100, what: "the graph", madeAgain: "`amalfa init`" };
  const cache = { name: "cache", files: 2, bytes: 200, what: "vectors", madeAgain: undefined };
  const everything: ResetChoice = { cache: "delete", strays: "delete" };
  const found = (parts: Partial<ResetObservation> = {}): ResetObservation => ({
    data: { kind: "present", identity: "1:2", entries: [graph, cache] },
    services: [],
    leftovers: [],
    strays: [],
    cacheEntries: ["cache"],
    kept: ["amalfa.settings.json"],
    ...parts,
  });
  const item = (path: string) => ({ path, files: 1, bytes: 10 });

  test("all of .amalfa goes, with what it is and how it comes back", () => {
    expect(planReset(found(), everything)).toEqual({
      stop: [],
      data: { identity: "1:2", scope: "all", staying: [] },
      entries: [
        { path: ".amalfa/resonance.db", files: 1, bytes: 100, what: "the graph", madeAgain: "`amalfa init`" },
        { path: ".amalfa/cache", files: 2, bytes: 200, what: "vectors", madeAgain: null },
      ],
      leftovers: [],
      strays: [],
      kept: ["amalfa.settings.json"],
    });
  });

  test("the cache stays where that is asked for, and is listed", () => {
    const plan = planReset(found(), { cache: "keep", strays: "delete" });
    expect(plan.data).toEqual({ identity: "1:2", scope: "all but cache", staying: ["cache"] });
    expect(plan.entries.map(({ path }) => path)).toEqual([".amalfa/resonance.db"]);
    expect(plan.kept).toEqual(["amalfa.settings.json", ".amalfa/cache"]);
  });

  test("where nothing but the cache is there, nothing goes", () => {
    const only = found({ data: { kind: "present", identity: "1:2", entries: [cache] } });
    const plan = planReset(only, { cache: "keep", strays: "delete" });
    expect(plan.data).toBeUndefined();
    expect(isEmptyPlan(plan)).toBe(true);
    expect(isEmptyPlan(planReset(only, everything))).toBe(false);
  });

  test("services are stopped only where there is something that they use", () => {
    const services = [{ service: "watcher", pid: 7 }] as unknown as ResetObservation["services"];
    expect(planReset(found({ services }), everything).stop).toBe(services);
    expect(planReset(found({ services, data: { kind: "absent" } }), everything).stop).toEqual([]);
  });

  test("what interrupted resets left goes, and what earlier versions wrote beside it unless it is to stay", () => {
    const absent = found({
      data: { kind: "absent" },
      leftovers: [item(".amalfa-reset-1")],
      strays: [item(".amalfa.log")],
    });
    const plan = planReset(absent, everything);
    expect(plan.leftovers).toEqual([
      { ...item(".amalfa-reset-1"), what: "left by an interrupted reset", madeAgain: null },
    ]);
    expect(plan.strays).toEqual([
      { ...item(".amalfa.log"), what: "written beside .amalfa by an earlier version", madeAgain: null },
    ]);
    expect(plan.kept).toEqual(["amalfa.settings.json"]);
    const keeping = planReset(absent, { cache: "delete", strays: "keep" });
    expect(keeping.strays).toEqual([]);
    expect(keeping.kept).toEqual(["amalfa.settings.json", ".amalfa.log"]);
    expect(isEmptyPlan(keeping)).toBe(false);
    expect(isEmptyPlan(planReset({ ...absent, leftovers: [] }, everything))).toBe(false);
    expect(isEmptyPlan(planReset(found({ data: { kind: "absent" } }), everything))).toBe(true);
  });

  test("I7 what is not amalfa's is refused", () => {
    const refused = found({ data: { kind: "refused", reason: ".amalfa is a symbolic link" } });
    expect(() => planReset(refused, everything)).toThrow("Nothing was deleted: .amalfa is a symbolic link.");
  });
});

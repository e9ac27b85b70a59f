/** Which rows an eviction takes, decided without removing any. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { type EvictionCriteria, planEviction } from "../../../src/embedding/cache/evict.ts";
import { fillCache, MODEL } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const NOW = 1_000_000_000_000;
const HOUR = 3_600_000;

/**
 * The numbers of the rows that would go, of six: used at hours 1, 2 and 3, in the future, never, and one of another
 * model at hour 4.
 */
function planned(criteria: EvictionCriteria): {
  ids: number[];
  bytes: number;
  average: number;
  used: number;
} {
  using folder = new TempFolder();
  const path = folder.join("c.sqlite");
  fillCache(path, 6);
  using db = new Database(path, { readwrite: true, strict: true });
  const stamps = [NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR, NOW + 1_000 * HOUR, null, NOW + 4 * HOUR];
  for (const [index, stamp] of stamps.entries())
    db.run("UPDATE cache SET last_used = ? WHERE rowid = ?", [stamp, index + 1]);
  db.run("UPDATE cache SET model = 'other' WHERE rowid = 6");
  const plan = planEviction(db, { now: NOW + 10 * HOUR, ...criteria });
  const average = plan.before.bytes / plan.before.entries;
  return { ids: plan.rows.map(([id]) => id), bytes: plan.bytes, average, used: plan.before.bytes };
}

test("without criteria all go: those without a stamp first, then the least recently used; a stamp from the future counts as now", () => {
  const { ids, bytes, used } = planned({});
  expect(ids).toEqual([5, 1, 2, 3, 6, 4]);
  expect(bytes).toBe(used);
});

test("only what is older than a time goes, and a stamp from the future is not", () => {
  expect(planned({ unusedSince: NOW + 3 * HOUR }).ids).toEqual([5, 1, 2]);
});

test("only rows of a model, and only those that may go", () => {
  expect(planned({ model: "other" }).ids).toEqual([6]);
  expect(planned({ model: MODEL.id, unusedSince: NOW + 3 * HOUR }).ids).toEqual([5, 1, 2]);
  expect(planned({ mayGo: () => false }).ids).toEqual([]);
});

test("only as many as bring it to a size, judged by the average row", () => {
  const { used, average } = planned({});
  expect(planned({ targetBytes: used }).ids).toEqual([]);
  const one = planned({ targetBytes: used - 1 });
  expect(one.ids).toEqual([5]);
  expect(one.bytes).toBe(Math.round(average));
  expect(planned({ targetBytes: Math.floor(used - 2 * average) }).ids.length).toBeGreaterThanOrEqual(2);
});

test("of a cache without rows nothing goes", () => {
  using folder = new TempFolder();
  fillCache(folder.join("c.sqlite"), 1);
  using db = new Database(folder.join("c.sqlite"), { readwrite: true, strict: true });
  db.run("DELETE FROM cache");
  expect(planEviction(db, { targetBytes: 0 })).toMatchObject({ rows: [], bytes: 0 });
});

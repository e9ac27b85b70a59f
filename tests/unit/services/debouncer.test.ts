import { describe, expect, test } from "bun:test";
import { Debouncer } from "../../../src/services/watcher/debouncer.ts";

const TIMES = { quietMs: 1_000, latestMs: 10_000 };
const AT_ONCE = { quietMs: 1, latestMs: 1 };

describe("the debouncer", () => {
  test("waits until it has been quiet", () => {
    const debouncer = new Debouncer();
    expect(debouncer.dueAt(TIMES)).toBeUndefined();
    debouncer.mark(5_000);
    expect(debouncer.dueAt(TIMES)).toBe(6_000);
    debouncer.mark(5_900);
    expect(debouncer.dueAt(TIMES)).toBe(6_900);
  });

  test("is not put off for ever by constant change", () => {
    const debouncer = new Debouncer();
    for (let now = 0; now <= 60_000; now += 500) debouncer.mark(now);
    expect(debouncer.dueAt(TIMES)).toBe(10_000);
  });

  test("begins anew once it was cleared", () => {
    const debouncer = new Debouncer();
    debouncer.mark(0);
    debouncer.clear();
    expect(debouncer.dueAt(TIMES)).toBeUndefined();
    debouncer.mark(70_000);
    expect(debouncer.dueAt(TIMES)).toBe(71_000);
  });

  test("lets through what was marked, and whoever waits when the signal is aborted", async () => {
    const debouncer = new Debouncer();
    const ending = new AbortController();
    const passed: string[] = [];
    const first = debouncer.wait(() => AT_ONCE, ending.signal).then(() => passed.push("first"));
    await anotherHasPassed();
    expect(passed).toEqual([]);
    debouncer.mark();
    await first;
    debouncer.clear();
    const second = debouncer.wait(() => AT_ONCE, ending.signal).then(() => passed.push("second"));
    await anotherHasPassed();
    expect(passed).toEqual(["first"]);
    ending.abort();
    await second;
    expect(passed).toEqual(["first", "second"]);
  });
});

/** Waits as long as a debouncer takes that is marked now. */
async function anotherHasPassed(): Promise<void> {
  const debouncer = new Debouncer();
  debouncer.mark();
  await debouncer.wait(() => AT_ONCE, new AbortController().signal);
}

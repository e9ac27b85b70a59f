import { describe, expect, test } from "bun:test";
import { QuietGate } from "../../../src/services/watcher/debounce.ts";

const TIMES = { quietMs: 1_000, latestMs: 10_000 };
const AT_ONCE = { quietMs: 1, latestMs: 1 };

describe("the quiet gate", () => {
  test("waits until it has been quiet", () => {
    const gate = new QuietGate();
    expect(gate.dueAt(TIMES)).toBeUndefined();
    gate.mark(5_000);
    expect(gate.dueAt(TIMES)).toBe(6_000);
    gate.mark(5_900);
    expect(gate.dueAt(TIMES)).toBe(6_900);
  });

  test("is not put off for ever by constant change", () => {
    const gate = new QuietGate();
    for (let now = 0; now <= 60_000; now += 500) gate.mark(now);
    expect(gate.dueAt(TIMES)).toBe(10_000);
  });

  test("begins anew once it was cleared", () => {
    const gate = new QuietGate();
    gate.mark(0);
    gate.clear();
    expect(gate.dueAt(TIMES)).toBeUndefined();
    gate.mark(70_000);
    expect(gate.dueAt(TIMES)).toBe(71_000);
  });

  test("lets through what was marked, and whoever waits when the signal is aborted", async () => {
    const gate = new QuietGate();
    const ending = new AbortController();
    const passed: string[] = [];
    const first = gate.wait(() => AT_ONCE, ending.signal).then(() => passed.push("first"));
    await anotherHasPassed();
    expect(passed).toEqual([]);
    gate.mark();
    await first;
    gate.clear();
    const second = gate.wait(() => AT_ONCE, ending.signal).then(() => passed.push("second"));
    await anotherHasPassed();
    expect(passed).toEqual(["first"]);
    ending.abort();
    await second;
    expect(passed).toEqual(["first", "second"]);
  });
});

/** Waits as long as a gate takes that is marked now. */
async function anotherHasPassed(): Promise<void> {
  const gate = new QuietGate();
  gate.mark();
  await gate.wait(() => AT_ONCE, new AbortController().signal);
}

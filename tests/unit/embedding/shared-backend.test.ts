import { describe, expect, test } from "bun:test";
import { type InferenceBackend, SharedBackend } from "../../../src/embedding/inference/backend.ts";
import { until } from "../../helpers/until.ts";

/** Counts how often a backend is started and closed. */
function counted(embed: () => Promise<void>) {
  const counts = { started: 0, closed: 0 };
  const start = async (): Promise<InferenceBackend> => {
    counts.started++;
    return { modelLoaded: true, embed, close: async () => void counts.closed++ };
  };
  return { counts, start };
}

const request = { texts: ["a"], onVector: () => {} };

describe("a shared backend", () => {
  test("outlives the embedders it is lent to", async () => {
    const { counts, start } = counted(async () => {});
    await using shared = new SharedBackend(start);
    for (let time = 0; time < 3; time++) {
      const lent = shared.lend();
      await lent.embed(request);
      await lent.close();
    }
    expect(counts).toEqual({ started: 1, closed: 0 });
    await shared[Symbol.asyncDispose]();
    expect(counts).toEqual({ started: 1, closed: 1 });
  });

  test("is released after a while without work, and started again when there is some", async () => {
    const { counts, start } = counted(async () => {});
    await using shared = new SharedBackend(start, 1);
    await shared.lend().embed(request);
    await until(() => counts.closed === 1);
    await shared.lend().embed(request);
    expect(counts.started).toBe(2);
  });

  test("that failed is closed and replaced", async () => {
    const { counts, start } = counted(() => Promise.reject(new Error("no")));
    await using shared = new SharedBackend(start);
    await expect(shared.lend().embed(request)).rejects.toThrow("no");
    await until(() => counts.closed === 1);
    await expect(shared.lend().embed(request)).rejects.toThrow("no");
    expect(counts.started).toBe(2);
  });
});

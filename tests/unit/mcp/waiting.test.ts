import { expect, test } from "bun:test";
import { FairQueue } from "../../../src/mcp/http/waiting.ts";

test("clients take turns, however much one of them asks for", () => {
  const queue = new FairQueue<string>(100);
  for (let n = 0; n < 50; n++) expect(queue.add("greedy", `greedy ${n}`)).toBeUndefined();
  queue.add("a", "a 0");
  queue.add("b", "b 0");
  queue.add("b", "b 1");
  const taken = Array.from({ length: 6 }, () => queue.take());
  expect(taken).toEqual(["greedy 0", "a 0", "b 0", "greedy 1", "b 1", "greedy 2"]);
  expect(queue.length).toBe(47);
});

test("when it is full, the longest line gives way to a shorter one, and to nobody else", () => {
  const queue = new FairQueue<string>(3);
  for (const item of ["1", "2", "3"]) queue.add("greedy", item);
  expect(queue.add("greedy", "4")).toBe("4");
  expect(queue.add("modest", "m1")).toBe("3");
  expect(queue.add("modest", "m2")).toBe("m2");
  expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual(["1", "m1", "2", undefined]);
});

test("what is given up leaves its place to others, and what comes again is first in its line", () => {
  const queue = new FairQueue<string>(2);
  queue.add("a", "1");
  queue.add("a", "2");
  expect(queue.remove("a", "1")).toBe(true);
  expect(queue.remove("a", "1")).toBe(false);
  expect(queue.add("a", "3")).toBeUndefined();
  queue.addAgain("a", "0");
  expect([queue.take(), queue.take(), queue.take()]).toEqual(["0", "2", "3"]);
});

import { expect, test } from "bun:test";
import { Turns } from "../../../src/mcp/http/turns.ts";

test("each has a turn of its own, in the order in which they came, and whatever waits is done in between", async () => {
  const turns = new Turns();
  const done: string[] = [];
  setImmediate(() => void done.push("what waited"));
  await Promise.all(
    ["first", "second", "third"].map(async (name) => {
      await turns.take();
      done.push(name);
      if (name === "first") setImmediate(() => void done.push("something else"));
    }),
  );
  expect(done).toEqual(["what waited", "first", "something else", "second", "third"]);
});

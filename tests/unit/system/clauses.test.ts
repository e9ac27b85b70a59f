import { expect, test } from "bun:test";
import { AmalfaError, clauseOf } from "../../../src/system/index.ts";

test("a message that goes on has no full stop of another one in it", () => {
  expect(clauseOf(new AmalfaError("file.unwritable", "/x cannot be written."))).toBe("/x cannot be written");
  expect(clauseOf(new Error("disk I/O error"))).toBe("disk I/O error");
  expect(clauseOf("no error at all.")).toBe("no error at all");
});

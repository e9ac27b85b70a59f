import { expect, test } from "bun:test";
import { AmalfaError, clauseOf, foreseen } from "../../../src/system/index.ts";

test("a message that goes on has no full stop of another one in it", () => {
  expect(clauseOf(new AmalfaError("file.unwritable", "/x cannot be written."))).toBe("/x cannot be written");
  expect(clauseOf(new Error("disk I/O error"))).toBe("disk I/O error");
  expect(clauseOf("no error at all.")).toBe("no error at all");
});

test.each([
  ["ENOSPC", "files.full"],
  ["EDQUOT", "files.full"],
  ["EROFS", "files.read-only"],
  ["EIO", "files.faulty"],
  ["EACCES", "files.denied"],
  ["ENOENT", "files.vanished"],
] as const)("what the system says of a file is no defect: %s", (code, expected) => {
  const error = foreseen(Object.assign(new Error(`${code}: as the system says, write`), { code }));
  expect(error?.code).toBe(expected);
  expect(error?.message).toContain(`${code}: as the system says, write.`);
});

test.each([
  new Error("Failed to spawn worker thread"),
  Object.assign(new Error("EAGAIN: resource temporarily unavailable, posix_spawn '/usr/bin/bun'"), {
    code: "EAGAIN",
  }),
])("that the system starts no further process or thread is no defect: %s", (error) => {
  expect(foreseen(error)?.code).toBe("process.limit");
  expect(foreseen(error)?.hint).toContain("ulimit -u");
});

test.each([
  Object.assign(new Error("EMFILE: too many open files, open '/x'"), { code: "EMFILE" }),
  Object.assign(new Error("ENFILE: file table overflow, open '/x'"), { code: "ENFILE" }),
  new Error('EMFILE reading "/amalfa/dist/chunk.js"'),
])("that no further file can be opened is no defect, and no matter of permissions: %s", (cause) => {
  const hint = expect.stringContaining("`ulimit -n`");
  expect(foreseen(cause)).toMatchObject({ code: "files.too-many", hint });
  const taken = new AmalfaError("lock.unavailable", "The lock cannot be used.", {
    cause: new Error("?", { cause }),
  });
  expect(foreseen(taken)).toMatchObject({ code: taken.code, message: taken.message, exit: taken.exit, hint });
});

test("what nobody thought of is one", () => {
  expect(foreseen(new TypeError("x is not a function"))).toBeUndefined();
  expect(foreseen(Object.assign(new Error("?"), { code: "EBADF" }))).toBeUndefined();
});

import { expect, test } from "bun:test";
import { accessByMode } from "../../../src/ingest/discovery/walk.ts";

const uid = process.getuid?.() ?? 0;
const gid = process.getegid?.() ?? 0;
const ELSE = 4_000_000;

test("a file that nobody may read is in doubt for everybody", () => {
  expect(accessByMode({ mode: 0o100000, uid, gid })).toBe("in doubt");
  expect(accessByMode({ mode: 0o100000, uid: ELSE, gid: ELSE })).toBe("in doubt");
});

test("one that its reader may read is not", () => {
  expect(accessByMode({ mode: 0o100400, uid, gid: ELSE })).toBe("granted");
  expect(accessByMode({ mode: 0o100004, uid: ELSE, gid: ELSE })).toBe("granted");
  expect(accessByMode({ mode: 0o100640, uid: ELSE, gid })).toBe("granted");
});

test("for others than root the bits of the owner, the group or the others count, whichever applies first", () => {
  const doubt = uid === 0 ? "granted" : "in doubt";
  expect(accessByMode({ mode: 0o100044, uid, gid })).toBe(doubt);
  expect(accessByMode({ mode: 0o100604, uid: ELSE, gid })).toBe(doubt);
  expect(accessByMode({ mode: 0o100660, uid: ELSE, gid: ELSE })).toBe(doubt);
});

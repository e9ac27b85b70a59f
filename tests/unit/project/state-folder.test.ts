import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { makeOwnFolder } from "../../../src/project/state-folder.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("a folder of the user's state is made, or shut where others may enter it", () => {
  using temp = new TempFolder();
  makeOwnFolder(temp.join("new", "state"));
  expect(modeOf(temp.join("new", "state"))).toBe(0o700);
  mkdirSync(temp.join("open"));
  chmodSync(temp.join("open"), 0o755);
  makeOwnFolder(temp.join("open"));
  expect(modeOf(temp.join("open"))).toBe(0o700);
});

test("what a link in its place leads to keeps its mode", () => {
  using temp = new TempFolder();
  mkdirSync(temp.join("elsewhere"));
  chmodSync(temp.join("elsewhere"), 0o755);
  symlinkSync(temp.join("elsewhere"), temp.join("state"));
  expect(() => makeOwnFolder(temp.join("state"))).toThrow("is a link");
  expect(modeOf(temp.join("elsewhere"))).toBe(0o755);
});

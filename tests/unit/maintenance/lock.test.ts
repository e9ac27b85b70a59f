import { expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { withMaintenanceLock } from "../../../src/project/lock/lock.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("a holder's name that can be neither written nor removed leaves nothing behind, and hides no error", async () => {
  using folder = new TempFolder();
  const paths = projectPaths(folder.path);
  const holder = `${paths.maintenanceLock}.holder`;
  mkdirSync(holder, { recursive: true });
  const failure = new Error("what went wrong in the work");
  const locked = (work: () => Promise<string>) =>
    withMaintenanceLock(paths, { command: "init", waitSeconds: 0 }, work);
  await expect(locked(() => Promise.reject(failure))).rejects.toBe(failure);
  const names = readdirSync(paths.runtime).filter((name) => name.startsWith(basename(holder)));
  expect(names).toEqual([basename(holder)]);
  // Released all the same.
  expect(await locked(async () => "done")).toBe("done");
});

/** What comes with a folder leads none of amalfa's own writing out of it. */
import { expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { layoutAccess } from "../../../src/maintenance/doctor/checks/layout-access.ts";
import { withMaintenanceLock } from "../../../src/project/lock/index.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { openLogForChild, openServiceLog } from "../../../src/services/log.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { stopAllServices } from "../../../src/services/stop.ts";
import { createOwnFile, writeOwnFile } from "../../../src/system/files/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("a file of amalfa's own replaces what has its name, a link as a link, with its mode from the beginning", () => {
  using folder = new TempFolder().write({ precious: "mine", "own/old": "old" });
  symlinkSync("../precious", folder.join("own/link"));
  for (const name of ["old", "link", "new"]) {
    writeOwnFile(folder.join("own", name), "ours\n", { mode: 0o600 });
    expect(readFileSync(folder.join("own", name), "utf8")).toBe("ours\n");
    expect(lstatSync(folder.join("own", name)).isFile()).toBe(true);
    expect(statSync(folder.join("own", name)).mode & 0o777).toBe(0o600);
  }
  expect(readFileSync(folder.join("precious"), "utf8")).toBe("mine");
  expect(readdirSync(folder.join("own")).sort()).toEqual(["link", "new", "old"]);
});

test("one that must be new is not put in the place of anything, and nothing is written through a linked folder", () => {
  using folder = new TempFolder().write({ "own/old": "old" });
  symlinkSync("nowhere", folder.join("own/link"));
  symlinkSync("own", folder.join("way"));
  for (const name of ["old", "link"]) {
    expect(() => createOwnFile(folder.join("own", name), "ours", { mode: 0o600 })).toThrow("EEXIST");
  }
  createOwnFile(folder.join("own/new"), "ours", { mode: 0o600 });
  expect(() => writeOwnFile(folder.join("way/more"), "ours", { mode: 0o600 })).toThrow();
  expect(readdirSync(folder.join("own")).sort()).toEqual(["link", "new", "old"]);
  mkdirSync(folder.join("own/folder"));
  expect(() => writeOwnFile(folder.join("own/folder"), "ours", { mode: 0o600 })).toThrow();
  expect(readdirSync(folder.join("own")).sort()).toEqual(["folder", "link", "new", "old"]);
});

test("links under names that a temporary file could have are not followed by locks and services", async () => {
  using folder = new TempFolder().write({ precious: "mine", ".amalfa/runtime/other": "" });
  const paths = projectPaths(folder.path);
  const names = [
    `.daemon.pid.${process.pid}.tmp`,
    `.nonce.${process.pid}.tmp`,
    `.server-token.${process.pid}.tmp`,
    `maintenance.lock.holder.${process.pid}`,
    "nonce",
    "maintenance.lock.holder",
  ];
  const mode = statSync(folder.join("precious")).mode;
  for (const name of names) symlinkSync("../../precious", `${paths.runtime}/${name}`);
  using service = registerService({ paths, service: "watcher", version: "1" });
  await withMaintenanceLock(paths, { command: "init", waitSeconds: 0 }, async () => {});
  expect(existsSync(service.path)).toBe(true);
  expect(readFileSync(folder.join("precious"), "utf8")).toBe("mine");
  expect(statSync(folder.join("precious")).mode).toBe(mode);
});

test("nothing is made through a link in the place of .amalfa or of its runtime folder", async () => {
  for (const linked of [".amalfa", ".amalfa/runtime"]) {
    using folder = new TempFolder();
    using elsewhere = new TempFolder();
    mkdirSync(dirname(folder.join(linked)), { recursive: true });
    symlinkSync(elsewhere.path, folder.join(linked));
    const paths = projectPaths(folder.path);
    const refused = expect.objectContaining({ code: "data.link" });
    expect(() => registerService({ paths, service: "server", version: "1" })).toThrow(refused);
    const locking = withMaintenanceLock(paths, { command: "init", waitSeconds: 0 }, async () => {});
    await expect(locking).rejects.toThrow(refused);
    expect(readdirSync(elsewhere.path)).toEqual([]);
    // Nor is anything taken away there by what stops services.
    mkdirSync(paths.runtime, { recursive: true });
    writeFileSync(`${paths.runtime}/daemon.pid`, "0\n");
    const before = readdirSync(elsewhere.path, { recursive: true });
    await stopAllServices(paths).catch((error: unknown) => expect(error).toEqual(refused));
    expect(readdirSync(elsewhere.path, { recursive: true })).toEqual(before);
    const { findings } = await layoutAccess.run({ project: { paths } } as Parameters<
      typeof layoutAccess.run
    >[0]);
    expect(findings).toMatchObject([
      { subject: folder.join(linked), message: expect.stringContaining("is a symbolic link") },
    ]);
  }
});

test("a log is not written to what a link in its place leads to", () => {
  using folder = new TempFolder().write({ precious: "mine" });
  symlinkSync("precious", folder.join("watcher.log"));
  openServiceLog(folder.join("watcher.log")).write("a line");
  expect(() => openLogForChild(folder.join("watcher.log"))).toThrow("it is a symbolic link");
  expect(readFileSync(folder.join("precious"), "utf8")).toBe("mine");
});

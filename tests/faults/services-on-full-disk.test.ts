/** Starting a service where the disk is full: its log is empty then, and says nothing of why. */
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { fillUp, inOwnMounts, mountOwn } from "../helpers/own-mounts.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

test.each(["watcher", "vector"])(
  "%s start says that there is no space, and leads to no empty log",
  (service) => {
    using project = new TempFolder();
    project.write({ "README.md": "# Notes\n", [`.amalfa/logs/${service}.log`]: "" });
    mkdirSync(project.join(".amalfa/runtime"));
    using place = new TempFolder();
    const script = `${mountOwn(place.path, "1m")}; cp -a '${project.path}/.' '${place.path}'; ${fillUp(place.path)}`;
    const command = [process.execPath, CLI, "--root", place.path, "--json", service, "start"];
    const [program = "", ...args] = inOwnMounts(script, command);
    const { stdout } = spawnSync(program, args, { cwd: "/", encoding: "utf8" });
    const { error } = JSON.parse(stdout) as ErrorDocument;
    expect(error.code).toBe("service.failed");
    expect(error.message).toContain("there is no space left to write its log");
    expect(error.hint).toContain("Free some space");
  },
  300_000,
);

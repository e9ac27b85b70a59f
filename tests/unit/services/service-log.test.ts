import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { linesSince, OLDER_LOGS, openServiceLog } from "../../../src/services/log.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

describe("the log of a service", () => {
  test("stays within its limit however long the service runs, and loses only the oldest lines", () => {
    using folder = new TempFolder();
    const log = openServiceLog(folder.join("watcher.log"), 2_000);
    for (let line = 0; line < 500; line++) log.write(`line ${line}`);
    const names = readdirSync(folder.path).sort();
    expect(names).toEqual(["watcher.log", "watcher.log.1", "watcher.log.2"]);
    expect(names).toHaveLength(OLDER_LOGS + 1);
    for (const name of names) expect(statSync(folder.join(name)).size).toBeLessThan(2_100);
    const numbers = [...names]
      .reverse()
      .flatMap((name) =>
        [...readFileSync(folder.join(name), "utf8").matchAll(/line (\d+)$/gm)].map(([, n]) => Number(n)),
      );
    expect(numbers.at(-1)).toBe(499);
    expect(numbers).toEqual(numbers.map((_, place) => numbers[0]! + place));
  });

  test("shows what a name holds, and sends nothing of it to the terminal that prints the log", () => {
    using folder = new TempFolder();
    openServiceLog(folder.join("watcher.log")).write("a\u001b[2J\u009b.md could not be read\nand b.md");
    expect(readFileSync(folder.join("watcher.log"), "utf8")).toMatch(
      /^\S+ a\\x1b\[2J\\x9b\.md could not be read\n {2}and b\.md\n$/,
    );
  });

  test("follows a rotation by somebody else, and survives the loss of its folder", () => {
    using folder = new TempFolder();
    folder.write({ "logs/watcher.log": "" });
    const log = openServiceLog(folder.join("logs/watcher.log"));
    rmSync(folder.join("logs/watcher.log"));
    log.write("after");
    expect(readFileSync(folder.join("logs/watcher.log"), "utf8")).toContain("after");
    rmSync(folder.join("logs"), { recursive: true });
    log.write("nowhere");
    expect(existsSync(folder.join("logs"))).toBe(false);
  });

  test("gives the last lines since a size, also when it was rotated meanwhile", () => {
    using folder = new TempFolder();
    const path = folder.join("watcher.log");
    folder.write({ "watcher.log": "old\nnew\nnewest\n" });
    expect(linesSince(path, 4)).toEqual(["new", "newest"]);
    expect(linesSince(path, 4, 1)).toEqual(["newest"]);
    expect(linesSince(path, 1_000)).toEqual(["old", "new", "newest"]);
    expect(linesSince(folder.join("none"), 0)).toEqual([]);
  });
});

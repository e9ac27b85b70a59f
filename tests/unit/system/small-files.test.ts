/**
 * Files that are small wherever they are what they should be, and may be anything in a folder that is not one's own.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { discover } from "../../../src/ingest/discovery/index.ts";
import { loadProject } from "../../../src/project/index.ts";
import { readLockHolder } from "../../../src/project/lock/index.ts";
import { readSmallBytes, readSmallFile } from "../../../src/system/files/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

/** A file of this length that takes no space. */
function makeSparse(path: string, bytes = 5 * 2 ** 30): string {
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

describe("a small file", () => {
  test("is read", () => {
    using folder = new TempFolder();
    folder.write({ "a.txt": "\uFEFFé\n" });
    expect(readSmallFile(join(folder.path, "a.txt"))).toBe("\uFEFFé\n");
    expect(readSmallBytes(join(folder.path, "a.txt"), 6).length).toBe(6);
  });

  test("is refused where it is too large, no file, or a pipe that nobody writes to", () => {
    using folder = new TempFolder();
    const pipe = join(folder.path, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    expect(() => readSmallFile(makeSparse(join(folder.path, "large")))).toThrow("it is larger than 1 MiB");
    expect(() => readSmallFile(folder.path)).toThrow("it is not a file");
    expect(() => readSmallFile(pipe)).toThrow("it is not a file");
    expect(() => readSmallFile(join(folder.path, "none"))).toThrow("ENOENT");
  });
});

describe("a disk image in its place", () => {
  test("is no note of who holds the lock", async () => {
    using folder = new TempFolder();
    const { paths } = await loadProject({ root: folder.path, cwd: folder.path });
    mkdirSync(paths.runtime, { recursive: true });
    makeSparse(join(paths.runtime, "maintenance.lock.holder"));
    expect(readLockHolder(paths)).toBeUndefined();
  });

  test("is no list of what to ignore: its folder is left alone, and it is named", () => {
    using folder = new TempFolder();
    folder.write({ "a.md": "# A\n", "sub/b.md": "# B\n" });
    makeSparse(join(folder.path, "sub/.gitignore"));
    const found = discover({ root: folder.path, sources: ["."], excludePatterns: [] });
    expect(found.files.map(({ id }) => id)).toEqual(["a.md"]);
    expect(found.failed).toEqual([
      { path: "sub/.gitignore", error: expect.stringContaining("it is larger than 16 MiB") },
    ]);
  });
});

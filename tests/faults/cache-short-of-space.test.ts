/** Making the vector cache smaller on a disk that is almost full, which is when people do it. */
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { CLI } from "../helpers/amalfa.ts";
import { fillCache } from "../helpers/embedding.ts";
import { fillUp, inOwnMounts, mountOwn } from "../helpers/own-mounts.ts";
import { CACHE } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const ROWS = 5_000;

function projectWithCache(): TempFolder {
  const folder = new TempFolder();
  folder.write({ "README.md": "# Notes\n" });
  mkdirSync(folder.join(".amalfa/cache"), { recursive: true });
  fillCache(folder.join(CACHE), ROWS);
  return folder;
}

test("a prune works within the space that is left, and gives back what it frees", () => {
  using project = projectWithCache();
  using place = new TempFolder();
  // A twentieth of what the rows that go take.
  const script = `${mountOwn(place.path, "32m")}; cp -a '${project.path}/.' '${place.path}'
    ${fillUp(place.path)}; rm '${place.path}/filler2'; truncate -s -400K '${place.path}/filler'`;
  const prune = [
    process.execPath,
    CLI,
    "--root",
    place.path,
    "--json",
    "cache",
    "prune",
    "--max-bytes",
    "2MiB",
  ];
  const [program = "", ...args] = inOwnMounts(
    `${script}\n"$@"; df --output=avail -k '${place.path}' | tail -n 1; exit`,
    prune,
  );
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: "/", encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const end = stdout.lastIndexOf("}") + 1;
  const free = Number(stdout.slice(end));
  const { removed, entries } = JSON.parse(stdout.slice(0, end)) as { removed: number; entries: number };
  expect(removed + entries).toBe(ROWS);
  expect(entries).toBeLessThan(1_100);
  expect(free).toBeGreaterThan(8 * 1024);
}, 300_000);

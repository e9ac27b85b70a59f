/** A machine with little memory left, as `/proc/meminfo` says it. */
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { CLI } from "../helpers/amalfa.ts";
import { inOwnMounts } from "../helpers/own-mounts.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

function init(
  project: TempFolder,
  freeKib: number,
  ...flags: string[]
): { status: number | null; stdout: string; stderr: string } {
  using place = new TempFolder().write({
    meminfo: `MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    ${freeKib} kB\n`,
  });
  const script = `mount --bind '${place.join("meminfo")}' /proc/meminfo`;
  const [program = "", ...args] = inOwnMounts(script, [
    process.execPath,
    CLI,
    "--root",
    project.path,
    "init",
    ...flags,
  ]);
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

test("an ingest for which there is little memory says how much it may need, and what to do", () => {
  using project = new TempFolder().write({ "a.md": "# Turtles\n\nThey live long.\n" });
  const short = init(project, 90_000);
  expect(short.status).toBe(0);
  expect(short.stderr).toMatch(/may need about [\d.]+ MiB of memory, and 87\.9 MiB are free/);
  expect(short.stderr).toContain("run it again");
});

test("nothing is said where there is enough, or nothing to compute", () => {
  using project = new TempFolder().write({ "a.md": "# Turtles\n" });
  expect(init(project, 4_000_000).stderr).not.toContain("of memory");
  expect(init(project, 90_000).stderr).not.toContain("of memory");
});

test("a dry run says what is needed and what is free, as long as there is something to bring in", () => {
  using project = new TempFolder().write({ "a.md": "# Turtles\n" });
  expect(init(project, 90_000, "--dry-run").stdout).toMatch(
    /disk +about 2 MiB, .+ free\n +memory +about [\d.]+ MiB, 87\.9 MiB free/,
  );
  const { needs } = JSON.parse(init(project, 90_000, "--dry-run", "--json").stdout);
  expect(needs.disk.needed).toBeGreaterThan(2 * 1024 * 1024);
  expect(needs.memory.free).toBe(90_000 * 1024);

  init(project, 4_000_000);
  expect(init(project, 90_000, "--dry-run").stdout).not.toContain("memory");
});

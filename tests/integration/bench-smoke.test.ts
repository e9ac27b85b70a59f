/** The benchmark runs to its end and reports every figure; how fast anything is is no test's business. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchReport } from "../../scripts/bench/report.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const ROOT = join(import.meta.dir, "../..");

async function bench(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([process.execPath, "run", "bench", ...args], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, stdout, stderr };
}

test("a quick run measures every figure and writes it down", async () => {
  using folder = new TempFolder();
  const output = folder.join("report.json");
  const { status, stdout, stderr } = await bench(
    "--quick",
    "--output",
    output,
    "--kept",
    folder.join("kept"),
  );
  expect(`${stderr.includes("rror") ? stderr : ""}${status}`).toBe("0");
  const report = JSON.parse(readFileSync(output, "utf8")) as BenchReport;
  expect(report.machine.cores).toBeGreaterThan(0);
  expect(report.versions.bun).toBe(Bun.version);
  expect(report.figures.map(({ name }) => name)).toEqual([
    "cold-embedding",
    "cached-embedding",
    "unchanged-init",
    "doctor",
    "search-speed",
    "search-scale",
    "warm-rebuild",
    "freshness",
    "start-up",
    "peak-memory",
    "server",
    "remote",
    "agents",
    "relevance",
  ]);
  for (const { name, title, rows } of report.figures) {
    expect(stdout).toContain(title);
    if (name !== "relevance" && name !== "agents") expect(rows).not.toBeEmpty();
    for (const { ours, peer } of rows) {
      // What something adds to a run may be lost in how much two runs differ.
      if (name === "remote") expect(ours.median).toBeNumber();
      else expect(ours.median).toBeGreaterThan(0);
      if (peer !== undefined) expect(peer.ratio.median).toBeGreaterThan(0);
    }
  }
}, 1_200_000);

test("a figure that does not exist is wrong usage, and those that do are named", async () => {
  const { status, stderr } = await bench("speed-of-light", "--quick");
  expect(status).toBe(2);
  expect(stderr).toContain("cold-embedding");
});

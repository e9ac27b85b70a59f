/** The harness of faults says how it is used. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const FAULTS = join(import.meta.dir, "../../../scripts/faults.ts");

test.each([
  ["--help", 0],
  ["--sed", 2],
  ["--seed", 2],
])("%s runs no case, and shows the usage", async (option, expected) => {
  const child = Bun.spawn([process.execPath, FAULTS, option], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const [said, other] = expected === 0 ? [stdout, stderr] : [stderr, stdout];
  expect({ status: await child.exited, other }).toEqual({ status: expected, other: "" });
  expect(said).toContain("usage: bun run faults");
  expect(said).not.toContain("faults.ts:");
});

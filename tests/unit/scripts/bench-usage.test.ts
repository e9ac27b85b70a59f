/** The benchmark says how it is used. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const BENCH = join(import.meta.dir, "../../../scripts/bench/run.ts");

async function bench(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([process.execPath, BENCH, ...args], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, stdout, stderr };
}

test("--help measures nothing", async () => {
  const { status, stdout, stderr } = await bench("--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("usage: bun run bench");
  expect(stdout).toContain("search-scale");
  expect(stdout).toContain("--earlier DIR");
});

test.each([
  [["--quik"], "'--quik'"],
  [["--kept"], "--kept"],
  [["relevance", "toString"], "There is no figure toString."],
])("%p is refused with the usage", async (args, said) => {
  const { status, stdout, stderr } = await bench(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(said);
  expect(stderr).toContain("usage: bun run bench");
  expect(stderr).not.toContain("run.ts:");
});

/**
 * Some of what `bun run faults` does, the same cases on every run: half a minute or so. `AMALFA_FAULT_CASES=60 bun test
 * tests/faults/harness.test.ts` is the long version.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";

const SEED = "41";
/** As many as take half a minute on two cores that have other tests to run as well. */
const CASES = process.env.AMALFA_FAULT_CASES ?? "4";

test("whatever happens to the program, nothing is lost or hidden, and what the doctor recommends puts it right", async () => {
  const script = join(import.meta.dir, "../../scripts/faults.ts");
  const run = Bun.spawn([process.execPath, script, "--seed", SEED, "--cases", CASES], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const said = await new Response(run.stdout).text();
  expect({ status: await run.exited, said }).toEqual({
    status: 0,
    said: expect.stringMatching(/^\d+ cases, 0 with violations\n$/),
  });
}, 3_600_000);

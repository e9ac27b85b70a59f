/**
 * Everything that has to be true before a change goes in: format and lint, types, import rules, all tests.
 *
 * Goes through every step even if one fails, and ends with the number of tests, and steps, that passed and failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dir, "..");

function run(name: string, args: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status === 0;
}

function step(name: string, script: string): Tally {
  const ok = run(name, ["run", script]);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** Runs all tests and counts them from the JUnit report, which also knows of files that did not load. */
function tests(): Tally {
  const folder = mkdtempSync(join(tmpdir(), "amalfa-check-"));
  try {
    const report = join(folder, "junit.xml");
    const ok = run("tests", ["test", "--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`]);
    const header = /<testsuites[^>]*>/.exec(readFileSync(report, "utf8"))?.[0] ?? "";
    const count = (name: string): number =>
      Number(new RegExp(`\\b${name}="(\\d+)"`).exec(header)?.[1] ?? Number.NaN);
    const failed = count("failures");
    const passed = count("tests") - failed - count("skipped");
    if (Number.isNaN(passed)) return { passed: 0, failed: 1 };
    return { passed, failed: ok ? failed : Math.max(failed, 1) };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tallies = [
  step("format and lint", "lint"),
  step("types", "typecheck"),
  step("import rules", "imports"),
  tests(),
];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

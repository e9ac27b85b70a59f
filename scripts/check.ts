/**
 * Everything that has to be true before a change goes in: format and lint, types, import rules, all tests.
 *
 * Goes through every step even if one fails, repeats what tests that failed have printed, and ends with the number of
 * tests, and steps, that passed and failed.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dir, "..");

/** Test files at a time. Most tests wait for processes that they start, and each of those has threads of its own. */
const TEST_PROCESSES = Math.min(availableParallelism(), 4);

/** Runs Bun; hands each line that it writes on stderr on, and to `onLine`. */
async function run(name: string, args: readonly string[], onLine = (_: string) => {}): Promise<boolean> {
  console.log(`\n== ${name}`);
  const child = Bun.spawn([process.execPath, ...args], { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  for await (const line of createInterface({ input: Readable.fromWeb(child.stderr) })) {
    process.stderr.write(`${line}\n`);
    onLine(line);
  }
  return (await child.exited) === 0;
}

async function step(name: string, script: string): Promise<Tally> {
  const ok = await run(name, ["run", script]);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

/** What tests that failed have printed: a log may be cut before it is read, and its end is what remains. */
class Failures {
  readonly printed: string[] = [];
  #file = "";
  #sinceLastTest: string[] = [];
  #ended = false;

  take(line: string): void {
    // Bun lists the names once more at its end.
    this.#ended ||= /^\d+ tests? failed:$/.test(line);
    if (this.#ended) return;
    if (/^\S+\.test\.ts:$/.test(line)) this.#file = line;
    else this.#sinceLastTest.push(line);
    if (/^\(fail\)/.test(line)) this.printed.push([this.#file, ...this.#sinceLastTest].join("\n"));
    if (/^\((fail|pass|skip|todo)\)/.test(line)) this.#sinceLastTest = [];
  }
}

/** Runs all tests and counts them from the JUnit report, which also knows of files that did not load. */
async function tests(): Promise<Tally> {
  const failures = new Failures();
  const folder = mkdtempSync(join(tmpdir(), "amalfa-check-"));
  try {
    const report = join(folder, "junit.xml");
    const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
    const args = ["test", "--timeout=120000", `--parallel=${TEST_PROCESSES}`, ...reporter];
    const ok = await run("tests", args, (line) => failures.take(line));
    if (failures.printed.length > 0) console.log(`\n== tests that failed\n${failures.printed.join("\n\n")}`);
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
  await step("format and lint", "lint"),
  await step("types", "typecheck"),
  await step("import rules", "imports"),
  await tests(),
];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Everything that has to be true before a change goes in: format and lint, types, import rules, nothing unused, all
 * tests. With `full`, what takes longer instead: the site, the tests that race, kill and share for as long as they are
 * told, and what would be published, installed where nothing else is.
 *
 * Goes through every step even if one fails, repeats what tests that failed have printed, and ends with the number of
 * tests, and steps, that passed and failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { bundleProgram } from "./bundle-program.ts";
import { readLcov, summarize } from "./coverage.ts";

interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests that lacked something, such as a server that is not installed. They have not passed. */
  readonly notRun?: readonly string[];
}

const root = join(import.meta.dir, "..");

/**
 * Test files at a time: one more than there are cores, since most tests wait for processes that they start, and each of
 * those has threads of its own.
 */
const TEST_PROCESSES = Math.min(availableParallelism() + 1, 4);

/**
 * The tests run the program as it is published. Loading some two hundred sources is a quarter of what most commands
 * take, more than half of what the doctor does, and there are some thousand starts. A single test file runs the
 * sources, unless it is told otherwise by the variable.
 */
const TESTED_PROGRAM = { AMALFA_TESTED_PROGRAM: join(root, "dist/src/cli.js") };

/** What tests put something else in the place of: see `tests/helpers/made-up-model.ts`. */
const REPLACED_BY_TESTS = ["src/embedding/inference/pool.ts"];

/** A file of which the tests' own processes run less is named. */
const LOW_COVERAGE = 0.5;

/** Tests whose length can be set, and how long they take here: half an hour on two busy cores. */
const LONG_RUNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tests/faults/cache-shared.test.ts": { AMALFA_CACHE_SECONDS: "60" },
  "tests/faults/rebuild-kill.test.ts": { AMALFA_KILLS: "100" },
  "tests/faults/harness.test.ts": { AMALFA_FAULT_CASES: "60" },
  "tests/faults/unforeseen.test.ts": { AMALFA_DAMAGE_EVERY: "1" },
  "tests/properties": { AMALFA_PROPERTY_RUNS: "10000" },
  "tests/faults/maintenance-race.test.ts": { AMALFA_RACES: "30" },
  "tests/faults/watcher-day.test.ts": { AMALFA_WATCHER_CYCLES: "1000" },
  "tests/integration/doctor-live.test.ts": { AMALFA_DOCTOR_ROUNDS: "30" },
  "tests/integration/always-fresh.test.ts": { AMALFA_FRESH_STEPS: "3000" },
  "tests/integration/token-isolation.test.ts": { AMALFA_ATTEMPTS: "100000" },
  "tests/integration/hostile-folders.test.ts": { AMALFA_HOSTILE_FOLDERS: "1000" },
  "tests/unit/ingest/chunk-locality.test.ts": { AMALFA_LOCALITY_DOCUMENTS: "200" },
  "tests/unit/graph/filters.test.ts": { AMALFA_FILTERS: "1000" },
  "tests/integration/bad-input.test.ts": { AMALFA_LARGE_MB: "20" },
};

/** Tests that put other servers, the protocol's own suite or peers around the program; with `full` only. */
const WITH_OTHERS: readonly string[] = [
  "tests/integration/bench-smoke.test.ts",
  "tests/integration/claude-code.test.ts",
  "tests/integration/http-load.test.ts",
  "tests/integration/mcp-conformance.test.ts",
  "tests/integration/real-clients.test.ts",
  "tests/integration/remote-machines.test.ts",
  "tests/integration/remote-packs.test.ts",
  "tests/integration/remote-redis.test.ts",
  "tests/integration/remote-slow.test.ts",
  "tests/integration/two-machines.test.ts",
  "tests/integration/team-docs.test.ts",
  "tests/faults/remote-storm.test.ts",
];

interface RunOptions {
  readonly onLine?: (line: string) => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs Bun; hands each line that it writes on stderr on, and to `onLine`. */
async function run(
  name: string,
  args: readonly string[],
  { onLine, env }: RunOptions = {},
): Promise<boolean> {
  console.log(`\n== ${name}`);
  const stdio: ["ignore", "inherit", "pipe"] = ["ignore", "inherit", "pipe"];
  const child = Bun.spawn([process.execPath, ...args], { cwd: root, stdio, env: { ...process.env, ...env } });
  for await (const line of createInterface({ input: Readable.fromWeb(child.stderr) })) {
    process.stderr.write(`${line}\n`);
    onLine?.(line);
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
  readonly notRun: string[] = [];
  #file = "";
  #sinceLastTest: string[] = [];
  #ended = false;

  take(line: string): void {
    // Bun lists the names once more at its end.
    this.#ended ||= /^\d+ tests? (?:failed|skipped|todo):$/.test(line);
    if (this.#ended) return;
    if (/^\S+\.test\.ts:$/.test(line)) this.#file = line;
    else this.#sinceLastTest.push(line);
    if (/^\(fail\)/.test(line)) this.printed.push([this.#file, ...this.#sinceLastTest].join("\n"));
    if (/^\((fail|pass|skip|todo)\)/.test(line)) this.#sinceLastTest = [];
    const left = /^\((?:skip|todo)\) (.*)$/.exec(line)?.[1];
    if (left !== undefined) this.notRun.push(`${this.#file} ${left}`);
  }
}

interface TestRun {
  readonly name: string;
  /** What `bun test` is told besides what it is to report. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs tests and counts them from the JUnit report, which also knows of files that did not load. */
async function tests({ name, args, env }: TestRun): Promise<Tally> {
  const failures = new Failures();
  const folder = mkdtempSync(join(tmpdir(), "amalfa-check-"));
  try {
    const report = join(folder, "junit.xml");
    const reporter = ["--reporter=junit", `--reporter-outfile=${report}`, `--coverage-dir=${folder}`];
    const options = { onLine: (line: string) => failures.take(line), ...(env === undefined ? {} : { env }) };
    const ok = await run(name, ["test", ...reporter, ...args], options);
    if (failures.printed.length > 0) console.log(`\n== tests that failed\n${failures.printed.join("\n\n")}`);
    showCoverage(join(folder, "lcov.info"));
    const header = /<testsuites[^>]*>/.exec(readFileSync(report, "utf8"))?.[0] ?? "";
    const count = (field: string): number =>
      Number(new RegExp(`\\b${field}="(\\d+)"`).exec(header)?.[1] ?? Number.NaN);
    const failed = count("failures");
    const passed = count("tests") - failed - count("skipped");
    if (Number.isNaN(passed)) return { passed: 0, failed: 1 };
    return { passed, failed: ok ? failed : Math.max(failed, 1), notRun: failures.notRun };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function showCoverage(file: string): void {
  if (!existsSync(file)) return;
  const lines = summarize(readLcov(readFileSync(file, "utf8"), "src/"), LOW_COVERAGE);
  console.log(`\n== coverage, of what runs in the tests' own processes\n${lines.join("\n")}`);
}

/** @returns whether it can be bundled at all, which is a step of its own */
async function bundle(): Promise<Tally> {
  console.log("\n== bundle");
  try {
    await bundleProgram(join(root, "dist"), REPLACED_BY_TESTS);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1 };
  }
}

async function check(): Promise<Tally[]> {
  return [
    await step("format and lint", "lint"),
    await step("types", "typecheck"),
    await step("import rules", "imports"),
    await step("nothing unused", "unused"),
    await bundle(),
    await tests({
      name: "tests",
      env: TESTED_PROGRAM,
      args: [
        "--timeout=600000",
        `--parallel=${TEST_PROCESSES}`,
        "--coverage",
        "--coverage-reporter=lcov",
        ...WITH_OTHERS.map((file) => `--path-ignore-patterns=${file}`),
      ],
    }),
  ];
}

/** One after the other: each of them takes all of the machine. */
async function checkFull(): Promise<Tally[]> {
  const tallies: Tally[] = [await step("the site of the documentation, without a dead link", "site")];
  tallies.push(await tests({ name: "tests with others", args: ["--timeout=1200000", ...WITH_OTHERS] }));
  for (const [file, env] of Object.entries(LONG_RUNS)) {
    const name = [file, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)].join(" ");
    tallies.push(await tests({ name, args: ["--timeout=1200000", file], env }));
  }
  const released = await run("what would be published", ["scripts/release.ts", "--dry-run"]);
  tallies.push({ passed: released ? 1 : 0, failed: released ? 0 : 1 });
  return tallies;
}

const tallies = await (process.argv[2] === "full" ? checkFull() : check());
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
const notRun = tallies.flatMap((tally) => tally.notRun ?? []);
if (notRun.length > 0) console.log(`\n== ${notRun.length} tests were not run\n${notRun.join("\n")}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

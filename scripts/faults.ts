/**
 * What can go wrong, made to go wrong in real processes, and judged. Each case is a function of its number: what a
 * failure prints does it again, as near as moments allow.
 *
 *     bun run faults --seed 1 --minutes 10 [--kind kill] [--cases 50] [--at-a-time 4]
 *     bun run faults --case 1000004 --verbose         one case again
 *     bun run faults --minutes 60 --out counts.jsonl  and then
 *     bun run faults --report counts.jsonl            writes what came of it into docs/reliability.md
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { messageOf } from "../src/system/index.ts";
import {
  type CaseResult,
  commandOf,
  countsOf,
  type RunHead,
  runCases,
  USUAL_AT_A_TIME,
  withCounts,
} from "../tests/faults/harness/index.ts";
import { OWN_MOUNTS } from "../tests/helpers/own-mounts.ts";

/** What is tried here is nobody's project. */
process.env.AMALFA_REGISTRY = "off";

const PAGE = join(import.meta.dir, "../docs/reliability.md");
const INSIDE = "AMALFA_FAULTS_INSIDE";
/** As good as none. */
const UNLIMITED = 1e9;

const USAGE = `usage: bun run faults [--seed N] [--minutes N] [--cases N] [--at-a-time N] [--kind KIND]… [--out FILE]
       bun run faults --case NUMBER… [--verbose]
       bun run faults --report FILE`;

const values = readOptions();
if (values.help) console.log(USAGE);
else if (values.report !== undefined) writeReport(values.report);
else if (isInOwnNamespace()) process.exitCode = await run();
else process.exitCode = runInOwnNamespace();

function readOptions() {
  try {
    return parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        minutes: { type: "string", default: String(UNLIMITED) },
        cases: { type: "string", default: String(UNLIMITED) },
        "at-a-time": { type: "string", default: String(USUAL_AT_A_TIME) },
        kind: { type: "string", multiple: true, default: [] },
        case: { type: "string", multiple: true },
        out: { type: "string" },
        report: { type: "string" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** File systems that cases mount are seen by nobody else, and gone when the harness ends, however it ends. */
function isInOwnNamespace(): boolean {
  if (process.env[INSIDE] !== undefined || process.platform !== "linux") return true;
  return spawnSync("unshare", [...OWN_MOUNTS.slice(1), "true"]).status !== 0;
}

function runInOwnNamespace(): number {
  const command = [...OWN_MOUNTS.slice(1), process.execPath, import.meta.path, ...process.argv.slice(2)];
  const env = { ...process.env, [INSIDE]: "1" };
  return spawnSync("unshare", command, { stdio: "inherit", env }).status ?? 1;
}

async function run(): Promise<number> {
  const started = performance.now();
  // The folder of the run is disposed of when its work has ended, and so are the processes of its cases.
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const began = new Date().toISOString().slice(0, 16).replace("T", " ");
  const results = await runCases({
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    cases: Number(values.cases),
    atATime: Number(values["at-a-time"]),
    signal: stop.signal,
    kinds: values.kind,
    ...(values.case === undefined ? {} : { only: values.case.map(Number) }),
    onResult: (result) => {
      if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(result)}\n`);
      print(result);
    },
  });
  const head: RunHead = {
    seed: Number(values.seed),
    started: `${began} UTC`,
    minutes: Math.round((performance.now() - started) / 60_000),
    version: packageJson.version,
    platform: `${type()} ${release().split("-")[0]}, ${availableParallelism()} cores, Bun ${Bun.version}`,
  };
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify({ head })}\n`);
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  console.log(`${results.length} cases, ${failed} with violations`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}

function print(result: CaseResult): void {
  const { kind, number, state, steps, faults, story, ms } = result;
  if (!values.verbose && faults.length === 0) return;
  const verdict = faults.length > 0 ? "VIOLATION" : "ok";
  console.log(`${verdict} ${kind} ${number}: ${state}, ${steps.join(", ") || "nothing to do"} (${ms} ms)`);
  for (const fault of faults) console.log(`  ${fault}`);
  console.log(`  what happened: ${story.join(" · ")}`);
  if (faults.length > 0) console.log(`  once more: ${commandOf(result, values.kind)}`);
}

/** Several runs may have been appended to the file; they are added up, under the head of the longest. */
function writeReport(file: string): void {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as CaseResult | { readonly head: RunHead });
  const heads = entries.flatMap((entry) => ("head" in entry ? [entry.head] : []));
  const results = entries.flatMap((entry) => ("head" in entry ? [] : [entry]));
  const head = heads.sort((a, b) => b.minutes - a.minutes)[0];
  if (head === undefined) throw new Error(`The run of ${file} has not come to its end.`);
  const minutes = heads.reduce((sum, one) => sum + one.minutes, 0);
  writeFileSync(PAGE, withCounts(readFileSync(PAGE, "utf8"), countsOf({ ...head, minutes }, results)));
}

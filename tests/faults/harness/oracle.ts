/**
 * One judgement for all cases, whatever happened in them:
 *
 * - every command ended with an honest status and word, and no process is left;
 * - the markdown is untouched, byte for byte;
 * - where nothing was damaged, the graph holds one state of the files whole, its vectors perhaps to come;
 * - what the doctor recommends puts it right, step by step, and never says `reset`;
 * - then the graph is that of a fresh project, a search finds what is there, and `.amalfa` holds nothing unknown.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { GRAPH } from "../../helpers/project-files.ts";
import { type Ended, parsed } from "./commands.ts";
import { compareRows, differing, type GraphRows, observe } from "./graph-state.ts";
import { untilAllEnded } from "./processes.ts";
import { wordOf } from "./vault.ts";
import type { World } from "./world.ts";

/** The state of the graph right after the fault. */
export type State = "old" | "new" | "pending" | "between" | "none" | "damaged";

export interface Judgement {
  readonly state: State;
  /** What the doctor recommended, in this order. */
  readonly steps: readonly string[];
}

interface Report {
  readonly ok: boolean;
  readonly next: string | null;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly message: string;
    readonly findings: readonly { readonly message: string }[];
  }[];
}

const STRAY_PATIENCE_MS = 60_000;
/** A sound project takes one step, a damaged one two or three. */
const MOST_STEPS = 8;
const LONG_AGO = new Date("2020-01-01T00:00:00Z");

export async function judge(world: World): Promise<Judgement> {
  if (!world.hasServices) await strays(world);
  markdown(world);
  const state = await stateOf(world);
  agePartials(world);
  const steps = await followDoctor(world);
  if (world.hasServices) await world.run(["stop-all", "--json"]);
  await strays(world);
  markdown(world);
  if (world.faults.length === 0) await isRight(world);
  unknownFiles(world);
  return { state, steps };
}

async function strays(world: World): Promise<void> {
  for (const { pid, command } of await untilAllEnded(world.mark, STRAY_PATIENCE_MS)) {
    world.fault(`process ${pid} is left: ${command}`);
  }
}

function markdown(world: World): void {
  for (const [path, text] of world.documents) {
    const file = world.join(path);
    if (!existsSync(file)) world.fault(`the document ${path} is gone`);
    else if (readFileSync(file, "utf8") !== text) world.fault(`the document ${path} was changed`);
  }
}

async function stateOf(world: World): Promise<State> {
  if (world.isDamaged) return "damaged";
  const { rows, faults } = observe(world.join(GRAPH));
  for (const fault of faults) world.fault(fault);
  if (rows === undefined) return "none";
  if (world.isBetweenStates) return "between";
  const compared = await Promise.all(
    world.states.map(async (documents) =>
      compareRows(rows, await world.lab.expected(documents, world.model)),
    ),
  );
  const same = compared.lastIndexOf("same");
  if (same >= 0) return same === 0 ? "old" : "new";
  if (compared.includes("pending")) return "pending";
  const nearest = await world.lab.expected(world.documents, world.model);
  world.fault(
    `the graph holds no state of the files; it differs from the last in ${differing(rows, nearest)}`,
  );
  return "damaged";
}

/** What commands that were ended have left would be too young for the doctor to judge. */
function agePartials(world: World): void {
  for (const folder of [".", ".amalfa", ".amalfa/runtime", ".amalfa/cache"]) {
    if (!existsSync(world.join(folder))) continue;
    for (const name of readdirSync(world.join(folder))) {
      if (!/tmp|partial|copying|rebuilding|deleting|holder/.test(name)) continue;
      const path = world.join(folder, name);
      if (!lstatSync(path).isSymbolicLink()) utimesSync(path, LONG_AGO, LONG_AGO);
    }
  }
}

async function followDoctor(world: World): Promise<string[]> {
  const steps: string[] = [];
  for (let step = 0; step <= MOST_STEPS; step++) {
    const report = await look(world);
    if (report === undefined || report.ok) return steps;
    const next = report.next ?? "nothing";
    if (next.startsWith("amalfa ") && !next.startsWith("amalfa reset")) {
      steps.push(next);
      const ended = await world.run([...next.split(" ").slice(1), "--json"]);
      // Where a command fails for want of something, it says so, and a person sees to that.
      if (ended.status !== 0) await relieve(world);
    } else if (world.relieve !== undefined) {
      steps.push("what it says");
      await relieve(world);
    } else if (next.startsWith("bring the documents back")) {
      // Most of them are gone because the case moved them, and an ingest asks before it believes that.
      steps.push("amalfa init --allow-empty");
      await world.run(["init", "--allow-empty", "--json"]);
    } else {
      world.fault(`the doctor recommends: ${next}; it finds ${troubles(report)}`);
      return steps;
    }
  }
  const last = await look(world);
  const found = last === undefined ? "nothing that can be read" : troubles(last);
  world.fault(`what the doctor recommends does not help (${steps.join(", ")}); it finds ${found}`);
  return steps;
}

async function relieve(world: World): Promise<void> {
  const relief = world.relieve;
  world.relieve = undefined;
  await relief?.();
}

async function look(world: World): Promise<Report | undefined> {
  const ended: Ended = await world.run(["doctor", "--deep", "--json"]);
  const report = parsed<Report>(ended.stdout);
  if (report?.checks !== undefined) return report;
  world.fault(
    `the doctor does not answer: status ${ended.status}, ${(ended.stdout + ended.stderr).slice(0, 300)}`,
  );
  return undefined;
}

function troubles(report: Report): string {
  return report.checks
    .filter(({ status }) => status === "warning" || status === "error")
    .map(({ id, findings, message }) => `${id}: ${findings[0]?.message ?? message}`)
    .join("; ");
}

/** The graph that the doctor calls sound is that of a fresh project, and answers. */
async function isRight(world: World): Promise<void> {
  const { rows, faults } = observe(world.join(GRAPH));
  for (const fault of faults) world.fault(`after all is well, ${fault}`);
  const expected: GraphRows = await world.lab.expected(world.documents, world.model);
  if (rows === undefined) return world.fault("the doctor finds all in order where there is no graph");
  if (compareRows(rows, expected) !== "same") {
    world.fault(`the doctor finds all in order, but the graph differs in ${differing(rows, expected)}`);
  }
  const path = world.random.pick([...world.documents.keys()]);
  const { stdout } = await world.run(["search", wordOf(path), "--json"]);
  const found = parsed<{ results?: { id: string }[] }>(stdout)?.results?.[0]?.id;
  if (found !== path) world.fault(`a search for a word of ${path} finds ${found ?? "nothing"} first`);
}

const KNOWN: readonly RegExp[] = [
  /^\.gitignore$/,
  /^resonance\.db(-wal|-shm)?$/,
  /^cache\/vector_cache\.sqlite(-wal|-shm)?$/,
  /^runtime\/(nonce|maintenance\.lock(\.holder)?|[\w.-]+\.lock)$/,
  /^logs\/[\w-]+\.log(\.\d+)?$/,
  /^quarantine\//,
];

function unknownFiles(world: World): void {
  for (const path of world.files(".amalfa")) {
    const name = path.slice(".amalfa/".length);
    if (!KNOWN.some((known) => known.test(name))) world.fault(`nobody knows the file ${path}`);
  }
  const beside = readdirSync(world.root).filter((name) => /partial|\.tmp$|deleting/.test(name));
  for (const name of beside) world.fault(`nobody knows the file ${join(".", name)}`);
}

/** The server over HTTP: many clients at once, several projects, its workers, its start, and what a bridge adds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HttpServer } from "../../tests/helpers/http-server.ts";
import { McpClient } from "../../tests/helpers/mcp.ts";
import { CLI, runBun } from "./child-process.ts";
import { generateDocuments } from "./corpora.ts";
import { atLeast, atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { describeMachine } from "./machine.ts";
import { preparedProject } from "./prepared-project.ts";
import {
  AT_ONCE,
  mostOfTwo,
  type Processor,
  QUERIES,
  search,
  type UnderLoad,
  underLoad,
} from "./server-load.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const CLIENTS = 40;
const PROJECTS = 10;
const DOCUMENTS_EACH = 30;

export const server: Figure = { name: "server", title: "The server over HTTP", measure };

async function measure(context: BenchContext): Promise<FigureResult> {
  const isFull = context.effort === "full";
  const { root, described } = await preparedProject(context);
  const state = join(context.folder, "state");
  const env = { XDG_STATE_HOME: state };
  const rounds = isFull ? 5 : 1;
  // Vectors of all queries, so that what is measured is searching.
  await underLoad(root, { workers: 2, env, rounds, asked: "once" });
  const one: UnderLoad[] = [];
  const two: UnderLoad[] = [];
  for (let pair = 0; pair < (isFull ? 3 : 1); pair++) {
    one.push(await underLoad(root, { workers: 1, env, rounds, asked: "once" }));
    two.push(await underLoad(root, { workers: 2, env, rounds, asked: "once" }));
  }
  const again = await underLoad(root, { workers: 2, env, rounds, asked: "again" });
  const starts: number[] = [];
  for (let n = 0; n < (isFull ? 7 : 1); n++) starts.push(await firstAnswer(root, env));
  const memory = await manyProjects(context, env);
  const bridge = await throughBridge(root, env, isFull ? 60 : 5);
  const p95 = summarise(two.map(({ milliseconds }) => percentile(milliseconds, 0.95)));
  const p95Again = percentile(again.milliseconds, 0.95);
  const lag = Math.max(...two.map((each) => each.lag), again.lag);
  const beyond = summarise(bridge.bridged).median - summarise(bridge.direct).median;
  const rateOf = (runs: readonly UnderLoad[]) => runs.map(({ perSecond }) => perSecond);
  const ratio = summariseRatio(rateOf(two), rateOf(one));
  const most = summarise(one.map(({ processor }) => mostOfTwo(processor, describeMachine().cores)));
  const processorTime = (name: string, of: (processor: Processor) => number): Row => {
    const [ones, twos] = [one, two].map((runs) => runs.map(({ processor }) => of(processor)));
    const peer = { name: "one worker", summary: summarise(ones!), ratio: summariseRatio(twos!, ones!) };
    return { case: name, unit: "ms", ours: summarise(twos!), peer, goals: [] };
  };
  const plain = (
    name: string,
    unit: string,
    value: number,
    goals: FigureResult["rows"][number]["goals"],
  ) => ({
    case: name,
    unit,
    ours: summarise([value]),
    goals,
  });
  return {
    rows: [
      {
        case: `${AT_ONCE} different searches at once, two workers, 95th percentile`,
        unit: "ms",
        ours: p95,
        goals: [atMost(p95.median, 100, "ms")],
      },
      plain("the same of searches that were asked before", "ms", p95Again, [atMost(p95Again, 100, "ms")]),
      {
        case: "searches a second, two workers over one",
        unit: "×",
        ours: ratio,
        goals: [atLeast(ratio.median, 1.6, "times")],
      },
      {
        case: "the most that it can be here, by the processor time of one",
        unit: "×",
        ours: most,
        goals: [],
      },
      processorTime("processor time of a search, the workers", ({ workers }) => workers),
      processorTime("the workers' main threads alone", ({ mainThreads }) => mainThreads),
      processorTime("the server's process", ({ server }) => server),
      processorTime("the client", ({ client }) => client),
      plain("longest time that the server's own thread was blocked", "ms", lag, [atMost(lag, 50, "ms")]),
      {
        case: "first answer after a cold start",
        unit: "ms",
        ours: summarise(starts),
        goals: [atMost(summarise(starts).median, 300, "ms")],
      },
      plain(`memory of the server, ${CLIENTS} clients, ${PROJECTS} projects`, "MB", memory.server, [
        atMost(memory.server, 300, "MB"),
      ]),
      plain("the same with its workers, shared pages counted once", "MB", memory.all, [
        atMost(memory.all, 300, "MB"),
      ]),
      {
        case: "a call through a bridge",
        unit: "ms",
        ours: summarise(bridge.bridged),
        peer: {
          name: "over HTTP",
          summary: summarise(bridge.direct),
          ratio: summariseRatio(bridge.bridged, bridge.direct),
        },
        goals: [atMost(beyond, 5, "ms more")],
      },
      plain("memory of a bridge, of its own", "MB", bridge.megabytes, [atMost(bridge.megabytes, 40, "MB")]),
    ],
    notes: [`${described}; queries whose vectors are in the cache`],
  };
}

async function firstAnswer(root: string, env: Record<string, string>): Promise<number> {
  const started = performance.now();
  await using to = await HttpServer.start(root, { env });
  await search(to, 0);
  return performance.now() - started;
}

async function manyProjects(context: BenchContext, env: Record<string, string>) {
  const roots = Array.from({ length: PROJECTS }, (_, n) => join(context.folder, `project-${n}`));
  for (const root of roots) {
    generateDocuments(root, DOCUMENTS_EACH, { least: 20, most: 60 });
    await runBun([CLI, "--root", root, "init", "--quiet"]);
  }
  const [own = ""] = roots;
  const added = Bun.spawnSync(
    [process.execPath, CLI, "--root", own, "--json", "serve", "token", "add", "--project", ...roots],
    { env: { ...process.env, ...env } },
  );
  const { token } = JSON.parse(added.stdout.toString()) as { token: string };
  await using to = await HttpServer.start(own, { args: ["--workers", "2"], env });
  await to.ready();
  const headers = (client: number) => ({
    authorization: `Bearer ${token}`,
    "amalfa-project": roots[client % PROJECTS] ?? own,
  });
  for (let n = 0; n < 5; n++)
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => search(to, client, headers(client))));
  const pids = [to.process.pid, ...(await to.workers())];
  return {
    server: memory(to.process.pid, "Rss"),
    all: pids.reduce((sum, pid) => sum + memory(pid, "Pss"), 0),
  };
}

async function throughBridge(root: string, env: Record<string, string>, calls: number) {
  await using to = await HttpServer.start(root, { env });
  await to.ready();
  // Whoever keeps out of the list of projects is served alone: that is what would be measured.
  await using client = await McpClient.connect(root, { ...env, AMALFA_REGISTRY: "on" });
  // Searches that were asked before: what a bridge adds is not to be sought among what a search takes.
  for (let n = 0; n < 20; n++) await search(to, n % 5);
  const direct: number[] = [];
  const bridged: number[] = [];
  for (let n = 0; n < calls; n++) {
    direct.push(await search(to, n % 5));
    const started = performance.now();
    await client.call("search_documents", { query: QUERIES[n % 5] });
    bridged.push(performance.now() - started);
  }
  return { direct, bridged, megabytes: memory(client.pid, "Pss") };
}

/** MB (10^6 bytes), as the system tells. */
function memory(pid: number, kind: "Rss" | "Pss"): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return (Number(new RegExp(`^${kind}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1_024) / 1e6;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Many searches at once to the server over HTTP: how long they take, and how much of a processor each process. */
import { readFileSync } from "node:fs";
import { HttpServer } from "../../tests/helpers/http-server.ts";

export const AT_ONCE = 50;

const VERBS =
  "list show find count sort copy move delete rename compress encrypt download upload convert print edit compare " +
  "monitor mount schedule start stop watch";
const NOUNS =
  "files, folders, processes, images, packages, containers, branches, users, services, disks, network ports, " +
  "text lines, archives, databases, certificates";
/** Each another one; in an order in which neighbours have nothing in common. */
export const QUERIES = VERBS.split(" ").flatMap((verb, row) =>
  NOUNS.split(", ").map((_, column, nouns) => `${verb} ${nouns[(row + column) % nouns.length]}`),
);

export async function search(
  to: HttpServer,
  place: number,
  more: Record<string, string> = {},
): Promise<number> {
  const started = performance.now();
  const { status } = await to.call("search_documents", { query: QUERIES[place % QUERIES.length] }, more);
  if (status !== 200) throw new Error(`a search was answered ${status}`);
  return performance.now() - started;
}

export interface Load {
  readonly workers: number;
  readonly env: Record<string, string>;
  readonly rounds: number;
  /** Whether each query is new to the server. */
  readonly asked: "once" | "again";
}

/** Milliseconds of processor time of one search. */
export interface Processor {
  /** All of the workers. */
  readonly workers: number;
  /** Of that their main threads, each of which can use one core. */
  readonly mainThreads: number;
  readonly server: number;
  readonly client: number;
}

export interface UnderLoad {
  /** Of each search, until its answer. */
  readonly milliseconds: readonly number[];
  readonly perSecond: number;
  /** The longest time that the server's own thread was blocked, in milliseconds. */
  readonly lag: number;
  readonly processor: Processor;
}

export async function underLoad(root: string, { workers, env, rounds, asked }: Load): Promise<UnderLoad> {
  await using to = await HttpServer.start(root, { args: ["--workers", String(workers)], env });
  await to.ready();
  const round = (number: number) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, place) => search(to, number * AT_ONCE + place)));
  // Enough to have all workers started.
  for (let n = 0; n < 3; n++) await round(0);
  const milliseconds: number[] = [];
  const before = await processorOf(to);
  const started = performance.now();
  for (let n = 0; n < rounds; n++) milliseconds.push(...(await round(asked === "once" ? n + 1 : 0)));
  const perSecond = milliseconds.length / ((performance.now() - started) / 1_000);
  const after = await processorOf(to);
  const each = (part: keyof Processor): number => (after[part] - before[part]) / milliseconds.length;
  const metrics = await (await fetch(`${to.url}/metrics`)).text();
  const lag = Number(/^amalfa_event_loop_lag_seconds_max (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN) * 1_000;
  return {
    milliseconds,
    perSecond,
    lag: Math.max(lag, 0.1),
    processor: {
      workers: each("workers"),
      mainThreads: each("mainThreads"),
      server: each("server"),
      client: each("client"),
    },
  };
}

/**
 * The most that two workers can be of one, on so many cores: one worker is bound by its main thread, and two by all
 * that the cores can do, if nothing took any longer than with one.
 */
export function mostOfTwo({ workers, mainThreads, server, client }: Processor, cores: number): number {
  return Math.min(2, (cores * mainThreads) / (workers + server + client));
}

async function processorOf(to: HttpServer): Promise<Processor> {
  const pids = await to.workers();
  const { user, system } = process.cpuUsage();
  const sum = (of: (pid: number) => number): number => pids.reduce((total, pid) => total + of(pid), 0);
  return {
    workers: sum(ofProcess),
    mainThreads: sum(ofMainThread),
    server: ofProcess(to.process.pid),
    client: (user + system) / 1_000,
  };
}

/** The system counts in hundredths of a second. */
const TICK_MS = 10;

function ofProcess(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function ofMainThread(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

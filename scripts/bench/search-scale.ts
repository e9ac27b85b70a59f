/**
 * Search in graphs as large as they get: what filters cost, what a million chunks cost in a process that is warm and
 * in one that is new, and with `--earlier DIR`, a checkout of an earlier commit, whether search became slower.
 *
 * Processor time of one process, which searches on one core: beside other work the clock says little. The graphs are
 * kept between runs.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepPages, openGraphToRead } from "../../src/graph/open.ts";
import { SCHEMA_VERSION } from "../../src/graph/schema.ts";
import type { Filters } from "../../src/graph/search/index.ts";
import { searchGraph } from "../../src/graph/search/search.ts";
import { SemanticIndex } from "../../src/graph/search/semantic.ts";
import { type EarlierSearch, openEarlier } from "./earlier-search.ts";
import { atLeast, atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { interleave, processorMilliseconds } from "./interleave.ts";
import { type ChunkLength, generateGraph, type Query, VecTable } from "./search-graph.ts";
import { type Summary, summarise, summariseRatio } from "./statistics.ts";

const NEAREST = 10;
const QUERIES = 50;
const LARGE = 100_000;
const HUGE = 1_000_000;
const LEAST_SPEED_UP = 4;
const MOST_OF_EARLIER = 1.3;
const MOST_OF_UNFILTERED = 1.2;
const MOST_WARM_MS = 150;
const MOST_COLD_MS = 1_000;

export const searchScale: Figure = {
  name: "search-scale",
  title: "Search in large graphs, without embedding the query (ms of processor time for a query)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const full = context.effort === "full";
  const rows = await measureLarge(context, full ? LARGE : 1_000, full ? 9 : 1);
  if (full) rows.push(...(await measureHuge(context)));
  return {
    rows,
    notes: [
      "peer: sqlite-vec, float32, the ten nearest by a full scan; its text and passages not fetched",
      `generated text: 40 to 160 words a chunk, 20 to 60 where there are ${HUGE.toLocaleString("en")}`,
    ],
  };
}

interface Generated {
  readonly path: string;
  readonly queries: readonly Query[];
}

function generated(context: BenchContext, chunks: number, length?: ChunkLength): Generated {
  const folder = join(context.keep, "search-scale");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `schema-${SCHEMA_VERSION}-${chunks}.db`);
  const asked = `${path}.queries.json`;
  if (!existsSync(asked)) {
    context.note(`generating a graph of ${chunks} chunks`);
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    const queries = generateGraph(path, chunks, QUERIES, length);
    writeFileSync(asked, JSON.stringify(queries.map(({ text, vector }) => ({ text, vector: [...vector] }))));
  }
  const queries = JSON.parse(readFileSync(asked, "utf8")) as { text: string; vector: number[] }[];
  return { path, queries: queries.map(({ text, vector }) => ({ text, vector: Float32Array.from(vector) })) };
}

/** What a query is filtered by; its own topic has a hundredth of the documents. */
const FILTERS: Readonly<Record<string, (at: number) => Filters>> = {
  "one document of a hundred": (at) => ({ tags: [`topic-${at % 100}`] }),
  "every second document": (at) => ({ where: { half: `${at % 2}` } }),
  "every document": () => ({ paths: ["notes"] }),
};

async function measureLarge(context: BenchContext, chunks: number, rounds: number): Promise<Row[]> {
  const { path, queries } = generated(context, chunks);
  using graph = openGraphToRead(path).db;
  keepPages(graph);
  using table = VecTable.copyOf(graph, join(context.folder, "peer.vec.db"));
  using earlier = await earlierSearch(context, chunks);
  const index = new SemanticIndex(graph);
  const hybrid = (filters?: (at: number) => Filters) =>
    perQuery(queries, ({ text, vector }, at) =>
      searchGraph(graph, index, {
        query: text,
        mode: "hybrid",
        limit: NEAREST,
        vector,
        filters: filters?.(at),
      }),
    );
  const filtered = Object.fromEntries(
    Object.entries(FILTERS).map(([name, filters]) => [name, hybrid(filters)]),
  );
  const contenders: Record<string, () => Promise<number>> = {
    hybrid: hybrid(),
    vec: perQuery(queries, ({ vector }) => table.nearest(vector, NEAREST)),
    ...(earlier === undefined
      ? {}
      : { earlier: perQuery(queries, (query) => earlier.search(query, NEAREST)) }),
    ...filtered,
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, rounds);
  const own = times.hybrid!;
  const named = `${chunks.toLocaleString("en")} chunks`;
  const against = (name: string, peer: string, ratio: Summary, goal: Row["goals"]): Row => ({
    case: `${named}, hybrid`,
    unit: "ms",
    ours: summarise(own),
    peer: { name: peer, summary: summarise(times[name]!), ratio },
    goals: goal,
  });
  const speedUp = summariseRatio(times.vec!, own);
  const rows = [
    against("vec", "sqlite-vec", speedUp, [atLeast(speedUp.median, LEAST_SPEED_UP, "times faster")]),
  ];
  if (times.earlier !== undefined) {
    const ratio = summariseRatio(own, times.earlier);
    rows.push(against("earlier", "earlier", ratio, [atMost(ratio.median, MOST_OF_EARLIER, "of earlier")]));
  }
  for (const name of Object.keys(FILTERS)) {
    const ratio = summariseRatio(times[name]!, own);
    rows.push({
      case: `${named}, filtered: ${name}`,
      unit: "ms",
      ours: summarise(times[name]!),
      peer: { name: "unfiltered", summary: summarise(own), ratio },
      goals: [atMost(ratio.median, MOST_OF_UNFILTERED, "of unfiltered")],
    });
  }
  return rows;
}

async function earlierSearch(context: BenchContext, chunks: number): Promise<EarlierSearch | undefined> {
  if (context.earlier === undefined) return undefined;
  const folder = join(context.keep, "search-scale");
  return openEarlier(context.earlier, { folder, chunks, queries: QUERIES, note: context.note });
}

/** Nothing but words that stand nearly everywhere. */
const COMMON = ["the of and to", "the people and how many of them", "you that he was", "first time"];

async function measureHuge(context: BenchContext): Promise<Row[]> {
  const { path, queries } = generated(context, HUGE, [20, 60]);
  using graph = openGraphToRead(path).db;
  keepPages(graph);
  const index = new SemanticIndex(graph);
  const common = queries.slice(0, COMMON.length).map(({ vector }, at) => ({ text: COMMON[at]!, vector }));
  const hybrid = (asked: readonly Query[]) =>
    perQuery(asked, ({ text, vector }) =>
      searchGraph(graph, index, { query: text, mode: "hybrid", limit: NEAREST, vector }),
    );
  const contenders = {
    topics: hybrid(queries),
    common: hybrid(common),
    cold: () => coldSearch(path, queries[0]!),
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, 5);
  const named = `${HUGE.toLocaleString("en")} chunks`;
  const row = (name: string, values: readonly number[], most: number): Row => ({
    case: `${named}, ${name}`,
    unit: "ms",
    ours: summarise(values),
    goals: [atMost(summarise(values).median, most, "ms:")],
  });
  return [
    row("hybrid, a warm process", times.topics, MOST_WARM_MS),
    row("the same, common words alone", times.common, MOST_WARM_MS),
    row("hybrid, a new process", times.cold, MOST_COLD_MS),
  ];
}

async function coldSearch(path: string, { text, vector }: Query): Promise<number> {
  const program = `
    import { openGraphToRead } from ${JSON.stringify(join(import.meta.dir, "../../src/graph/open.ts"))};
    import { searchGraph, SemanticIndex } from ${JSON.stringify(join(import.meta.dir, "../../src/graph/search/index.ts"))};
    const { db } = openGraphToRead(process.env.GRAPH);
    const vector = Float32Array.from(JSON.parse(process.env.VECTOR));
    const request = { query: process.env.QUERY, mode: "hybrid", limit: ${NEAREST}, vector };
    if (searchGraph(db, new SemanticIndex(db), request).length === 0) process.exit(1);
  `;
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: { ...process.env, GRAPH: path, QUERY: text, VECTOR: JSON.stringify([...vector]) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if ((await child.exited) !== 0) throw new Error("a search in a new process has failed");
  return Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000;
}

function perQuery(
  queries: readonly Query[],
  search: (query: Query, at: number) => unknown,
): () => Promise<number> {
  return async () => {
    const total = await processorMilliseconds(() => {
      for (const [at, query] of queries.entries()) search(query, at);
    });
    return total / queries.length;
  };
}

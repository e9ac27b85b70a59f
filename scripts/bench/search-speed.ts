/** Search without the embedding of the query, against a full scan by sqlite-vec over the same vectors. */
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { keepPages, openGraphToRead } from "../../src/graph/open.ts";
import { searchGraph } from "../../src/graph/search/search.ts";
import { SemanticIndex } from "../../src/graph/search/semantic.ts";
import { lexicalSearch } from "../../src/graph/search/words/lexical.ts";
import { atLeast, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { interleave, milliseconds } from "./interleave.ts";
import { realVectorsProject } from "./prepared-project.ts";
import { generateGraph, type Query, VecTable } from "./search-graph.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const NEAREST = 10;
const LEAST_SPEED_UP = 4;
const LEAST_RECALL = 0.98;
/** The size from which a full scan is what a user waits for; the goals are set there. */
const GOAL_SIZE = 100_000;

export const searchSpeed: Figure = {
  name: "search-speed",
  title: "Hybrid search, without embedding the query (ms for a query)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const full = context.effort === "full";
  const rows: Row[] = [];
  const notes = [
    "peer: sqlite-vec, float32, the ten nearest by a full scan; its text and passages not fetched",
    `recall@${NEAREST}: of the semantic list against the exact nearest`,
  ];
  for (const chunks of full ? [1_000, 10_000, GOAL_SIZE] : [1_000]) {
    context.note(`generating a graph of ${chunks} chunks`);
    const path = join(context.folder, `graph-${chunks}.db`);
    const queries = generateGraph(path, chunks, full ? 50 : 5);
    using graph = openGraphToRead(path).db;
    keepPages(graph);
    rows.push(
      await compare(context, `${chunks.toLocaleString("en")} generated chunks`, graph, queries, notes),
    );
  }
  if (full) {
    const { database, chunks, queries, described } = await realVectorsProject(context);
    using graph = openGraphToRead(database).db;
    keepPages(graph);
    rows.push(
      await compare(context, `${chunks.toLocaleString("en")} chunks of ${described}`, graph, queries, notes),
    );
  }
  return { rows, notes };
}

async function compare(
  context: BenchContext,
  name: string,
  graph: Database,
  queries: readonly Query[],
  notes: string[],
): Promise<Row> {
  using table = VecTable.copyOf(graph, join(context.folder, `${name.replaceAll(/\W/g, "-")}.vec.db`));
  const index = new SemanticIndex(graph);
  const forEach = (search: (query: Query) => unknown) => async (): Promise<number> => {
    const total = await milliseconds(() => {
      for (const query of queries) search(query);
    });
    return total / queries.length;
  };
  const contenders = {
    hybrid: forEach(({ text, vector }) =>
      searchGraph(graph, index, { query: text, mode: "hybrid", limit: NEAREST, vector }),
    ),
    vec: forEach(({ vector }) => table.nearest(vector, NEAREST)),
    lexical: forEach(({ text }) => lexicalSearch(graph, text, 100)),
    semantic: forEach(({ vector }) => index.search(vector, 100)),
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, context.effort === "full" ? 9 : 1);
  const recall = recallOf(queries, index, table);
  const part = (name: "lexical" | "semantic") => summarise(times[name]).median.toFixed(2);
  notes.push(
    `${name}: lexical list ${part("lexical")} ms, semantic list ${part("semantic")} ms, recall@10 ${recall.toFixed(3)}`,
  );
  const speedUp = summariseRatio(times.vec, times.hybrid);
  const goals = [atLeast(recall, LEAST_RECALL, "recall")];
  if (name.startsWith(GOAL_SIZE.toLocaleString("en")))
    goals.unshift(atLeast(speedUp.median, LEAST_SPEED_UP, "times faster"));
  return {
    case: name,
    unit: "ms",
    ours: summarise(times.hybrid),
    peer: { name: "sqlite-vec", summary: summarise(times.vec), ratio: speedUp },
    goals,
  };
}

function recallOf(queries: readonly Query[], index: SemanticIndex, table: VecTable): number {
  let found = 0;
  for (const { vector } of queries) {
    const exact = new Set(table.nearest(vector, NEAREST));
    for (const { chunk } of index.search(vector, NEAREST)) if (exact.has(chunk)) found++;
  }
  return found / (queries.length * NEAREST);
}

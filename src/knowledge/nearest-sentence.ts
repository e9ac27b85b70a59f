/** What is shown of a chunk that was found by its meaning begins at the sentence nearest to the query. */

import type { Embedder } from "../embedding/index.ts";
import { type SearchResult, type Undecided, undecidedAmong } from "../graph/search/index.ts";
import { chunkText } from "../ingest/index.ts";
import { AmalfaError, dot } from "../system/index.ts";
import type { FreshGraph } from "./freshness/index.ts";

export interface Choice {
  readonly query: string;
  readonly vector: Float32Array;
  readonly results: readonly SearchResult[];
}

/**
 * The same results, each beginning where it is nearest. Vectors of sentences are kept in the vector cache as that of
 * the query is: asked once more, nothing is computed.
 */
export async function beginAtNearest(
  graph: FreshGraph,
  embed: QueryEmbedding,
  { query, vector, results }: Choice,
): Promise<readonly SearchResult[]> {
  const undecided = graph.use(({ db }) => undecidedAmong(db, query, results));
  if (undecided.length === 0) return results;
  const vectors = await vectorsOf(
    undecided.flatMap(({ sentences }) => sentences.map(({ text }) => text)),
    embed,
    graph.use(({ madeBy }) => madeBy),
  );
  if (vectors === undefined) return results;
  const shown = new Map<SearchResult, string>();
  let first = 0;
  for (const each of undecided) {
    const own = vectors.slice(first, first + each.sentences.length);
    shown.set(each.result, fromNearest(each, own, vector));
    first += own.length;
  }
  return results.map((result) => ({ ...result, snippet: shown.get(result) ?? result.snippet }));
}

function fromNearest(
  { sentences, from }: Undecided,
  vectors: readonly Float32Array[],
  query: Float32Array,
): string {
  const cosines = vectors.map((each) => dot(each, query));
  const nearest = sentences[cosines.indexOf(Math.max(...cosines))]!;
  return from(nearest);
}

/** Undefined where they cannot be had: what is found is an answer without them. */
async function vectorsOf(
  texts: readonly string[],
  embed: QueryEmbedding,
  madeBy: string | undefined,
): Promise<readonly Float32Array[] | undefined> {
  try {
    return await embed(
      (embedder) => embedder.embedMany(texts.map((text) => chunkText({ context: "", text }, embedder.model))),
      madeBy,
    );
  } catch (error) {
    if (error instanceof AmalfaError) return undefined;
    throw error;
  }
}

/**
 * Runs `work` with an embedder of the model that made the graph, where it is on this machine, else of the configured
 * one.
 */
export type QueryEmbedding = <T>(
  work: (embedder: Embedder) => Promise<T>,
  madeBy: string | undefined,
) => Promise<T>;

import type { Embedder } from "../embedding/index.ts";

/**
 * Runs `work` with an embedder of the model that made the graph, where it is on this machine, else of the configured
 * one.
 */
export type QueryEmbedding = <T>(
  work: (embedder: Embedder) => Promise<T>,
  madeBy: string | undefined,
) => Promise<T>;

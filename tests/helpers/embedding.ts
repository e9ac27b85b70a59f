/** The real embedder on a cache file of the test's choice, and what the file holds as any other program sees it. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { cacheKey } from "../../src/embedding/cache/row.ts";
import { VectorCache } from "../../src/embedding/cache/vector-cache.ts";
import {
  createEmbedder,
  type Embedder,
  type EmbedderOptions,
  type EmbeddingStats,
} from "../../src/embedding/embedder.ts";
import type { InferenceBackend } from "../../src/embedding/inference/backend.ts";
import { DEFAULT_MODEL_NAME, findModel, type Model } from "../../src/project/models.ts";
import type { ProjectPaths } from "../../src/project/paths.ts";

export const MODEL: Model = findModel(DEFAULT_MODEL_NAME)!;

/** A directory without models: the files come with the package or with the development dependency. */
export const NO_MODELS = join(import.meta.dir, "no-models");

export interface Embedded {
  readonly vectors: readonly Float32Array[];
  readonly stats: EmbeddingStats;
  readonly warnings: readonly string[];
}

/**
 * A backend that makes vectors up, each a function of its text. For what is about the cache: with the model the same
 * tests take twenty times the processor, and show no more.
 */
export async function startMadeUpBackend(): Promise<InferenceBackend> {
  return {
    modelLoaded: true,
    close: async () => {},
    embed: async ({ texts, onVector, signal, isStillWanted }) => {
      for (const [index, text] of texts.entries()) {
        if (signal?.aborted === true) return;
        if (isStillWanted?.(index) === false) continue;
        onVector({ index, vector: unitVector(Bun.hash.crc32(text)), modelId: MODEL.id });
      }
    },
  };
}

/** As `embedOnce`, with made-up vectors. */
export function embedMadeUp(
  cachePath: string,
  texts: readonly string[],
  options: Partial<EmbedderOptions> = {},
): Promise<Embedded> {
  return embedOnce(cachePath, texts, { ...options, startBackend: startMadeUpBackend });
}

/** One run: opens an embedder, embeds the texts and closes it. */
export async function embedOnce(
  cachePath: string,
  texts: readonly string[],
  options: Partial<EmbedderOptions> = {},
): Promise<Embedded> {
  const warnings: string[] = [];
  await using embedder = createEmbedder({
    model: MODEL,
    cachePath,
    modelsDirectory: NO_MODELS,
    workers: 2,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  const vectors = await embedder.embedMany(texts);
  return { vectors, stats: embedder.stats(), warnings };
}

/** The embedder of a project, on its own cache, whose warnings nobody reads; the caller closes it. */
export function projectEmbedder(
  { paths }: { readonly paths: Pick<ProjectPaths, "vectorCache" | "models"> },
  options: Partial<EmbedderOptions> = {},
): Embedder {
  return createEmbedder({
    model: MODEL,
    cachePath: paths.vectorCache,
    modelsDirectory: paths.models,
    onWarning: () => {},
    ...options,
  });
}

/** The bytes of vectors, for comparison bit by bit. */
export function bitsOf(vectors: readonly Float32Array[]): string[] {
  return vectors.map((vector) =>
    Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("hex"),
  );
}

export interface CacheRow {
  readonly key: string;
  readonly vector: Uint8Array;
  readonly last_used: number;
  readonly model: string;
  readonly checksum: number;
}

/** All rows of a cache file, read with plain SQL. */
export function cacheRows(path: string): CacheRow[] {
  using db = new Database(path, { readonly: true });
  return db.query<CacheRow, []>("SELECT * FROM cache ORDER BY key").all();
}

/** Runs statements on a cache file, as another program might. */
export function alterCache(path: string, ...statements: string[]): void {
  using db = new Database(path, { readwrite: true, create: true });
  for (const statement of statements) db.run(statement);
}

/** A vector of unit length that depends on `seed`. */
export function unitVector(seed: number, dimensions: number = MODEL.dimensions): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, place) => Math.sin(seed * 31 + place * 7 + 1));
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}

/** Stores made-up vectors of as many texts, used now. */
export function fillCache(path: string, rows: number): void {
  using cache = VectorCache.open(path, {
    dimensions: MODEL.dimensions,
    modelId: MODEL.id,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  const made = Array.from({ length: rows }, (_, index) => ({
    key: cacheKey(`made up ${index}`, MODEL.id),
    vector: unitVector(index),
  }));
  cache.put(made, MODEL.id);
}

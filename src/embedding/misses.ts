import { AmalfaError } from "../system/index.ts";
import type { VectorCache, VectorRow } from "./cache/index.ts";
import type { InferenceBackend } from "./inference/index.ts";

/** How many of a call's texts have their vector by now, and where from. */
export interface EmbedProgress {
  readonly hits: number;
  readonly computed: number;
}

/** What is done where a disk has no room for what is computed. */
export type WhenFull = "go on" | "stop";

/** The texts of a call that have to be computed. */
export interface Computation {
  readonly texts: readonly string[];
  /** The places of each missing text, by its key. */
  readonly misses: ReadonlyMap<string, readonly number[]>;
  /** Filled in. */
  readonly vectors: (Float32Array | undefined)[];
  readonly cache: VectorCache;
  /** The cache's foreign version before the texts were looked up. */
  readonly readAt: number | undefined;
  readonly modelId: string;
  readonly signal?: AbortSignal | undefined;
  readonly whenFull?: WhenFull | undefined;
  readonly onProgress?: ((done: EmbedProgress) => void) | undefined;
  /** Called for each text that another process has stored meanwhile. */
  readonly onLateHit: () => void;
  /** Called for each text that was computed, once it is stored. */
  readonly onComputed: (row: VectorRow) => void;
}

/**
 * Answers whether all have their vectors, which an interruption leaves open. Throws `embedding.model` (I9),
 * `embedding.full`, and what the backend throws.
 */
export async function computeMisses(
  starting: Promise<InferenceBackend>,
  computation: Computation,
): Promise<boolean> {
  const { texts, misses, vectors, cache, readAt, modelId, onProgress, onLateHit, onComputed } = computation;
  const stopsAt = (): boolean => computation.whenFull === "stop" && cache.isFull;
  if (stopsAt()) throw noRoom();
  const wanted = inAnyOrder([...misses]);
  const missing = wanted.reduce((sum, [, places]) => sum + places.length, 0);
  const progress = { hits: texts.length - missing, computed: 0 };
  const settle = (index: number, vector: Float32Array, from: keyof EmbedProgress): void => {
    const [, places] = wanted[index]!;
    for (const place of places) vectors[place] = vector;
    progress[from] += places.length;
    onProgress?.({ ...progress });
  };
  onProgress?.({ ...progress });
  const backend = await starting;
  const full = new AbortController();
  const signal = AbortSignal.any([full.signal, ...(computation.signal ? [computation.signal] : [])]);
  await backend.embed({
    texts: wanted.map(([, places]) => texts[places[0]!]!),
    signal,
    isStillWanted: (index) => {
      // Most of the time nobody else writes, and what was a miss still is one.
      if (readAt !== undefined && cache.foreignVersion() === readAt) return true;
      const [key] = wanted[index]!;
      const vector = cache.get([key]).get(key);
      if (vector === undefined) return true;
      onLateHit();
      settle(index, vector, "hits");
      return false;
    },
    onVector: ({ index, vector, modelId: actual }) => {
      refuseOtherModel(modelId, actual);
      const row = { key: wanted[index]![0], vector };
      cache.put([row], modelId);
      onComputed(row);
      settle(index, vector, "computed");
      if (stopsAt()) full.abort();
    },
  });
  if (full.signal.aborted) throw noRoom();
  return progress.hits + progress.computed === texts.length;
}

function noRoom(): AmalfaError {
  return new AmalfaError("embedding.full", "There is no space left to keep the vectors that are computed.");
}

/** Fewer misses than this are computed in their order. */
const MANY_MISSES = 64;

/**
 * A long list in an order of chance. Processes that need the same texts at the same time so seldom begin the same
 * one, and find each other's vectors instead of computing the same side by side.
 */
function inAnyOrder<T>(list: T[]): T[] {
  if (list.length < MANY_MISSES) return list;
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}

function refuseOtherModel(asked: string, actual: string): void {
  if (actual === asked) return;
  throw new AmalfaError(
    "embedding.model",
    `A vector was asked of the model ${asked}, and came from ${actual}.`,
  );
}

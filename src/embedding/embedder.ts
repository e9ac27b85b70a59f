/**
 * Text to vectors, the vector cache first.
 * - Each text is looked up before anything is computed; identical texts within a run are embedded once.
 * - When all are hits, neither the ONNX runtime nor the tokenizer is loaded nor a worker started (I3).
 * - A vector is the same wherever it comes from (I2): inference takes one text at a time, and the cache keeps every
 *   bit.
 * - Each vector is stored when it is finished, and each text looked up again right before it is begun: an interrupted
 *   run loses nothing, and two processes compute a text only when both have it in flight at once.
 */
import type { Model } from "../project/index.ts";
import { interrupted, Warm } from "../system/index.ts";
import {
  type CacheAccess,
  type CacheLimits,
  type CacheRefresh,
  cacheKey,
  isNormalised,
  VectorCache,
  type VectorRow,
} from "./cache/index.ts";
import type { InferenceBackend } from "./inference/index.ts";
import { type Computation, computeMisses, type EmbedProgress, type WhenFull } from "./misses.ts";
import type { RemoteCache, RemoteStats } from "./remote/index.ts";

/** What a run asked for. `texts = hits + misses`; a text counts once, however often it was asked for. */
export interface EmbeddingStats {
  readonly texts: number;
  readonly hits: number;
  readonly misses: number;
  /** Whether a model was loaded into this process. */
  readonly modelLoaded: boolean;
  /** Where there is a remote vector cache: what came from there, and what goes there. */
  readonly remote?: RemoteStats;
}

/**
 * Vectors from another place than the cache, by key; those that it has none for are left out. It vouches for each:
 * made by this embedder's model from the text that the key is of, and undamaged.
 */
export type VectorSeed = (keys: readonly string[]) => ReadonlyMap<string, Float32Array>;

export interface PredictOptions {
  /** Asked for the texts that the cache has no vector for. What it gives counts as a hit, and is stored. */
  readonly seed?: VectorSeed | undefined;
  /** The texts' keys, for a caller that has them: of each text `cacheKey(text, model.id)`. */
  readonly keys?: readonly string[] | undefined;
}

export interface EmbedManyOptions extends PredictOptions {
  readonly signal?: AbortSignal | undefined;
  /** With "stop" `embedding.full` is thrown as soon as there is no room for a vector in the cache. */
  readonly whenFull?: WhenFull | undefined;
  readonly onProgress?: ((done: EmbedProgress) => void) | undefined;
}

export interface Embedder extends AsyncDisposable {
  readonly model: Model;
  /** The text's vector, of `model.dimensions` values. */
  embed(text: string): Promise<Float32Array>;
  /**
   * The texts' vectors in the texts' order; identical texts may share one vector.
   *
   * Throws `interrupted` once the signal is aborted and the vectors finished so far are stored, and `model.*` or
   * `embedding.*` when inference fails.
   */
  embedMany(texts: readonly string[], options?: EmbedManyOptions): Promise<Float32Array[]>;
  /**
   * The texts' vectors as far as the cache, the seed or the remote has them; computes none, and loads no model (I3).
   * Only what is found is counted, so that the rest can be asked of `embedMany` later.
   */
  find(texts: readonly string[], options?: PredictOptions): Promise<(Float32Array | undefined)[]>;
  /** Counts what `embedMany` would find and what it would compute; does neither, and writes nothing. */
  predict(texts: readonly string[], options?: PredictOptions): Promise<void>;
  /** Told that texts will be asked for soon: begins what takes a while, such as connecting to a remote. */
  expect(): void;
  /** Opens the cache, and has what computes vectors compute some, for whoever asks next. Throws as inference does. */
  warm(): Promise<void>;
  stats(): EmbeddingStats;
  /** Lets go of what inference needs, most of an ingest's memory; the next miss starts it again. */
  unload(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbedderOptions {
  readonly model: Model;
  /** The file of the vector cache. */
  readonly cachePath: string;
  /** The project's own models directory. */
  readonly modelsDirectory: string;
  readonly workers?: number | undefined;
  readonly refresh?: CacheRefresh | undefined;
  /** The bounds that the cache is brought back to at the end. */
  readonly limits?: CacheLimits | undefined;
  /** The command in whose name the run's hits and misses are noted in the cache; without it they are not. */
  readonly recordAs?: string | undefined;
  /**
   * Moves a damaged cache file aside, so that a new one can take its place; see {@link VectorCacheOptions.moveAside}.
   */
  readonly moveAside?: ((path: string) => string | undefined) | undefined;
  /** Asked for what neither the cache nor a seed has, and given what is computed. Closed with the embedder. */
  readonly remote?: RemoteCache | undefined;
  /** Called at most once, when the vector cache is at fault or does not keep a vector. */
  readonly onWarning: (message: string) => void;
  /** Starts what computes the misses, at the first miss; by default the worker pool. */
  readonly startBackend?: (() => Promise<InferenceBackend>) | undefined;
}

export function createEmbedder(options: EmbedderOptions): Embedder {
  return new CachingEmbedder(options);
}

/** As many as a query and the sentences of its results: one text alone leaves much code uncompiled. */
const WARMING = Array.from({ length: 12 }, (_, at) => `A text that nobody has asked for, number ${at}.`);

/** Hex digits of a key that stand for it in the statistics: 52 bits, which a number holds exactly. */
const SHORT_KEY_DIGITS = 13;

class CachingEmbedder implements Embedder {
  readonly model: Model;
  readonly #options: EmbedderOptions;
  #cache: VectorCache | undefined;
  /** The cache as `predict` sees it, which must not so much as create the file. */
  #forecast: VectorCache | undefined;
  readonly #backend: Warm<InferenceBackend>;
  /** The calls under way, which store what they have before the cache is closed. */
  readonly #calls = new Set<Promise<unknown>>();
  #modelLoaded = false;
  #warned = false;
  /** Keys asked for in this run, shortened: of a million, two are mistaken for one in one run of 9,000. */
  readonly #seen = new Set<number>();
  #hits = 0;
  #misses = 0;

  constructor(options: EmbedderOptions) {
    this.model = options.model;
    this.#options = options;
    // A backend that failed is of no more use; the next call starts another one.
    const startPool = async () => (await import("./inference/index.ts")).startWorkerPool(options);
    const start = options.startBackend ?? startPool;
    this.#backend = new Warm({ start, stop: (backend) => backend.close(), afterFailure: "stop" });
  }

  async embed(text: string): Promise<Float32Array> {
    const [vector] = await this.embedMany([text]);
    return vector!;
  }

  async embedMany(texts: readonly string[], options: EmbedManyOptions = {}): Promise<Float32Array[]> {
    const call = this.#embedMany(texts, options);
    this.#calls.add(call);
    return await call.finally(() => this.#calls.delete(call));
  }

  async #embedMany(texts: readonly string[], options: EmbedManyOptions): Promise<Float32Array[]> {
    if (options.signal?.aborted) throw interrupted("Embedding");
    if (texts.length === 0) return [];
    const keys = options.keys ?? this.#keysOf(texts);
    this.#cache ??= this.#openCache("write");
    const readAt = this.#cache.foreignVersion();
    const vectors = this.#cache.read(keys);
    this.#cache.put(this.#takeSeeds(keys, vectors, options), this.model.id);
    await this.#takeRemote(keys, vectors, this.#cache);
    if (options.signal?.aborted) throw interrupted("Embedding");
    const misses = this.#missesAmong(keys, vectors);
    if (misses.size > 0) {
      await this.#compute({
        ...options,
        ...{ texts, misses, vectors, cache: this.#cache, readAt, modelId: this.model.id },
        onLateHit: () => {
          this.#misses--;
          this.#hits++;
        },
        onComputed: (row) => this.#options.remote?.offer([row]),
      });
    } else {
      options.onProgress?.({ hits: texts.length, computed: 0 });
    }
    return vectors as Float32Array[];
  }

  async find(texts: readonly string[], options: PredictOptions = {}): Promise<(Float32Array | undefined)[]> {
    if (texts.length === 0) return [];
    const keys = options.keys ?? this.#keysOf(texts);
    this.#cache ??= this.#openCache("write");
    const vectors = this.#cache.read(keys);
    this.#cache.put(this.#takeSeeds(keys, vectors, options), this.model.id);
    await this.#takeRemote(keys, vectors, this.#cache);
    const found = keys.flatMap((key, place) => (vectors[place] === undefined ? [] : key));
    this.#missesAmong(
      found,
      vectors.filter((vector) => vector !== undefined),
    );
    return vectors;
  }

  async predict(texts: readonly string[], options: PredictOptions = {}): Promise<void> {
    const keys = options.keys ?? this.#keysOf(texts);
    this.#forecast ??= this.#openCache("read");
    const vectors = this.#forecast.read(keys);
    this.#takeSeeds(keys, vectors, options);
    await this.#takeRemote(keys, vectors);
    this.#missesAmong(keys, vectors);
  }

  expect(): void {
    if (this.#options.refresh !== "recompute") this.#options.remote?.expect();
  }

  async warm(): Promise<void> {
    await this.find(WARMING);
    await this.#backend.use(async (starting) => {
      const backend = await starting;
      this.#modelLoaded ||= backend.modelLoaded;
      // The first texts wait for more than the model, such as the tokenizer and the runtime's memory.
      await backend.embed({ texts: WARMING, onVector: () => {} });
    });
  }

  stats(): EmbeddingStats {
    const { remote } = this.#options;
    return {
      texts: this.#hits + this.#misses,
      hits: this.#hits,
      misses: this.#misses,
      modelLoaded: this.#modelLoaded,
      ...(remote === undefined ? {} : { remote: remote.stats() }),
    };
  }

  unload(): Promise<void> {
    return this.#backend.unload();
  }

  async close(): Promise<void> {
    await this.unload();
    await Promise.allSettled(this.#calls);
    await this.#options.remote?.close();
    // The connection that may write goes last, since only it can clear away the write-ahead log.
    this.#forecast?.close();
    const { recordAs } = this.#options;
    const { texts, hits, misses } = this.stats();
    if (recordAs !== undefined && texts > 0) this.#cache?.record({ command: recordAs, hits, misses });
    this.#cache?.close();
    this.#forecast = undefined;
    this.#cache = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keysOf(texts: readonly string[]): string[] {
    return texts.map((text) => cacheKey(text, this.model.id));
  }

  #openCache(access: CacheAccess): VectorCache {
    return VectorCache.open(this.#options.cachePath, {
      dimensions: this.model.dimensions,
      modelId: this.model.id,
      onWarning: (message) => this.#warn(message),
      refresh: this.#options.refresh,
      access,
      limits: this.#options.limits,
      inUse: (key) => this.#seen.has(shortened(key)),
      moveAside: access === "write" ? this.#options.moveAside : undefined,
    });
  }

  /** Fills in what the seed has for the missing, and answers it as rows. */
  #takeSeeds(
    keys: readonly string[],
    vectors: (Float32Array | undefined)[],
    { seed }: PredictOptions,
  ): VectorRow[] {
    if (seed === undefined || this.#options.refresh === "recompute") return [];
    const missing = new Set(keys.filter((_, place) => vectors[place] === undefined));
    if (missing.size === 0) return [];
    const rows: VectorRow[] = [];
    for (const [key, vector] of seed([...missing])) {
      if (vector.length === this.model.dimensions && isNormalised(vector)) rows.push({ key, vector });
    }
    const usable = new Map(rows.map(({ key, vector }) => [key, vector]));
    for (const [place, key] of keys.entries()) vectors[place] ??= usable.get(key);
    return rows;
  }

  /** Fills in what the remote has for the missing, and keeps it, where there is a cache to keep it in. */
  async #takeRemote(
    keys: readonly string[],
    vectors: (Float32Array | undefined)[],
    cache?: VectorCache,
  ): Promise<void> {
    const { remote, refresh } = this.#options;
    if (remote === undefined || refresh === "recompute") return;
    const missing = keys.filter((_, place) => vectors[place] === undefined);
    if (missing.length === 0) return;
    const found = await remote.find(missing);
    for (const [place, key] of keys.entries()) vectors[place] ??= found.get(key);
    const rows = [...found].map(([key, vector]) => ({ key, vector }));
    cache?.put(rows, this.model.id);
  }

  #warn(message: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.onWarning(message);
  }

  /** The places of each missing text, by its key; counts what is asked for the first time in this run. */
  #missesAmong(
    keys: readonly string[],
    vectors: readonly (Float32Array | undefined)[],
  ): Map<string, number[]> {
    const misses = new Map<string, number[]>();
    for (let place = 0; place < keys.length; place++) {
      const key = keys[place]!;
      const missing = vectors[place] === undefined;
      if (missing) {
        const places = misses.get(key);
        if (places === undefined) misses.set(key, [place]);
        else places.push(place);
      }
      const before = this.#seen.size;
      this.#seen.add(shortened(key));
      if (this.#seen.size === before) continue;
      if (missing) this.#misses++;
      else {
        this.#hits++;
        this.#options.remote?.had(key);
      }
    }
    return misses;
  }

  async #compute(computation: Computation): Promise<void> {
    const complete = await this.#backend.use(async (starting) => {
      const finished = await computeMisses(starting, computation);
      // Only now: a backend may have asked elsewhere first, and loaded the model when that failed.
      this.#modelLoaded ||= (await starting).modelLoaded;
      return finished;
    });
    if (!complete) throw interrupted("Embedding");
  }
}

function shortened(key: string): number {
  return Number.parseInt(key.slice(0, SHORT_KEY_DIGITS), 16);
}

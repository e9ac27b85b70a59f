/**
 * Embedding cached texts again and comparing: the one proof that what the cache gives is what the model says.
 *
 * The texts come from the project's documents, since the cache keeps none. Rows of other texts, such as former
 * versions of documents or other projects' ones, can only be proved whole.
 */
import {
  cacheError,
  isMalformedRow,
  openCacheRolledBack,
  openTableShared,
  requireCache,
  requireCacheFile,
  type VectorTable,
} from "../../embedding/cache/index.ts";
import { type InferenceBackend, startWorkerPool } from "../../embedding/inference/index.ts";
import { loadTokenizer } from "../../embedding/model/index.ts";
import { chunkText } from "../../ingest/chunking/index.ts";
import { loadGrammarsFor } from "../../ingest/code/index.ts";
import { type DiscoveredFile, discover } from "../../ingest/discovery/index.ts";
import {
  type ChunkTarget,
  loadPreparation,
  type PreparedChunk,
  readContent,
} from "../../ingest/reading/index.ts";
import type { Model, Project } from "../../project/index.ts";
import { cosine, interrupted, LEAST_COSINE_OF_ONE_TEXT } from "../../system/index.ts";

const { prepareDocument } = await loadPreparation();

export interface VerifyOptions {
  readonly project: Project;
  readonly model: Model;
  /** How many vectors are embedded again. */
  readonly sample: number | "all";
  readonly startBackend: () => Promise<InferenceBackend>;
  readonly signal?: AbortSignal | undefined;
}

export interface VerifyReport {
  /** Rows of the cache, and how many of them are malformed: those are misses, and harm nobody. */
  readonly rows: number;
  readonly malformed: number;
  /** Vectors embedded again, of which `exact` came out the same bit by bit. */
  readonly compared: number;
  readonly exact: number;
  /** The lowest cosine between a cached vector and its text's; null when none was compared. */
  readonly lowestCosine: number | null;
  /** Vectors that say something else than the model. */
  readonly mismatches: readonly Mismatch[];
}

export interface Mismatch {
  readonly key: string;
  readonly document: string;
  readonly cosine: number;
}

/** Texts embedded at a time. */
const WINDOW = 256;

interface Candidate {
  readonly key: string;
  readonly text: string;
  readonly document: string;
  readonly vector: Float32Array;
}

/**
 * Throws `cache.*`, `model.*`, `embedding.*` and `interrupted`. Writes nothing; loads the model when there is
 * something to compare.
 */
export async function verifyCache(options: VerifyOptions): Promise<VerifyReport> {
  const path = options.project.paths.vectorCache;
  requireCacheFile(path);
  try {
    const { rows, malformed } = countMalformed(path);
    using table = openTableShared(path, options.model.dimensions);
    return { rows, malformed, ...(await compare(table, options)) };
  } catch (error) {
    throw cacheError(path, error);
  }
}

function countMalformed(path: string): { rows: number; malformed: number } {
  using db = openCacheRolledBack(path);
  requireCache(db);
  let rows = 0;
  let malformed = 0;
  const all = db.query<Record<"key" | "vector" | "checksum" | "model", unknown>, []>(
    "SELECT key, vector, checksum, model FROM cache",
  );
  for (const { key, vector, checksum, model } of all.iterate()) {
    rows++;
    if (isMalformedRow([key, vector, checksum, model])) malformed++;
  }
  return { rows, malformed };
}

async function compare(
  table: VectorTable,
  options: VerifyOptions,
): Promise<Omit<VerifyReport, "rows" | "malformed">> {
  let compared = 0;
  let exact = 0;
  let lowest = Number.POSITIVE_INFINITY;
  const mismatches: Mismatch[] = [];
  let backend: InferenceBackend | undefined;
  try {
    for await (const window of windows(cachedTexts(table, options), WINDOW)) {
      refuseInterrupted(options.signal);
      backend ??= await options.startBackend();
      const fresh = await embedAll(backend, window, options);
      for (const [place, { key, document, vector }] of window.entries()) {
        const again = fresh[place]!;
        compared++;
        const same = vector.every((value, index) => Object.is(value, again[index]));
        const similarity = same ? 1 : cosine(vector, again);
        if (same) exact++;
        lowest = Math.min(lowest, similarity);
        if (!(similarity >= LEAST_COSINE_OF_ONE_TEXT)) mismatches.push({ key, document, cosine: similarity });
      }
    }
  } finally {
    await backend?.close();
  }
  return { compared, exact, lowestCosine: compared === 0 ? null : lowest, mismatches };
}

function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted("The verification");
}

async function embedAll(
  backend: InferenceBackend,
  window: readonly Candidate[],
  { model, signal }: VerifyOptions,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  await backend.embed({
    texts: window.map(({ text }) => text),
    signal,
    onVector: ({ index, vector, modelId }) => {
      if (modelId !== model.id) throw new Error(`a vector of ${model.id} was asked for, and ${modelId} came`);
      vectors[index] = vector;
    },
  });
  refuseInterrupted(signal);
  return vectors;
}

/**
 * Texts of the project's documents that the cache has a vector for, each once; documents in random order for a
 * sample.
 */
async function* cachedTexts(
  table: VectorTable,
  { project, model, sample }: VerifyOptions,
): AsyncGenerator<Candidate> {
  const { root, paths, settings } = project;
  const { files } = discover({ root, sources: settings.sources, excludePatterns: settings.excludePatterns });
  const tokenizer = await loadTokenizer(model, paths.models);
  const target = { tokenizer, model, declarations: await loadGrammarsFor(files.map(({ id }) => id)) };
  const seen = new Set<string>();
  let left = sample === "all" ? Number.POSITIVE_INFINITY : sample;
  for (const file of sample === "all" ? files : shuffled(files)) {
    const chunks = chunksOf(file, target);
    const keys = chunks.map(({ key }) => key);
    const vectors = new Array<Float32Array | undefined>(keys.length).fill(undefined);
    table.read(keys, vectors, () => {}, Date.now());
    for (const [place, key] of keys.entries()) {
      const vector = vectors[place];
      if (vector === undefined || seen.has(key)) continue;
      seen.add(key);
      yield { key, text: chunkText(chunks[place]!, model), document: file.id, vector };
      if (--left === 0) return;
    }
  }
}

function chunksOf(file: DiscoveredFile, target: ChunkTarget): readonly PreparedChunk[] {
  try {
    return prepareDocument(readContent(file), target).chunks;
  } catch {
    // Files that cannot be read are named by the ingest.
    return [];
  }
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

async function* windows<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let window: T[] = [];
  for await (const item of items) {
    window.push(item);
    if (window.length < size) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}

/* Embedding without the vector cache, for comparing what is stored with what the model says. Loads the ONNX runtime. */

/** The texts' vectors in their order. Throws `model.*` and `embedding.*`. */
export async function embedFresh(
  texts: readonly string[],
  model: Model,
  modelsDirectory: string,
): Promise<readonly Float32Array[]> {
  // Who only looks writes nothing, not even outside of the project (I5).
  const verification = "looking";
  const backend = await startWorkerPool({ model, modelsDirectory, workers: 1, verification });
  try {
    const vectors: Float32Array[] = [];
    await backend.embed({
      texts,
      signal: undefined,
      onVector: ({ index, vector }) => {
        vectors[index] = vector.slice();
      },
    });
    return vectors;
  } finally {
    await backend.close();
  }
}

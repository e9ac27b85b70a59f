/**
 * Vectors for chunks that are in the graph without one.
 *
 * They are computed in batches, and each batch is one transaction: whoever searches meanwhile ranks by meaning what
 * has vectors so far. What was computed is in the vector cache besides, so that an ingest that is killed repeats none
 * of it. On a disk that is full nothing more is computed, and what there is goes to the graph as far as it fits.
 */
import type { Database } from "bun:sqlite";
import type { Embedder, WhenFull } from "../embedding/index.ts";
import {
  countPending,
  databaseError,
  openGraphToRead,
  openGraphToWrite,
  PACE_META,
  readGeneration,
  readMeta,
} from "../graph/index.ts";
import { type LateVector, writeVectors } from "../graph/write/index.ts";
import { foldLogIn } from "../sqlite/index.ts";
import { AmalfaError, formatCount, GarbageWatch } from "../system/index.ts";
import { chunkText } from "./chunking/index.ts";

export interface PendingProgress {
  /** Chunks that have their vector by now, of those that had none when this began. */
  readonly done: number;
  readonly total: number;
  /** Vectors taken from the cache, and computed. */
  readonly hits: number;
  readonly computed: number;
}

export interface PendingOptions {
  readonly embedder: Embedder;
  /** What is done where the vector cache has no room for more. */
  readonly whenFull: WhenFull;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: PendingProgress) => void;
}

/** Chunks of a batch at least. */
const SMALLEST_BATCH = 512;
/** Batches at most: each of them touches all packs of sign bits, so that their number must not grow with the graph. */
const MOST_BATCHES = 32;

/**
 * Computes and writes all that is pending. Throws `interrupted`, `database.changed`, `embedding.full`, and what the
 * embedder throws.
 */
export async function embedPending(db: Database, options: PendingOptions): Promise<void> {
  const { embedder, whenFull, signal, onProgress } = options;
  const chunks = pendingChunks(db);
  const size = Math.max(SMALLEST_BATCH, Math.ceil(chunks.length / MOST_BATCHES));
  const started = Date.now();
  const garbage = new GarbageWatch();
  let computed = 0;
  // Words can be searched from here on, and the model may take its time.
  if (chunks.length > 0) {
    onProgress({ done: 0, total: chunks.length, hits: 0, computed });
    giveLogBack(db);
  }
  for (let done = 0; done < chunks.length; done += size) {
    const texts = textsOf(db, chunks.slice(done, done + size), embedder);
    const before = computed;
    const keys = texts.map(({ key }) => key);
    const write = (rows: readonly LateVector[]): void => {
      const meta = paceMeta({ started, done: done + rows.length });
      writeVectors(db, rows, { generation: readGeneration(db), meta });
    };
    const wanted = texts.map(({ text }) => text);
    try {
      const vectors = await embedder.embedMany(wanted, {
        ...{ keys, whenFull, signal },
        onProgress: (batch) => {
          computed = before + batch.computed;
          const settled = done + batch.hits + batch.computed;
          onProgress({ done: settled, total: chunks.length, hits: settled - computed, computed });
        },
      });
      write(rowsOf(texts, vectors));
    } catch (error) {
      if (!isForWantOfRoom(db, error)) throw error;
      // What was computed is in the cache or in this process's hands.
      const rows = rowsOf(texts, await embedder.find(wanted, { keys }));
      if (!fitInParts(db, rows, write) || rows.length < texts.length) throw noRoom(db, chunks.length, error);
    }
    garbage.check();
  }
}

/* A disk that is full, or nearly. */

/**
 * The words were just written, and lie in the log as well as in the main file: as much again as they take, on a disk
 * that may have no room for vectors then. Where the main file cannot grow, the log stays.
 */
function giveLogBack(db: Database): void {
  try {
    foldLogIn(db);
  } catch {
    // The next write that has room does it.
  }
}

function isForWantOfRoom(db: Database, error: unknown): boolean {
  const told = databaseError(db.filename, error);
  return told instanceof AmalfaError && (told.code === "embedding.full" || told.code === "database.full");
}

/** Vectors of a part: the log of a whole batch may need more room than its vectors. */
const PART = 64;

/** Writes as much as fits, a part after the other. Whether all of it did; what did not is in the cache, if anywhere. */
function fitInParts(
  db: Database,
  rows: readonly LateVector[],
  write: (part: readonly LateVector[]) => void,
): boolean {
  try {
    for (let at = 0; at < rows.length; at += PART) {
      giveLogBack(db);
      write(rows.slice(at, at + PART));
    }
    return true;
  } catch (error) {
    if (isForWantOfRoom(db, error)) return false;
    throw error;
  }
}

function noRoom(db: Database, before: number, cause: unknown): AmalfaError {
  const left = formatCount(countPending(db).chunks);
  const message = `There is no space left to keep vectors: ${left} of ${formatCount(before)} passages wait for theirs.`;
  return new AmalfaError("embedding.full", message, { cause });
}

export interface FewOptions {
  readonly embedder: Embedder;
  /** Chunks; of more than these none is computed. */
  readonly atMost: number;
  readonly signal?: AbortSignal | undefined;
  /** Runs what writes them, which takes milliseconds, under the maintenance lock. */
  readonly withLock: (write: () => Promise<void>) => Promise<void>;
}

/**
 * Computes what is pending in a graph that is not open yet: nothing is locked meanwhile. Under the lock only those
 * vectors are written. What others have brought in since stays pending, however much it is.
 * Throws `database.*` and what the embedder and the lock throw.
 */
export async function computePending(
  path: string,
  { embedder, atMost, signal, withLock }: FewOptions,
): Promise<void> {
  const prepared = await prepareVectors(path, { embedder, atMost, signal });
  if (prepared.size === 0) return;
  await withLock(async () => {
    using db = openGraphToWrite(path);
    if (readMeta(db, "model") !== embedder.model.id) return;
    const vectors = pendingOf(db, [...prepared.keys()]).map(({ chunk, key }) => ({
      chunk,
      key,
      vector: prepared.get(key)!,
    }));
    if (vectors.length > 0) writeVectors(db, vectors, { generation: readGeneration(db), meta: {} });
  });
}

/** Vectors by the keys of the chunks that wait for them; none where they are too many. */
async function prepareVectors(
  path: string,
  { embedder, atMost, signal }: Omit<FewOptions, "withLock">,
): Promise<Map<string, Float32Array>> {
  using db = openGraphToRead(path).db;
  const { chunks } = countPending(db);
  if (chunks === 0 || chunks > atMost || readMeta(db, "model") !== embedder.model.id) return new Map();
  const texts = textsOf(db, pendingChunks(db), embedder);
  const vectors = await embedder.embedMany(
    texts.map(({ text }) => text),
    { keys: texts.map(({ key }) => key), signal },
  );
  return new Map(texts.map(({ key }, index) => [key, vectors[index]!]));
}

/** The pending chunks that have one of these keys. */
function pendingOf(db: Database, keys: readonly string[]): { chunk: number; key: string }[] {
  const rows = db
    .query(
      `SELECT c.id, c.key FROM pending p CROSS JOIN chunks c ON c.id = p.chunk
       WHERE c.key IN (SELECT value FROM json_each(?))`,
    )
    .values(JSON.stringify(keys)) as [number, string][];
  return rows.map(([chunk, key]) => ({ chunk, key }));
}

/** Counts what `embedPending` would find and compute. */
export async function predictPending(db: Database, embedder: Embedder): Promise<void> {
  const chunks = pendingChunks(db);
  for (let at = 0; at < chunks.length; at += SMALLEST_BATCH) {
    const texts = textsOf(db, chunks.slice(at, at + SMALLEST_BATCH), embedder);
    await embedder.predict(
      texts.map(({ text }) => text),
      { keys: texts.map(({ key }) => key) },
    );
  }
}

/** Alike texts stand together, so that each is computed once, whatever becomes of the cache. */
function pendingChunks(db: Database): number[] {
  const rows = db.query("SELECT p.chunk FROM pending p JOIN chunks c ON c.id = p.chunk ORDER BY c.key, c.id");
  return rows.values().flat() as number[];
}

function rowsOf(texts: readonly PendingText[], vectors: readonly (Float32Array | undefined)[]): LateVector[] {
  return texts.flatMap(({ chunk, key }, at) => (vectors[at] ? [{ chunk, key, vector: vectors[at] }] : []));
}

interface PendingText {
  readonly chunk: number;
  readonly key: string;
  readonly text: string;
}

function textsOf(db: Database, chunks: readonly number[], { model }: Embedder): PendingText[] {
  const rows = db
    .query(
      `SELECT c.id, c.key, p.context, c.text FROM json_each(?) j
       CROSS JOIN pending p ON p.chunk = j.value CROSS JOIN chunks c ON c.id = p.chunk`,
    )
    .values(JSON.stringify(chunks)) as [number, string, string, string][];
  return rows.map(([chunk, key, context, text]) => ({
    chunk,
    key,
    text: chunkText({ context, text }, model),
  }));
}

/* How fast it goes, for whoever wants to know how long the rest takes. */

function paceMeta({ started, done }: { readonly started: number; readonly done: number }) {
  const seconds = Math.max(0.001, (Date.now() - started) / 1000);
  return { [PACE_META]: (done / seconds).toFixed(3) };
}

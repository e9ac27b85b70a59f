/**
 * Search by vector: a scan of all sign bits for candidates, then the exact score of those.
 *
 * The bits of a graph are read once and kept while the graph's generation stays the same, which is asked for each
 * query.
 */
import type { Database } from "bun:sqlite";
import { dot } from "../../system/index.ts";
import { Lately } from "../lately.ts";
import { readProvedPacks } from "../proof/index.ts";
import { float32View, signBits } from "../sign-bits.ts";
import { readGeneration, storedText } from "../state.ts";
import type { Background } from "./fusion.ts";
import { nearestByHamming } from "./hamming.ts";
import { placesIn, type Scope } from "./scope.ts";
import type { ScoredChunk } from "./words/index.ts";

/** Candidates scored exactly for each query; see docs/performance.md for the recall this gives. */
const CANDIDATES = 400;

/** Chunks whose documents are kept in mind. */
const MOST_NODES = 50_000;
/** Vectors that are kept in mind: those of a small graph, of a large one what was near to the last queries; 16 MB. */
const MOST_VECTORS = 10_000;

/** Chunks that the background of a query is told from. */
const SAMPLE = 256;

/** Of a graph with few chunks little can be told; then what is usual counts as much as so many chunks would. */
const USUAL = {
  weight: 32,
  mean: 0.1,
  /** Of a graph whose chunks are on average this near to a query, the model calls any two texts alike. */
  mostMean: 0.4,
  /** The deviation, as a part of what the mean leaves to 1: where no cosine is low, all are close together. */
  deviation: 1 / 9,
  /** Between copies of one text nothing can be told apart. */
  leastDeviation: 0.01,
};

interface LoadedBits {
  readonly generation: number;
  /** Ids of the chunks, ascending, in the order of the bits. */
  readonly chunks: Float64Array;
  readonly bits: Uint32Array;
  /** Vectors of chunks at random; read when first asked for. */
  sample?: Float32Array[];
}

/** The vectors of the graph behind one connection. */
export class SemanticIndex {
  readonly #db: Database;
  #loaded: LoadedBits | undefined;
  readonly #nodes = new Lately<number, string>(MOST_NODES);
  readonly #vectors = new Lately<number, Float32Array>(MOST_VECTORS);

  constructor(db: Database) {
    this.#db = db;
  }

  /** Reads the bits, where they are not what was read last, so that the next search need not wait for them. */
  load(): void {
    this.#bits();
  }

  /** Up to `limit` chunks by cosine similarity to a normalised vector, best first. */
  search(vector: Float32Array, limit: number): ScoredChunk[] {
    return byCosine(cosinesOf(vector, this.vectorsNear(vector, limit))).slice(0, limit);
  }

  /** Exact vectors of at least `count` chunks among which are the nearest ones, and of those chunks that are named. */
  vectorsNear(
    vector: Float32Array,
    count: number,
    named: Iterable<number> = [],
    scope?: Scope,
  ): Map<number, Float32Array> {
    const { chunks, bits } = this.#bits();
    const among = scope && placesIn(scope, chunks);
    const nearest = nearestByHamming(bits, signBits(vector), Math.max(CANDIDATES, 2 * count), among);
    const candidates = new Set<number>();
    for (const place of nearest) candidates.add(chunks[place] as number);
    for (const chunk of named) candidates.add(chunk);
    return this.#vectorsOf([...candidates], vector.length);
  }

  /** What a vector has in common with chunks at random. */
  background(vector: Float32Array): Background {
    const loaded = this.#bits();
    loaded.sample ??= this.#sample(loaded.chunks, vector.length);
    const cosines = loaded.sample.map((each) => dot(vector, each));
    return backgroundOf(cosines);
  }

  /** The documents of chunks. */
  nodesOf(chunks: Iterable<number>): Map<number, string> {
    return this.#nodes.of(readGeneration(this.#db), [...chunks], (unknown) => {
      const rows = this.#db
        .query("SELECT c.id, c.node FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value")
        .values(JSON.stringify(unknown)) as [number, unknown][];
      // By their places: a program that has just begun takes twice as long to take hundreds of rows apart.
      return rows.map((row): [number, string] => [row[0], storedText(row[1], "a passage")]);
    });
  }

  #sample(chunks: Float64Array, dimensions: number): Float32Array[] {
    const step = Math.max(1, Math.floor(chunks.length / SAMPLE));
    const ids: number[] = [];
    // Ids are hashes: taken at equal distances they are as good as drawn.
    for (let at = 0; at < chunks.length && ids.length < SAMPLE; at += step) ids.push(chunks[at] as number);
    return [...this.#vectorsOf(ids, dimensions).values()];
  }

  #vectorsOf(ids: readonly number[], dimensions: number): Map<number, Float32Array> {
    return this.#vectors.of(readGeneration(this.#db), ids, (unknown) => {
      const rows = this.#db
        .query("SELECT v.chunk, v.vector FROM json_each(?) j CROSS JOIN vectors v ON v.chunk = j.value")
        .values(JSON.stringify(unknown)) as [number, Uint8Array][];
      const bytes = 4 * dimensions;
      return rows.filter((row) => row[1].byteLength === bytes).map((row) => [row[0], float32View(row[1])]);
    });
  }

  #bits(): LoadedBits {
    const generation = readGeneration(this.#db);
    if (this.#loaded?.generation !== generation) this.#loaded = { generation, ...this.#read() };
    return this.#loaded;
  }

  #read(): Pick<LoadedBits, "chunks" | "bits"> {
    const packs = readProvedPacks(this.#db);
    return {
      chunks: wholeNumbers(Bun.concatArrayBuffers(packs.map(({ chunks }) => chunks))),
      bits: new Uint32Array(Bun.concatArrayBuffers(packs.map(({ bits }) => bits))),
    };
  }
}

function backgroundOf(cosines: readonly number[]): Background {
  const weight = cosines.length + USUAL.weight;
  const sum = cosines.reduce((total, cosine) => total + cosine, 0);
  const own = sum / Math.max(1, cosines.length);
  const mean = own > USUAL.mostMean ? own : (sum + USUAL.weight * USUAL.mean) / weight;
  const usual = USUAL.deviation * (1 - mean);
  const squares = cosines.reduce((total, cosine) => total + (cosine - mean) ** 2, 0);
  const deviation = Math.sqrt((squares + USUAL.weight * usual ** 2) / weight);
  return { mean, deviation: Math.max(USUAL.leastDeviation, deviation) };
}

/**
 * A background by which graphs compare with one another: where one has nothing of what is asked for, or one file over
 * and over, all of its cosines are low and close together, and the best stands out although it is far.
 */
export function atLeastUsual({ mean, deviation }: Background): Background {
  return {
    mean: Math.max(mean, USUAL.mean),
    deviation: Math.max(deviation, USUAL.deviation * (1 - mean)),
  };
}

/** The cosine of a vector with each of the others. */
export function cosinesOf(
  vector: Float32Array,
  others: ReadonlyMap<number, Float32Array>,
): Map<number, number> {
  const cosines = new Map<number, number>();
  for (const [chunk, each] of others) cosines.set(chunk, dot(vector, each));
  return cosines;
}

/** Chunks by their cosine with a vector, best first. */
export function byCosine(cosines: ReadonlyMap<number, number>): ScoredChunk[] {
  const list: ScoredChunk[] = [];
  for (const [chunk, score] of cosines) list.push({ chunk, score });
  return list.sort((a, b) => b.score - a.score || a.chunk - b.chunk);
}

/** Of 64 bits each, little end first. Read by halves, as to make a `bigint` of each takes many times as long. */
function wholeNumbers(bytes: ArrayBuffer): Float64Array {
  const halves = new Int32Array(bytes);
  const numbers = new Float64Array(halves.length / 2);
  for (let at = 0; at < numbers.length; at++)
    numbers[at] = (halves[2 * at + 1] as number) * 2 ** 32 + ((halves[2 * at] as number) >>> 0);
  return numbers;
}

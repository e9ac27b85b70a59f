/**
 * Search by vector: a scan of all sign bits for candidates, then the exact score of those.
 *
 * The bits of a graph are read once and kept while the graph's generation stays the same, which is asked for each
 * query.
 */

import type { Database } from "bun:sqlite";
import { bitCount, dot } from "../../system/index.ts";
import { readProvedPacks } from "../proof/index.ts";
import { float32View, signBits } from "../sign-bits.ts";
import { readGeneration, storedText } from "../state.ts";
import type { ScoredChunk } from "./common-words.ts";
import type { Background } from "./fusion.ts";
import { inScope, type Scope } from "./scope.ts";

/** Candidates scored exactly for each query; see docs/performance.md for the recall this gives. */
const CANDIDATES = 400;

/** Chunks whose documents are kept in mind. */
const MOST_NODES = 50_000;

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
  /** Ids of the chunks, in the order of the bits. */
  readonly chunks: BigInt64Array;
  readonly bits: Uint32Array;
  /** Vectors of chunks at random; read when first asked for. */
  sample?: Float32Array[];
}

/** The vectors of the graph behind one connection. */
export class SemanticIndex {
  readonly #db: Database;
  #loaded: LoadedBits | undefined;
  #nodes = { generation: -1, of: new Map<number, string>() };

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
    const mask = scope === undefined ? undefined : inScope(scope, chunks);
    const nearest = nearestByHamming(bits, signBits(vector), Math.max(CANDIDATES, 2 * count), mask);
    const candidates = new Set(Array.from(nearest, (position) => Number(chunks[position])));
    for (const chunk of named) candidates.add(chunk);
    return this.#vectors([...candidates], vector.length);
  }

  /** What a vector has in common with chunks at random. */
  background(vector: Float32Array): Background {
    const loaded = this.#bits();
    loaded.sample ??= this.#sample(loaded.chunks, vector.length);
    const cosines = loaded.sample.map((each) => dot(vector, each));
    return backgroundOf(cosines);
  }

  /** The documents of chunks. Those that were asked for lately are not read again while the graph is the same. */
  nodesOf(chunks: Iterable<number>): Map<number, string> {
    const generation = readGeneration(this.#db);
    if (this.#nodes.generation !== generation || this.#nodes.of.size > MOST_NODES) {
      this.#nodes = { generation, of: new Map() };
    }
    const known = this.#nodes.of;
    const wanted = [...chunks];
    const unknown = wanted.filter((chunk) => !known.has(chunk));
    const rows =
      unknown.length === 0
        ? []
        : (this.#db
            .query("SELECT c.id, c.node FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value")
            .values(JSON.stringify(unknown)) as [number, unknown][]);
    for (const [chunk, node] of rows) known.set(chunk, storedText(node, "a passage"));
    const nodes = new Map<number, string>();
    for (const chunk of wanted) {
      const node = known.get(chunk);
      if (node !== undefined) nodes.set(chunk, node);
    }
    return nodes;
  }

  #sample(chunks: BigInt64Array, dimensions: number): Float32Array[] {
    const step = Math.max(1, Math.floor(chunks.length / SAMPLE));
    const ids: number[] = [];
    // Ids are hashes: taken at equal distances they are as good as drawn.
    for (let at = 0; at < chunks.length && ids.length < SAMPLE; at += step) ids.push(Number(chunks[at]));
    return [...this.#vectors(ids, dimensions).values()];
  }

  #vectors(ids: readonly number[], dimensions: number): Map<number, Float32Array> {
    const rows = this.#db
      .query("SELECT v.chunk, v.vector FROM json_each(?) j CROSS JOIN vectors v ON v.chunk = j.value")
      .values(JSON.stringify(ids)) as [number, Uint8Array][];
    const vectors = new Map<number, Float32Array>();
    for (const [chunk, bytes] of rows) {
      if (bytes.byteLength === 4 * dimensions) vectors.set(chunk, float32View(bytes));
    }
    return vectors;
  }

  #bits(): LoadedBits {
    const generation = readGeneration(this.#db);
    if (this.#loaded?.generation !== generation) this.#loaded = { generation, ...this.#read() };
    return this.#loaded;
  }

  #read(): Pick<LoadedBits, "chunks" | "bits"> {
    const packs = readProvedPacks(this.#db);
    return {
      chunks: new BigInt64Array(joined(packs.map(({ chunks }) => chunks))),
      bits: new Uint32Array(joined(packs.map(({ bits }) => bits))),
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

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes.buffer;
}

/*
 * Nearest neighbours by Hamming distance over packed sign bits, in plain TypeScript.
 *
 * It stands in for a loadable SQLite extension, which Apple's SQLite refuses to load, and it is quick enough: twelve
 * 32-bit words a vector at 384 dimensions. Carry-save adders (as in Harley and Seal's population count; H. S. Warren,
 * Hacker's Delight, 2nd ed., section 5-1) fold each group of three words into two before any bits are counted.
 */

/**
 * Indices of the `count` vectors nearest to the query, ties cut off by position; unordered.
 * @param bits the sign bits of all vectors, `query.length` words each
 * @param mask 0 for each vector that does not take part
 */
export function nearestByHamming(
  bits: Uint32Array,
  query: Uint32Array,
  count: number,
  mask?: Uint8Array,
): Uint32Array {
  const words = query.length;
  const vectors = words === 0 ? 0 : Math.floor(bits.length / words);
  const taking = mask === undefined ? vectors : countOnes(mask);
  if (taking <= count) {
    const all = Uint32Array.from({ length: vectors }, (_, index) => index);
    return mask === undefined ? all : all.filter((index) => mask[index] === 1);
  }
  const distances = new Uint16Array(vectors);
  const histogram = new Uint32Array(words * 32 + 1);
  measureDistances(bits, query, distances, histogram);
  if (mask !== undefined) leaveOut(distances, histogram, mask);
  let limit = 0;
  for (let below = 0; below + (histogram[limit] as number) < count; limit++)
    below += histogram[limit] as number;
  return collect(distances, limit, count);
}

function countOnes(mask: Uint8Array): number {
  let ones = 0;
  for (let at = 0; at < mask.length; at++) ones += mask[at] as number;
  return ones;
}

function measureDistances(
  bits: Uint32Array,
  query: Uint32Array,
  distances: Uint16Array,
  histogram: Uint32Array,
): void {
  if (query.length === TWELVE) {
    measureTwelve(bits, query, distances, histogram);
    return;
  }
  const words = query.length;
  const triples = words - (words % 3);
  for (let vector = 0, at = 0; vector < distances.length; vector++) {
    let distance = 0;
    const end = at + triples;
    let word = 0;
    for (; at < end; at += 3, word += 3) {
      const a = (bits[at] as number) ^ (query[word] as number);
      const b = (bits[at + 1] as number) ^ (query[word + 1] as number);
      const c = (bits[at + 2] as number) ^ (query[word + 2] as number);
      const sum = a ^ b;
      distance += 2 * bitCount((a & b) | (sum & c)) + bitCount(sum ^ c);
    }
    for (; word < words; word++, at++) distance += bitCount((bits[at] as number) ^ (query[word] as number));
    distances[vector] = distance;
    histogram[distance] = (histogram[distance] as number) + 1;
  }
}

/** Words of 384 dimensions, which most models have. */
const TWELVE = 12;

/**
 * The same for twelve words: they are added up to ones, twos, fours and eights, and those are counted together. A third
 * less work than a count for each word.
 */
function measureTwelve(
  bits: Uint32Array,
  query: Uint32Array,
  distances: Uint16Array,
  histogram: Uint32Array,
): void {
  // One by one: what is taken out of an array by a pattern is no whole number to the compiler, which costs a sixth.
  const q0 = query[0]! | 0;
  const q1 = query[1]! | 0;
  const q2 = query[2]! | 0;
  const q3 = query[3]! | 0;
  const q4 = query[4]! | 0;
  const q5 = query[5]! | 0;
  const q6 = query[6]! | 0;
  const q7 = query[7]! | 0;
  const q8 = query[8]! | 0;
  const q9 = query[9]! | 0;
  const q10 = query[10]! | 0;
  const q11 = query[11]! | 0;
  for (let vector = 0, at = 0; vector < distances.length; vector++, at += TWELVE) {
    const a0 = bits[at]! ^ q0;
    const a1 = bits[at + 1]! ^ q1;
    const a2 = bits[at + 2]! ^ q2;
    const ab = a0 ^ a1;
    const l0 = ab ^ a2;
    const h0 = (a0 & a1) | (ab & a2);
    const b0 = bits[at + 3]! ^ q3;
    const b1 = bits[at + 4]! ^ q4;
    const b2 = bits[at + 5]! ^ q5;
    const bb = b0 ^ b1;
    const l1 = bb ^ b2;
    const h1 = (b0 & b1) | (bb & b2);
    const c0 = bits[at + 6]! ^ q6;
    const c1 = bits[at + 7]! ^ q7;
    const c2 = bits[at + 8]! ^ q8;
    const cb = c0 ^ c1;
    const l2 = cb ^ c2;
    const h2 = (c0 & c1) | (cb & c2);
    const d0 = bits[at + 9]! ^ q9;
    const d1 = bits[at + 10]! ^ q10;
    const d2 = bits[at + 11]! ^ q11;
    const db = d0 ^ d1;
    const l3 = db ^ d2;
    const h3 = (d0 & d1) | (db & d2);
    const ll = l0 ^ l1;
    const m = ll ^ l2;
    const k = (l0 & l1) | (ll & l2);
    const hh = h0 ^ h1;
    const n = hh ^ h2;
    const p = (h0 & h1) | (hh & h2);
    const carried = m & l3;
    const nh = n ^ h3;
    const r = nh ^ k;
    const s = (n & h3) | (nh & k);
    const t = r & carried;
    const ps = p ^ s;
    // In groups of four bits, up to twelve each.
    const low = nibbles(m ^ l3) + (nibbles(r ^ carried) << 1);
    const high = nibbles(ps ^ t) + (nibbles((p & s) | (ps & t)) << 1);
    const lowBytes = (low & 0x0f0f0f0f) + ((low >>> 4) & 0x0f0f0f0f);
    const highBytes = (high & 0x0f0f0f0f) + ((high >>> 4) & 0x0f0f0f0f);
    const bytes = lowBytes + (highBytes << 2);
    const halves = (bytes & 0x00ff00ff) + ((bytes >>> 8) & 0x00ff00ff);
    const distance = (halves + (halves >>> 16)) & 0xffff;
    distances[vector] = distance;
    histogram[distance] = histogram[distance]! + 1;
  }
}

/** How many of each four bits are set. */
function nibbles(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}

/** Farther than any. */
const NEVER = 0xffff;

function leaveOut(distances: Uint16Array, histogram: Uint32Array, mask: Uint8Array): void {
  for (let vector = 0; vector < distances.length; vector++) {
    if (mask[vector] === 1) continue;
    const distance = distances[vector] as number;
    histogram[distance] = (histogram[distance] as number) - 1;
    distances[vector] = NEVER;
  }
}

/** All vectors nearer than `limit`, then as many at `limit` as still fit. */
function collect(distances: Uint16Array, limit: number, count: number): Uint32Array {
  const nearest = new Uint32Array(count);
  let filled = 0;
  for (let vector = 0; vector < distances.length; vector++) {
    if ((distances[vector] as number) < limit) nearest[filled++] = vector;
  }
  for (let vector = 0; filled < count; vector++) {
    if (distances[vector] === limit) nearest[filled++] = vector;
  }
  return nearest;
}

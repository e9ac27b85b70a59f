/**
 * Pairs of vectors that are close, without comparing each with each.
 *
 * The sign bits of all vectors are sorted as numbers, once for each of many random orders of the bits; vectors that
 * are close agree in most bits and so become neighbours in most of these lists (D. Ravichandran, P. Pantel and E.
 * Hovy, ACL 2005, section 3). Each is compared with a fixed number of neighbours, whatever the data look like: the
 * time grows with n log n. The orders come from a fixed seed, so the answer is the same every time.
 */

import { signBits } from "../graph/index.ts";
import { bitCount, dot } from "../system/index.ts";

export interface NearPair {
  /** Positions of the two vectors, `a < b`. */
  readonly a: number;
  readonly b: number;
  /** The cosine. */
  readonly similarity: number;
}

export interface Neighbours {
  readonly pairs: readonly NearPair[];
  /** For each vector the mean cosine to its nearest ones; 0 where there is none. */
  readonly density: Float32Array;
}

/** Sorted lists, neighbours on each side that a vector is compared with in each, and nearest ones kept of each. */
const ORDERS = 48;
const WINDOW = 20;
const KEPT = 24;
/**
 * Bits that a list is sorted by: enough to tell a million vectors apart, and exact in a float64 together with a
 * position.
 */
const SORTED_BITS = 30;
/** Nearest ones that the density is the mean of. */
const DENSITY_OF = 10;

/**
 * The nearest pairs of `count` normalised vectors.
 * @param vectors `count` rows of `dimensions` values
 */
export function findNeighbours(vectors: Float32Array, dimensions: number): Neighbours {
  const count = dimensions === 0 ? 0 : Math.floor(vectors.length / dimensions);
  const words = Math.ceil(dimensions / 32);
  const bits = new Uint32Array(count * words);
  for (let row = 0; row < count; row++) {
    bits.set(signBits(vectors.subarray(row * dimensions, (row + 1) * dimensions)), row * words);
  }
  const candidates = new NearestLists(count, bits, words);
  const random = seeded();
  for (let order = 0; order < ORDERS; order++)
    compareNeighbours(candidates, sortedBy(bits, words, count, random), WINDOW);
  return exact(candidates, vectors, dimensions);
}

/** Positions of the vectors in the order of some of their bits. */
function sortedBy(bits: Uint32Array, words: number, count: number, random: () => number): Float64Array {
  const chosen = Array.from({ length: SORTED_BITS }, () => Math.floor(random() * words * 32));
  const keys = new Float64Array(count);
  const room = 2 ** Math.ceil(Math.log2(Math.max(2, count)));
  for (let row = 0; row < count; row++) {
    let key = 0;
    for (const bit of chosen) {
      key = (key << 1) | (((bits[row * words + (bit >>> 5)] as number) >>> (bit & 31)) & 1);
    }
    keys[row] = key * room + row;
  }
  keys.sort();
  for (let place = 0; place < count; place++) keys[place] = (keys[place] as number) % room;
  return keys;
}

function compareNeighbours(candidates: NearestLists, order: Float64Array, window: number): void {
  for (let place = 0; place < order.length; place++) {
    const end = Math.min(order.length - 1, place + window);
    for (let next = place + 1; next <= end; next++) {
      candidates.offer(order[place] as number, order[next] as number);
    }
  }
}

/** Of each vector the nearest others met so far, by Hamming distance. */
class NearestLists {
  readonly count: number;
  readonly #bits: Uint32Array;
  readonly #words: number;
  readonly #others: Int32Array;
  readonly #distances: Uint16Array;

  constructor(count: number, bits: Uint32Array, words: number) {
    this.count = count;
    this.#bits = bits;
    this.#words = words;
    this.#others = new Int32Array(count * KEPT).fill(-1);
    this.#distances = new Uint16Array(count * KEPT).fill(0xffff);
  }

  offer(a: number, b: number): void {
    const distance = this.#distance(a, b);
    this.#insert(a, b, distance);
    this.#insert(b, a, distance);
  }

  /** Nearest first. */
  of(row: number): Int32Array {
    const list = this.#others.subarray(row * KEPT, (row + 1) * KEPT);
    const end = list.indexOf(-1);
    return end < 0 ? list : list.subarray(0, end);
  }

  #insert(row: number, other: number, distance: number): void {
    const start = row * KEPT;
    let place = start + KEPT - 1;
    if (distance >= (this.#distances[place] as number)) return;
    for (let each = start; each < start + KEPT && this.#others[each] !== -1; each++) {
      if (this.#others[each] === other) return;
    }
    for (; place > start && (this.#distances[place - 1] as number) > distance; place--) {
      this.#distances[place] = this.#distances[place - 1] as number;
      this.#others[place] = this.#others[place - 1] as number;
    }
    this.#distances[place] = distance;
    this.#others[place] = other;
  }

  #distance(a: number, b: number): number {
    let distance = 0;
    for (let word = 0; word < this.#words; word++) {
      const x =
        (this.#bits[a * this.#words + word] as number) ^ (this.#bits[b * this.#words + word] as number);
      distance += bitCount(x);
    }
    return distance;
  }
}

function exact(candidates: NearestLists, vectors: Float32Array, dimensions: number): Neighbours {
  const pairs: NearPair[] = [];
  const density = new Float32Array(candidates.count);
  const rowOf = (row: number): Float32Array => vectors.subarray(row * dimensions, (row + 1) * dimensions);
  for (let row = 0; row < candidates.count; row++) {
    const own = rowOf(row);
    const similarities: number[] = [];
    for (const other of candidates.of(row)) {
      const similarity = dot(own, rowOf(other));
      similarities.push(similarity);
      const mutual = other < row && candidates.of(other).includes(row);
      if (!mutual) pairs.push({ a: Math.min(row, other), b: Math.max(row, other), similarity });
    }
    const nearest = similarities.sort((x, y) => y - x).slice(0, DENSITY_OF);
    density[row] = nearest.reduce((sum, each) => sum + each, 0) / Math.max(1, nearest.length);
  }
  return { pairs, density };
}

/** The linear congruential generator of W. H. Press et al., Numerical Recipes, 3rd ed., section 7.1. */
function seeded(): () => number {
  let state = 0x2545f491;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

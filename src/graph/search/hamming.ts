/**
 * Nearest neighbours by Hamming distance over packed sign bits, in plain TypeScript.
 *
 * It stands in for a loadable SQLite extension, which Apple's SQLite refuses to load, and it is quick enough: twelve
 * 32-bit words a vector at 384 dimensions. Carry-save adders (as in Harley and Seal's population count; H. S. Warren,
 * Hacker's Delight, 2nd ed., section 5-1) fold each group of three words into two before any bits are counted.
 */
import { bitCount } from "../../system/index.ts";

/**
 * Indices of the `count` vectors nearest to the query, ties cut off by position; unordered.
 * @param bits the sign bits of all vectors, `query.length` words each
 * @param among indices of those that take part, ascending; all by default
 */
export function nearestByHamming(
  bits: Uint32Array,
  query: Uint32Array,
  count: number,
  among?: Uint32Array,
): Uint32Array {
  const words = query.length;
  const vectors = words === 0 ? 0 : Math.floor(bits.length / words);
  const taking = among?.length ?? vectors;
  if (taking <= count) return among ?? Uint32Array.from({ length: vectors }, (_, index) => index);
  const distances = new Uint16Array(taking);
  const histogram = new Uint32Array(words * 32 + 1);
  measureDistances(bits, query, { distances, histogram, among });
  let limit = 0;
  for (let below = 0; below + (histogram[limit] as number) < count; limit++)
    below += histogram[limit] as number;
  const nearest = collect(distances, limit, count);
  return among === undefined ? nearest : nearest.map((place) => among[place] as number);
}

interface Measured {
  readonly among: Uint32Array | undefined;
  /** Of each vector that takes part, in their order. */
  readonly distances: Uint16Array;
  /** How many vectors have each distance. */
  readonly histogram: Uint32Array;
}

function measureDistances(bits: Uint32Array, query: Uint32Array, measured: Measured): void {
  if (query.length === TWELVE) {
    measureTwelve(bits, query, measured);
    return;
  }
  const { among, distances, histogram } = measured;
  const words = query.length;
  const triples = words - (words % 3);
  for (let vector = 0; vector < distances.length; vector++) {
    let at = words * (among === undefined ? vector : (among[vector] as number));
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
  { among, distances, histogram }: Measured,
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
  for (let vector = 0; vector < distances.length; vector++) {
    const at = TWELVE * (among === undefined ? vector : among[vector]!);
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

/**
 * Nearest neighbours by Hamming distance over packed sign bits, in plain TypeScript.
 *
 * It stands in for a loadable SQLite extension, which Apple's SQLite refuses to load, and it is quick enough: twelve 32-bit words a vector
 * at 384 dimensions. Carry-save adders (as in Harley and Seal's population count; H. S. Warren, Hacker's Delight, 2nd ed., section 5-1)
 * fold each group of three words into two before any bits are counted.
 */

/**
 * Indices of the `count` vectors nearest to the query, ties cut off by position; unordered.
 * @param bits the sign bits of all vectors, `query.length` words each
 */
export function nearestByHamming(bits: Uint32Array, query: Uint32Array, count: number): Uint32Array {
  const words = query.length;
  const vectors = words === 0 ? 0 : Math.floor(bits.length / words);
  if (vectors <= count) return Uint32Array.from({ length: vectors }, (_, index) => index);
  const distances = new Uint16Array(vectors);
  const histogram = new Uint32Array(words * 32 + 1);
  measureDistances(bits, query, distances, histogram);
  let limit = 0;
  for (let below = 0; below + (histogram[limit] as number) < count; limit++)
    below += histogram[limit] as number;
  return collect(distances, limit, count);
}

function measureDistances(
  bits: Uint32Array,
  query: Uint32Array,
  distances: Uint16Array,
  histogram: Uint32Array,
): void {
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

function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
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

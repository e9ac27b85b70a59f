/**
 * A chunk's id: 53 bits of a hash of its document and its ordinal, so that the same files give the same ids in any order of ingests.
 *
 * Numbers up to 2^53 - 1 are exact in JavaScript. Two chunks of a graph of a million share an id with a probability of about
 * one in 20,000; the writer then moves the later one on by `probe`.
 */
export const CHUNK_ID_BITS = 53;

/** An integer in [0, 2^53). @param probe how many ids were found taken before */
export function chunkId(node: string, ordinal: number, probe = 0): number {
  const hash = Bun.hash.xxHash64(`${node}\u0000${ordinal}`, BigInt(probe));
  return Number(hash >> 11n);
}

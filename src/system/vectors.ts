/** Arithmetic of vectors and words of bits, and the checksum that stored vectors have beside them. */

/** The inner product; equal to the cosine for normalised vectors of the same length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The cosine of two vectors of any length but zero; NaN where one is none, which compares as different. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/**
 * From what cosine on two vectors may be of one text and one model. Kinds of processors round differently: between two
 * of them 0.9929 was the lowest (docs/decisions/processors-differ.md), and what is imported may come from any. Another
 * text or another model is far below. What was altered afterwards is told by checksums, and not by this.
 */
export const LEAST_COSINE_OF_ONE_TEXT = 0.99;

/**
 * The checksum of a stored vector: CRC-32 of its bytes, started from a seed that says whose it is, so that a vector
 * that ended up beside another key is as wrong there as a damaged one. What is stored in files of earlier versions
 * differs in the seed alone: {@link seedOfDigits} in a vector cache, {@link seedOfText} in a graph, of the key, and in
 * an export, of the key and the model.
 */
export function vectorChecksum(bytes: Uint8Array, seed: number): number {
  return Bun.hash.crc32(bytes, seed);
}

/** The first 32 bits of a key in hexadecimal digits; costs next to nothing beside reading a row. */
export function seedOfDigits(key: string): number {
  return Number.parseInt(key.slice(0, 8), 16);
}

/** CRC-32 of all of a text, as UTF-8. */
export function seedOfText(text: string): number {
  return Bun.hash.crc32(text);
}

/** How many bits of a 32-bit word are set. */
export function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

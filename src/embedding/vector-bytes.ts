/**
 * How a vector lies in a row of the vector cache, and what proves it whole.
 *
 * Little-endian float32, four bytes a dimension, of unit length; beside it a CRC-32 that covers the key as well, so
 * that a vector that ended up in another row is as wrong there as a damaged one.
 */

const BYTES_PER_VALUE = 4;
/** How far the norm of a vector may be from 1. */
const NORM_TOLERANCE = 1e-3;
const LEAST_SQUARE = (1 - NORM_TOLERANCE) ** 2;
const GREATEST_SQUARE = (1 + NORM_TOLERANCE) ** 2;
/** Hex digits of the key that the checksum starts from: the 32 bits that a CRC-32 has. */
const SEED_DIGITS = 8;

/** CRC-32 of the vector's bytes, started from the key's first 32 bits instead of from 0. */
export function vectorChecksum(key: string, bytes: Uint8Array): number {
  return Bun.hash.crc32(bytes, Number.parseInt(key.slice(0, SEED_DIGITS), 16));
}

/** The bytes of a vector, which share its memory. Every platform that Bun runs on is little-endian. */
export function vectorBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The vector of a row, or undefined when anything about the row is wrong. */
export function vectorOfRow(
  key: string,
  blob: unknown,
  checksum: unknown,
  dimensions: number,
): Float32Array | undefined {
  if (!(blob instanceof Uint8Array) || blob.byteLength !== dimensions * BYTES_PER_VALUE) return undefined;
  if (vectorChecksum(key, blob) !== checksum) return undefined;
  const vector = new Float32Array(blob.buffer, blob.byteOffset, dimensions);
  return isNormalised(vector) ? vector : undefined;
}

/** Whether a vector is finite and of unit length. */
export function isNormalised(vector: Float32Array): boolean {
  // Four sums side by side: one alone would wait for each addition before the next.
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let place = 0;
  for (const last = vector.length - 3; place < last; place += 4) {
    first += vector[place]! * vector[place]!;
    second += vector[place + 1]! * vector[place + 1]!;
    third += vector[place + 2]! * vector[place + 2]!;
    fourth += vector[place + 3]! * vector[place + 3]!;
  }
  for (; place < vector.length; place++) first += vector[place]! * vector[place]!;
  const square = first + second + third + fourth;
  // A comparison with NaN is false, which is what rejects the non-finite.
  return square >= LEAST_SQUARE && square <= GREATEST_SQUARE;
}

/**
 * The key of a text in the vector cache: SHA-256 of the text and the model id, both as UTF-8, in that order.
 *
 * Hashing is most of what a hit costs besides reading its row, hence the scratch buffer: encoding into it and hashing
 * the bytes takes half the time of hashing a joined string.
 */
import { seedOfDigits, vectorChecksum } from "../../system/index.ts";

const SCRATCH_BYTES = 64 * 1024;
/** UTF-8 takes at most three bytes for one UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
const scratch = new Uint8Array(SCRATCH_BYTES);
const digest = new Uint8Array(32);

/**
 * `sha256(text + modelId)` in lower-case hex.
 *
 * @param text exactly what the model is given.
 * @param modelId ends in a digest of fixed length, so that no two pairs are the same when joined.
 */
export function cacheKey(text: string, modelId: string): string {
  if ((text.length + modelId.length) * BYTES_PER_UNIT > SCRATCH_BYTES) {
    return new Bun.CryptoHasher("sha256").update(text).update(modelId).digest("hex");
  }
  const { written } = encoder.encodeInto(text, scratch);
  const end = written + encoder.encodeInto(modelId, scratch.subarray(written)).written;
  Bun.SHA256.hash(scratch.subarray(0, end), digest);
  return digest.toHex();
}

/** Whether it is what `cacheKey` makes. */
export function isKey(key: unknown): key is string {
  return typeof key === "string" && /^[0-9a-f]{64}$/.test(key);
}

/*
 * How a vector lies in a row of the vector cache, and what proves it whole.
 *
 * Little-endian float32, four bytes a dimension, of unit length, and its checksum beside it.
 */

const BYTES_PER_VALUE = 4;
/** How far the norm of a vector may be from 1. */
const NORM_TOLERANCE = 1e-3;
const LEAST_SQUARE = (1 - NORM_TOLERANCE) ** 2;
const GREATEST_SQUARE = (1 + NORM_TOLERANCE) ** 2;
/** The checksum of a row, which covers the first digits of its key. */
export function rowChecksum(key: string, bytes: Uint8Array): number {
  return vectorChecksum(bytes, seedOfDigits(key));
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
  if (rowChecksum(key, blob) !== checksum) return undefined;
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

/**
 * A vector as it lies in a remote cache, under a key of its own, and what proves it.
 *
 * ```
 * amalfa:v1:<16 hex digits of sha256(model id, and the kind of processor)>:<key of the vector cache>
 *
 * 0  version, 1    1  flags: 1 signed    2  dimensions, uint16    4  CRC-32, uint32
 * 8  float32 of each dimension           then, if signed, 32 bytes HMAC-SHA256          all little-endian
 * ```
 *
 * Both proofs cover the model id, the key, the head and the vector, so that a row that ended up under another key or
 * beside another model's is as wrong there as a damaged one (I9). The CRC tells damage alone: whoever may write can
 * make it. With a signing key only rows that somebody with that key has written are taken.
 */
import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SigningKey } from "../../project/index.ts";
import { seedOfText, vectorChecksum } from "../../system/index.ts";
import { isNormalised, vectorBytes } from "../cache/index.ts";

/*
 * The kind of processor that vectors are computed by.
 *
 * The int8 model's vectors differ with it: between a processor with AVX-512 and VNNI and one with neither AVX nor more,
 * cosines of 20 chunks went down to 0.993. On one machine a vector is the same wherever it comes from (I2), so that
 * rows of one kind are not found by another: each has names of its own.
 */

/** Empty for the kind with VNNI, whose rows have the names of the model alone. */
let known: string | undefined;

function processorClass(): string {
  known ??= classOf(process.arch, process.platform === "linux" ? flagsOfLinux() : undefined);
  return known;
}

/**
 * @param architecture as Node names it
 * @param flags what the processor can do, as Linux names it; undefined where that cannot be told
 */
export function classOf(architecture: string, flags: ReadonlySet<string> | undefined): string {
  if (architecture !== "x64") return architecture;
  if (flags === undefined) return "x64";
  if (flags.has("avx512_vnni") || flags.has("avx_vnni")) return "";
  if (flags.has("avx512bw")) return "x64-avx512";
  return flags.has("avx2") ? "x64-avx2" : "x64-sse";
}

function flagsOfLinux(): ReadonlySet<string> | undefined {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
    return line === undefined ? undefined : new Set(line.trim().split(/\s+/));
  } catch {
    return undefined;
  }
}

const VERSION = 1;
const SIGNED = 1;
const HEAD_BYTES = 8;
const SIGNATURE_BYTES = 32;
const BYTES_PER_VALUE = 4;
/** Hex digits that stand for the model in the names of rows. */
const MODEL_DIGITS = 16;

export interface RowFormat {
  readonly modelId: string;
  readonly dimensions: number;
  readonly signingKey: SigningKey | undefined;
}

/** What the names of all rows begin with. */
export const ALL_ROWS = "amalfa:v1:";

/** What the names of all rows of a model begin with. */
export function remotePrefix(modelId: string): string {
  return `${ALL_ROWS}${modelDigits(modelId)}:`;
}

/** What stands for a model, and for the kind of processor that it runs on, in names. */
export function modelDigits(modelId: string): string {
  return new Bun.CryptoHasher("sha256").update(maker(modelId)).digest("hex").slice(0, MODEL_DIGITS);
}

/** What a vector depends on besides its text. */
export function maker(modelId: string, processor = processorClass()): string {
  return processor === "" ? modelId : `${modelId} on ${processor}`;
}

/** @param key of the vector cache */
export function encodeRow(key: string, vector: Float32Array, { modelId, signingKey }: RowFormat): Uint8Array {
  const end = HEAD_BYTES + vector.byteLength;
  const row = new Uint8Array(end + (signingKey === undefined ? 0 : SIGNATURE_BYTES));
  const view = new DataView(row.buffer);
  row[0] = VERSION;
  row[1] = signingKey === undefined ? 0 : SIGNED;
  view.setUint16(2, vector.length, true);
  row.set(vectorBytes(vector), HEAD_BYTES);
  view.setUint32(4, checksumOf(key, modelId, row.subarray(0, end)), true);
  if (signingKey !== undefined) row.set(signatureOf(key, modelId, row.subarray(0, end), signingKey), end);
  return row;
}

/** The vector of a row, in memory of its own, or undefined where anything about it is wrong. */
export function decodeRow(key: string, row: Uint8Array, format: RowFormat): Float32Array | undefined {
  const { modelId, dimensions, signingKey } = format;
  const end = HEAD_BYTES + dimensions * BYTES_PER_VALUE;
  const isSigned = row[1] === SIGNED;
  if (row[0] !== VERSION || (!isSigned && row[1] !== 0)) return undefined;
  if (row.byteLength !== end + (isSigned ? SIGNATURE_BYTES : 0)) return undefined;
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  if (view.getUint16(2, true) !== dimensions) return undefined;
  const body = row.subarray(0, end);
  if (view.getUint32(4, true) !== checksumOf(key, modelId, body)) return undefined;
  if (signingKey !== undefined) {
    if (!isSigned || !timingSafeEqual(row.subarray(end), signatureOf(key, modelId, body, signingKey))) {
      return undefined;
    }
  }
  const vector = new Float32Array(dimensions);
  vectorBytes(vector).set(body.subarray(HEAD_BYTES));
  return isNormalised(vector) ? vector : undefined;
}

/** @param body head and vector; the place of the checksum itself is not covered */
function checksumOf(key: string, modelId: string, body: Uint8Array): number {
  const head = Buffer.from(body.buffer, body.byteOffset, 4).readUInt32LE();
  return vectorChecksum(body.subarray(HEAD_BYTES), seedOfText(`${maker(modelId)} ${key} ${head}`));
}

function signatureOf(key: string, modelId: string, body: Uint8Array, signingKey: SigningKey): Uint8Array {
  return new Bun.CryptoHasher("sha256", signingKey.reveal())
    .update(`amalfa:v1 ${maker(modelId)} ${key}\n`)
    .update(body)
    .digest();
}

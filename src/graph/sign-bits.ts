/**
 * Sign bits of vectors, many to a row.
 *
 * A chunk's id is a hash, so its leading bits spread chunks evenly over packs, and a pack is the range of ids that
 * share them. How many packs there are depends only on how many chunks there are. Rows are therefore a function of
 * the set of chunks, and a changed chunk rewrites one pack.
 */
import type { Database } from "bun:sqlite";
import { GarbageWatch } from "../system/index.ts";
import { forgetPackProofs, provePack } from "./proof/index.ts";
import { CHUNK_ID_BITS } from "./schema.ts";
import { readMeta, writeMeta } from "./state.ts";

/** Chunks a pack holds on average at most; a row of that size is about 230 KB at 384 dimensions. */
const PACK_CAPACITY = 4096;

/** Row of `meta`: how many leading bits of an id name its pack. */
const PREFIX_KEY = "pack_prefix_bits";

/** Bytes of the sign bits of one vector. */
export function bytesPerVector(dimensions: number): number {
  return Math.ceil(dimensions / 32) * 4;
}

/** One bit a dimension, set where the value is positive; bit i of the little-endian 32-bit words. */
export function signBits(vector: Float32Array): Uint32Array {
  const words = new Uint32Array(bytesPerVector(vector.length) / 4);
  writeSignBits(vector, words, 0);
  return words;
}

/** The same, written into `bits` from `place` on. */
export function writeSignBits(vector: Float32Array, bits: Uint32Array, place: number): void {
  let word = 0;
  for (let i = 0; i < vector.length; i++) {
    if (vector[i]! > 0) word |= 1 << (i & 31);
    if ((i & 31) !== 31) continue;
    bits[place + (i >>> 5)] = word;
    word = 0;
  }
  if ((vector.length & 31) !== 0) bits[place + (vector.length >>> 5)] = word;
}

/** The number of leading bits of an id that name its pack, for a graph of `chunks` chunks. */
export function packPrefixBits(chunks: number): number {
  return chunks <= PACK_CAPACITY ? 0 : Math.ceil(Math.log2(chunks / PACK_CAPACITY));
}

/** The pack that a chunk belongs to. */
export function packOf(chunk: number, prefixBits: number): number {
  return Math.floor(chunk / 2 ** (CHUNK_ID_BITS - prefixBits));
}

/** A row of `vector_bits`: the chunks in ascending order, and their bits in the same order. */
export interface VectorBitsRow {
  readonly pack: number;
  readonly chunks: BigInt64Array;
  readonly bits: Uint32Array;
}

/** The sign bits of all vectors of a graph. */
export interface AllSignBits {
  /** The packs in their order. */
  packs(prefixBits: number): Iterable<VectorBitsRow>;
}

/**
 * Makes `vector_bits` anew. Call inside the write transaction.
 *
 * @param chunks of the whole graph, with or without a vector yet: the packs are then the same whenever the vectors come
 */
export function replaceVectorBits(db: Database, all: AllSignBits, chunks: number): void {
  const prefixBits = packPrefixBits(chunks);
  clearPacks(db, prefixBits);
  for (const row of all.packs(prefixBits)) insertPack(db, row);
}

/**
 * Brings `vector_bits` in line with `vectors`. Call inside the write transaction, after `vectors` has its new rows.
 * @param touched ids of chunks that were removed or added
 */
export function updateVectorBits(db: Database, touched: Iterable<number>): void {
  const count = db.query<{ n: number }, []>("SELECT count(*) AS n FROM chunks").get()?.n ?? 0;
  const prefixBits = packPrefixBits(count);
  if (readMeta(db, PREFIX_KEY) !== String(prefixBits)) {
    clearPacks(db, prefixBits);
    const garbage = new GarbageWatch();
    for (let pack = 0; pack < 2 ** prefixBits; pack++) {
      makePack(db, pack, prefixBits);
      garbage.check();
    }
    return;
  }
  const packs = new Set<number>();
  for (const chunk of touched) packs.add(packOf(chunk, prefixBits));
  for (const pack of packs) {
    db.run("DELETE FROM vector_bits WHERE pack = ?", [pack]);
    forgetPackProofs(db, pack);
    makePack(db, pack, prefixBits);
  }
}

function clearPacks(db: Database, prefixBits: number): void {
  db.run("DELETE FROM vector_bits");
  forgetPackProofs(db);
  writeMeta(db, PREFIX_KEY, String(prefixBits));
}

/** Makes the row of a pack from the vectors of its chunks, if it has any. */
function makePack(db: Database, pack: number, prefixBits: number): void {
  const row = packFromVectors(db, pack, prefixBits);
  if (row !== undefined) insertPack(db, row);
}

/** The row of a pack, as the vectors of its chunks give it; undefined where it has none. */
function packFromVectors(db: Database, pack: number, prefixBits: number): VectorBitsRow | undefined {
  const width = 2 ** (CHUNK_ID_BITS - prefixBits);
  const rows = db
    .query<{ chunk: number; vector: Uint8Array }, [number, number]>(
      "SELECT chunk, vector FROM vectors WHERE chunk BETWEEN ? AND ? ORDER BY chunk",
    )
    .all(pack * width, (pack + 1) * width - 1);
  const first = rows[0];
  if (first === undefined) return undefined;
  const words = bytesPerVector(first.vector.byteLength / 4) / 4;
  const chunks = new BigInt64Array(rows.length);
  const bits = new Uint32Array(rows.length * words);
  rows.forEach((row, index) => {
    chunks[index] = BigInt(row.chunk);
    packSignBits(row.vector, bits, index * words);
  });
  return { pack, chunks, bits };
}

function insertPack(db: Database, { pack, chunks, bits }: VectorBitsRow): void {
  const [ids, signs] = [new Uint8Array(chunks.buffer), new Uint8Array(bits.buffer)];
  db.run("INSERT INTO vector_bits (pack, chunks, bits) VALUES (?, ?, ?)", [pack, ids, signs]);
  provePack(db, pack, ids, signs);
}

/** Packs whose bits are not those of the vectors, by their numbers. Reads all vectors. */
export function packsUnlikeVectors(db: Database): number[] {
  const prefixBits = Number(readMeta(db, PREFIX_KEY) ?? 0);
  const stored = db.query("SELECT chunks, bits FROM vector_bits WHERE pack = ?");
  const garbage = new GarbageWatch();
  const unlike: number[] = [];
  for (let pack = 0; pack < 2 ** prefixBits; pack++) {
    const wanted = packFromVectors(db, pack, prefixBits);
    const [found] = stored.values(pack);
    const isAlike =
      wanted === undefined
        ? found === undefined
        : sameBytes(found?.[0], wanted.chunks) && sameBytes(found?.[1], wanted.bits);
    if (!isAlike) unlike.push(pack);
    garbage.check();
  }
  return unlike;
}

function sameBytes(stored: unknown, wanted: BigInt64Array | Uint32Array): boolean {
  return stored instanceof Uint8Array && Buffer.compare(stored, new Uint8Array(wanted.buffer)) === 0;
}

/**
 * The sign bits of a stored vector, written into `bits` from `place` on. Works on the bytes: a view of other numbers
 * over them would take longer to make than the bits.
 */
function packSignBits(bytes: Uint8Array, bits: Uint32Array, place: number): void {
  let word = 0;
  for (let i = 0; i < bytes.length; i += 4) {
    const last = bytes[i + 3]!;
    // Positive: the sign bit is clear, and some other bit is set.
    if (last < 128 && (last | bytes[i + 2]! | bytes[i + 1]! | bytes[i]!) !== 0) word |= 1 << ((i >>> 2) & 31);
    if ((i & 127) !== 124) continue;
    bits[place + (i >>> 7)] = word;
    word = 0;
  }
  if ((bytes.length & 127) !== 0) bits[place + (bytes.length >>> 7)] = word;
}

/** The float32 values of a stored vector; copies only when the bytes are not aligned. */
export function float32View(bytes: Uint8Array): Float32Array {
  if (bytes.byteOffset % 4 === 0)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  return new Float32Array(bytes.slice().buffer);
}

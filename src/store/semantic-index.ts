/**
 * Search by vector: a scan of all sign bits for candidates, then the exact score of those.
 *
 * The bits of a graph are read once and kept while the graph's generation stays the same, which is asked for each query.
 */
import type { Database } from "bun:sqlite";
import { readGeneration } from "./graph-state.ts";
import { nearestByHamming } from "./hamming-scan.ts";
import type { ScoredChunk } from "./lexical-search.ts";
import { float32View, signBits } from "./vector-bits.ts";

/** Candidates scored exactly for each query; see docs/performance.md for the recall this gives. */
const CANDIDATES = 400;

interface LoadedBits {
  readonly generation: number;
  /** Ids of the chunks, in the order of the bits. */
  readonly chunks: BigInt64Array;
  readonly bits: Uint32Array;
}

/** The vectors of the graph behind one connection. */
export class SemanticIndex {
  readonly #db: Database;
  #loaded: LoadedBits | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Up to `limit` chunks by cosine similarity to a normalised vector, best first. */
  search(vector: Float32Array, limit: number): ScoredChunk[] {
    const { chunks, bits } = this.#bits();
    const query = signBits(vector);
    const nearest = nearestByHamming(bits, query, Math.max(CANDIDATES, 2 * limit));
    const candidates = Array.from(nearest, (position) => Number(chunks[position]));
    return this.#score(vector, candidates)
      .sort((a, b) => b.score - a.score || a.chunk - b.chunk)
      .slice(0, limit);
  }

  #score(vector: Float32Array, candidates: readonly number[]): ScoredChunk[] {
    const rows = this.#db
      .query("SELECT v.chunk, v.vector FROM json_each(?) j CROSS JOIN vectors v ON v.chunk = j.value")
      .values(JSON.stringify(candidates)) as [number, Uint8Array][];
    return rows
      .filter(([, bytes]) => bytes.byteLength === vector.byteLength)
      .map(([chunk, bytes]) => ({ chunk, score: dot(vector, float32View(bytes)) }));
  }

  #bits(): LoadedBits {
    const generation = readGeneration(this.#db);
    if (this.#loaded?.generation !== generation) this.#loaded = { generation, ...this.#read() };
    return this.#loaded;
  }

  #read(): Pick<LoadedBits, "chunks" | "bits"> {
    const rows = this.#db.query("SELECT chunks, bits FROM vector_bits ORDER BY pack").values() as [
      Uint8Array,
      Uint8Array,
    ][];
    return {
      chunks: new BigInt64Array(joined(rows.map(([chunks]) => chunks))),
      bits: new Uint32Array(joined(rows.map(([, bits]) => bits))),
    };
  }
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

/** The inner product; equal to the cosine for normalised vectors of the same length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

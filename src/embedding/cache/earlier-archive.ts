/**
 * Exports of a vector cache in format 1, which are read and no longer written.
 *
 * Integers little-endian: magic (8 bytes), version (u32), length of the header (u32), header (JSON); for each model
 * in the header's order its rows: key (32 bytes), last use (i64), checksum (u32), vector (float32); SHA-256 of
 * everything before (32 bytes).
 */
import { readFileSync } from "node:fs";
import type { ModelRows } from "./report.ts";
import { vectorOfRow } from "./row.ts";

export const EARLIER_MAGIC = "amalfaVC";

const HEADER_AT = EARLIER_MAGIC.length + 8;
const CHECKSUM_AT = 32 + 8;
const VECTOR_AT = CHECKSUM_AT + 4;
const DIGEST_BYTES = 32;

/** A file to import, of whichever format. */
export interface Archive extends Disposable {
  readonly models: readonly ModelRows[];
  /** Each is proved as it is read; throws `UnusableArchive`. */
  rows(): Iterable<ArchivedRow>;
}

export interface ArchivedRow {
  readonly key: string;
  readonly vector: Uint8Array;
  readonly model: string;
  readonly dimensions: number;
}

/** Why a file is no export that can be imported, a clause. */
export class UnusableArchive extends Error {}

/** Reads all of the file, and proves it by its digest. */
export function openEarlierArchive(file: string): Archive {
  const bytes = readFileSync(file);
  const end = bytes.length - DIGEST_BYTES;
  const digest = new Bun.CryptoHasher("sha256").update(bytes.subarray(0, Math.max(0, end))).digest();
  if (end < HEADER_AT || !digest.equals(bytes.subarray(end)))
    throw new UnusableArchive("its checksum is wrong");
  const rowsAt = HEADER_AT + bytes.readUInt32LE(EARLIER_MAGIC.length + 4);
  const models = modelsIn(bytes.toString("utf8", HEADER_AT, rowsAt));
  const size = models.reduce((sum, model) => sum + model.entries * rowBytes(model), rowsAt);
  if (size !== end) throw new UnusableArchive("its size is not what it should be");
  return { models, rows: () => rowsOf(bytes, rowsAt, models), [Symbol.dispose]: () => {} };
}

function modelsIn(header: string): ModelRows[] {
  try {
    const { models } = JSON.parse(header) as { models: readonly ModelRows[] };
    for (const { model, dimensions, entries } of models) {
      if (typeof model !== "string" || model === "") throw new TypeError();
      if (!(Number.isInteger(dimensions) && dimensions > 0)) throw new TypeError();
      if (!(Number.isInteger(entries) && entries > 0)) throw new TypeError();
    }
    return [...models];
  } catch {
    throw new UnusableArchive("its header is damaged");
  }
}

function* rowsOf(bytes: Buffer, at: number, models: readonly ModelRows[]): Generator<ArchivedRow> {
  for (const { model, dimensions, entries } of models) {
    for (let left = entries; left > 0; left--) {
      const key = bytes.toString("hex", at, at + 32);
      const checksum = bytes.readUInt32LE(at + CHECKSUM_AT);
      // A copy, for the alignment that a vector of floats needs.
      const vector = new Uint8Array(bytes.subarray(at + VECTOR_AT, at + rowBytes({ dimensions })));
      if (vectorOfRow(key, vector, checksum, dimensions) === undefined) {
        throw new UnusableArchive("a row is malformed");
      }
      yield { key, vector, model, dimensions };
      at += rowBytes({ dimensions });
    }
  }
}

function rowBytes({ dimensions }: Pick<ModelRows, "dimensions">): number {
  return VECTOR_AT + dimensions * 4;
}

/**
 * Each pack of sign bits has a proof of its own. A search that scans damaged bits would find the wrong chunks and not
 * know it; so it checks the proofs first.
 */
import type { Database } from "bun:sqlite";
import { DamagedRows } from "../damage.ts";
import { isOfEarlierSchema } from "../schema.ts";
import { readMeta } from "../state.ts";
import { digestText } from "./digests.ts";
import { PROOF_KEY, packTotals, parseTotals } from "./totals.ts";

/** The digest of a pack's two columns. */
function digestOfPack(pack: number, chunks: Uint8Array, bits: Uint8Array): string {
  return digestText(Bun.hash.xxHash3(bits, Bun.hash.xxHash3(chunks, BigInt(pack))));
}

/** Call with each row of `vector_bits` that is written. */
export function provePack(db: Database, pack: number, chunks: Uint8Array, bits: Uint8Array): void {
  db.run("INSERT OR REPLACE INTO pack_proofs (pack, digest) VALUES (?, ?)", [
    pack,
    digestOfPack(pack, chunks, bits),
  ]);
}

/** Call with each row of `vector_bits` that is deleted; with all of them where no pack is named. */
export function forgetPackProofs(db: Database, pack?: number): void {
  if (pack === undefined) db.run("DELETE FROM pack_proofs");
  else db.run("DELETE FROM pack_proofs WHERE pack = ?", [pack]);
}

export interface Pack {
  readonly chunks: Uint8Array;
  readonly bits: Uint8Array;
}

/**
 * All packs in their order. Throws `DamagedRows` where one is not what was written: whatever a scan found in it would
 * be wrong. Those of an earlier schema have no proof.
 */
export function readProvedPacks(db: Database): Pack[] {
  if (isOfEarlierSchema(db)) {
    const rows = db.query<Pack, []>("SELECT chunks, bits FROM vector_bits ORDER BY pack").all();
    if (rows.every(isScannable)) return rows;
    throw new DamagedRows("a pack of the scan index is malformed");
  }
  const { packs, faults } = examinePacks(db);
  const [fault] = faults;
  if (fault !== undefined) throw new DamagedRows(fault);
  return packs;
}

function isScannable({ chunks, bits }: { chunks: unknown; bits: unknown }): boolean {
  const areBytes = chunks instanceof Uint8Array && bits instanceof Uint8Array;
  return areBytes && chunks.length % 8 === 0 && bits.length % 4 === 0 && bits.length >= chunks.length / 2;
}

/** What is wrong with the packs, a clause each. */
export function packFaults(db: Database): string[] {
  return examinePacks(db).faults;
}

function examinePacks(db: Database): { readonly packs: Pack[]; readonly faults: string[] } {
  const rows = db
    .query(
      `SELECT b.pack, b.chunks, b.bits, p.digest
       FROM vector_bits b LEFT JOIN pack_proofs p ON p.pack = b.pack ORDER BY b.pack`,
    )
    .values() as [number, unknown, unknown, unknown][];
  const packs: Pack[] = [];
  const faults: string[] = [];
  for (const [pack, chunks, bits, digest] of rows) {
    const areBytes = chunks instanceof Uint8Array && bits instanceof Uint8Array;
    if (areBytes) packs.push({ chunks, bits });
    if (!areBytes || digestOfPack(pack, chunks, bits) !== digest)
      faults.push(`pack ${pack} of the scan index is not what was written`);
  }
  const [lost] = db
    .query("SELECT count(*) FROM pack_proofs WHERE pack NOT IN (SELECT pack FROM vector_bits)")
    .values()[0] as [number];
  if (lost > 0)
    faults.push(lost === 1 ? "a pack of the scan index is lost" : `${lost} packs of the scan index are lost`);
  else if (faults.length === 0 && packTotals(db) !== provedPackTotals(db)) {
    faults.push("the scan index has other packs than those that were written");
  }
  return { packs, faults };
}

function provedPackTotals(db: Database): string | undefined {
  return parseTotals(readMeta(db, PROOF_KEY) ?? "")?.packs;
}

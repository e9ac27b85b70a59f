/**
 * Takes packs of vectors from a store of files, and puts them there.
 *
 * - A pack is an export of a vector cache, and is proved as such before a row of it is taken: its name is the digest of
 *   its content, each of its rows has a checksum, and with a signing key the index has a signature of its name.
 * - It is put there before the index names it. Whoever is killed in between leaves a file that nobody reads.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RemoteUse } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { loadArchive, loadExport, loadImport } from "../cache/index.ts";
import { type FileStore, openFileStore } from "./file-store.ts";
import { type OwnRows, ownKeysOf } from "./own-keys.ts";
import {
  changedIndex,
  DamagedIndex,
  EMPTY_INDEX,
  forgettable,
  indexName,
  isVouchedFor,
  MOST_INDEX_BYTES,
  type PackEntry,
  type PackIndex,
  packName,
  packSignature,
  packsToJoin,
  readIndex,
  writeIndex,
} from "./pack-index.ts";
import { PackRecord } from "./pack-record.ts";
import { RemoteFault } from "./remote-cache.ts";

export interface PackPlace extends OwnRows {
  readonly use: RemoteUse;
  /** What is fetched at most, in bytes and milliseconds; without it all there is. */
  readonly most?: { readonly bytes: number; readonly ms: number } | undefined;
  /** Ends each wait, which throws `interrupted` then. */
  readonly signal?: AbortSignal | undefined;
}

export interface PullReport {
  /** Packs of the index, those of them that were fetched, and those that were not right or are gone. */
  readonly packs: number;
  readonly fetched: number;
  readonly refused: number;
  /** What was fetched, in bytes. */
  readonly bytes: number;
  /** Rows that are new to the vector cache. */
  readonly added: number;
}

export interface PushReport {
  /**
   * Packs that were put there, none by a server of rows; the rows that were not there before; and the size of what was
   * put there, in bytes.
   */
  readonly packs: number;
  readonly rows: number;
  readonly bytes: number;
  /** Small packs that were put together. */
  readonly joined: number;
}

/** Rows of a pack at most: 16 MB. */
const ROWS_PER_PACK = 10_000;
/** Tries to write an index that somebody else is writing as well. */
const INDEX_TRIES = 6;

export class Packs implements Disposable {
  readonly #place: PackPlace;
  readonly #store: FileStore;
  readonly #record: PackRecord;
  readonly #folder = mkdtempSync(join(tmpdir(), "amalfa-packs-"));
  readonly #fetched = new Set<string>();
  #left = 0;

  /** Throws a `RemoteFault`. */
  constructor(place: PackPlace) {
    this.#place = place;
    this.#store = openFileStore(place.use, place.signal);
    const remote = new Bun.CryptoHasher("sha256")
      .update(`${place.use.url.shown}\n${place.model.id}`)
      .digest("hex");
    this.#record = new PackRecord(place.cachePath, remote.slice(0, 16));
  }

  /** Packs that were new and not fetched, since they would have been too much. */
  get left(): number {
    return this.#left;
  }

  /** Keys of the rows that were fetched. */
  fetchedKeys(): Set<string> {
    return new Set(this.#record.keysIn(this.#fetched).keys());
  }

  async index(): Promise<PackIndex> {
    const { id } = this.#place.model;
    return readIndex(await this.#store.get(indexName(id), MOST_INDEX_BYTES), id);
  }

  /** Whoever writes the index anew has no use for a damaged one. */
  async #indexToWrite(): Promise<PackIndex> {
    try {
      return await this.index();
    } catch (error) {
      if (error instanceof DamagedIndex) return EMPTY_INDEX;
      throw error;
    }
  }

  /** Fetches what is new, into the vector cache. With `dryRun` it only says what would be fetched. */
  async pull(dryRun: boolean): Promise<PullReport> {
    return await this.#pullOf(await this.index(), dryRun);
  }

  async #pullOf(index: PackIndex, dryRun: boolean): Promise<PullReport> {
    const { model, use, most = { bytes: Infinity, ms: Infinity } } = this.#place;
    const started = performance.now();
    const known = this.#record.packs();
    const wanted = index.packs.filter(({ name }) => !known.has(name));
    const report = { packs: index.packs.length, fetched: 0, refused: 0, bytes: 0, added: 0 };
    let asked = 0;
    this.#left = 0;
    for (const entry of wanted) {
      if (!isVouchedFor(entry, model.id, use.signingKey)) {
        report.refused++;
        continue;
      }
      // An index may name terabytes, and packs that there are not.
      if (asked + entry.bytes > most.bytes || performance.now() - started > most.ms) {
        this.#left++;
        continue;
      }
      asked += entry.bytes;
      const added = dryRun ? 0 : await this.#take(entry);
      if (added === undefined) {
        report.refused++;
        continue;
      }
      report.fetched++;
      if (!dryRun) this.#fetched.add(entry.name);
      report.bytes += entry.bytes;
      report.added += added;
    }
    return report;
  }

  /** Puts there what the store does not have. With `dryRun` it only says what that would be. */
  async push(dryRun: boolean): Promise<PushReport> {
    const index = await this.#indexToWrite();
    await this.#pullOf(index, dryRun);
    const there = this.#record.keysIn(new Set(index.packs.map(({ name }) => name)));
    const own = ownKeysOf(this.#place);
    const fresh = own.filter((key) => !there.has(key));
    const joined = this.#joinable(index, there, own);
    const isJoined = (key: string) => joined.has(there.get(key) ?? "");
    const keys = joined.size === 0 ? fresh : own.filter((key) => !there.has(key) || isJoined(key));
    const report = {
      packs: Math.ceil(keys.length / ROWS_PER_PACK),
      rows: fresh.length,
      bytes: 0,
      joined: joined.size,
    };
    if (dryRun || keys.length === 0) return report;
    const added: PackEntry[] = [];
    for (let start = 0; start < keys.length; start += ROWS_PER_PACK) {
      added.push(await this.#put(new Set(keys.slice(start, start + ROWS_PER_PACK))));
    }
    await this.#change(added, joined);
    return { ...report, bytes: added.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Takes packs that were put there longer ago than that out of the index, and away. */
  async prune(
    olderThanMs: number,
    dryRun: boolean,
  ): Promise<{ readonly rows: number; readonly removed: number }> {
    const index = await this.index();
    const limit = Date.now() - olderThanMs;
    const old = index.packs.filter(({ at }) => at < limit);
    const rowsOf = (packs: readonly PackEntry[]) => packs.reduce((sum, { entries }) => sum + entries, 0);
    const report = { rows: rowsOf(index.packs), removed: rowsOf(old) };
    if (!dryRun && old.length > 0) await this.#change([], new Set(old.map(({ name }) => name)));
    return report;
  }

  [Symbol.dispose](): void {
    this.#record[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** How many rows are new; undefined where the pack is gone, or is not what its name says. */
  async #take({ name, bytes }: PackEntry): Promise<number | undefined> {
    const { model, cachePath } = this.#place;
    const content = await this.#store.get(packName(model.id, name), bytes);
    if (content === null || sha256(content) !== name) return undefined;
    const file = join(this.#folder, `${name}.pack`);
    try {
      writeFileSync(file, content);
      const [{ importCache }, { openArchive }] = await Promise.all([loadImport(), loadArchive()]);
      const { added, repaired } = importCache(cachePath, file, {
        modelId: model.id,
        models: "this model alone",
      });
      using archive = openArchive(file);
      this.#record.add(name, keysOf(archive.rows()));
      return added + repaired;
    } catch (error) {
      if (error instanceof AmalfaError && error.code.startsWith("archive.")) return undefined;
      throw error;
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** Names of small packs whose rows are all in the vector cache of this machine. */
  #joinable(index: PackIndex, there: ReadonlyMap<string, string>, own: readonly string[]): Set<string> {
    const atHand = new Map<string, number>();
    for (const key of own) {
      const pack = there.get(key);
      if (pack !== undefined) atHand.set(pack, (atHand.get(pack) ?? 0) + 1);
    }
    const packs = packsToJoin(index, ({ name, entries }) => atHand.get(name) === entries);
    return new Set(packs.map(({ name }) => name));
  }

  async #put(keys: ReadonlySet<string>): Promise<PackEntry> {
    const { model, cachePath, use } = this.#place;
    const { exportCache } = await loadExport();
    const file = join(this.#folder, "next.pack");
    const { entries, bytes } = exportCache(cachePath, file, model.id, (key) => keys.has(key));
    const content = readFileSync(file);
    const name = sha256(content);
    await this.#store.put(packName(model.id, name), content);
    this.#record.add(name, keys);
    return { name, bytes, entries, at: Date.now(), signature: packSignature(name, model.id, use.signingKey) };
  }

  /** Looks again after writing: somebody else may have written an index that knows nothing of it. */
  async #change(added: readonly PackEntry[], joined: ReadonlySet<string>): Promise<void> {
    const { id } = this.#place.model;
    for (let attempt = 0; attempt < INDEX_TRIES; attempt++) {
      const index = await this.#indexToWrite();
      const now = Date.now();
      const changed = changedIndex(index, { added, joined, now });
      const forgotten = new Set(forgettable(changed, now).map(({ name }) => name));
      const old = changed.old.filter(({ name }) => !forgotten.has(name));
      await this.#store.put(indexName(id), writeIndex({ packs: changed.packs, old }, id));
      await Bun.sleep(Math.random() * 20 * attempt);
      const names = new Set((await this.index()).packs.map(({ name }) => name));
      if (!added.every(({ name }) => names.has(name)) || [...joined].some((name) => names.has(name)))
        continue;
      for (const name of forgotten) await this.#store.remove(packName(id, name));
      return;
    }
    throw new RemoteFault("others write its index all the time");
  }
}

function sha256(content: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}

function* keysOf(rows: Iterable<{ readonly key: string }>): Generator<string> {
  for (const { key } of rows) yield key;
}

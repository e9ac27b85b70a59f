/**
 * The vector cache: vectors by key, kept between runs.
 *
 * - A fault of the cache file costs recomputation and one warning a run, never an error (I8). What cannot be read is a
 *   miss. What cannot be written goes to a private temporary table instead, so that a text is still embedded once.
 * - That a file may only be read, or that there is no room, is no fault: it is said once, when something is not kept.
 * - A row is returned only when its length, its checksum and its norm are right.
 * - Reading does not turn into writing: `last_used` is renewed at the end, and only where it is older than a day.
 * - A vector is stored only under the id of the model that made it (I9).
 */
import { existsSync } from "node:fs";
import { isDamage } from "../../sqlite/index.ts";
import { clauseOf } from "../../system/index.ts";
import type { CacheLimits } from "./evict.ts";
import { type NotKept, whyNotKept } from "./not-kept.ts";
import { isNormalised } from "./row.ts";
import {
  createTemporaryTable,
  openTableShared,
  openTableToWrite,
  openTableUnlocked,
  type RunRecord,
  type VectorRow,
  type VectorTable,
} from "./table.ts";
import { EmptyCache, NotAFile, UnknownCacheSchema } from "./unknown-schema.ts";

/** `recompute`: only what this run wrote counts as a hit. */
export type CacheRefresh = "recompute" | "reuse";

/** `read`: nothing is created or changed, and a file that does not exist is no fault. */
export type CacheAccess = "read" | "write";

export interface VectorCacheOptions {
  readonly dimensions: number;
  /** The id of the model whose vectors these are. */
  readonly modelId: string;
  /** Called at most once. */
  readonly onWarning: (message: string) => void;
  readonly refresh?: CacheRefresh | undefined;
  /** `write` by default. */
  readonly access?: CacheAccess | undefined;
  /** Kept at the end of a run that wrote; without them the cache only grows. */
  readonly limits?: CacheLimits | undefined;
  /** Answers true for keys that this run has used, which stay whatever the limits say. */
  readonly inUse?: ((key: string) => boolean) | undefined;
  /**
   * Moves a file that is damaged, or no database, out of the way, and answers where to; undefined when it has to
   * stay. A new file then takes its place at once. Called with no connection of this object open.
   */
  readonly moveAside?: ((path: string) => string | undefined) | undefined;
  /** The present in milliseconds since the epoch; the system's clock by default. */
  readonly clock?: (() => number) | undefined;
}

/** Keys whose `last_used` waits to be renewed, at most. */
const STALE_LIMIT = 20_000;

export class VectorCache implements Disposable {
  readonly #path: string;
  readonly #options: VectorCacheOptions;
  /** What this run wrote, where only that counts. */
  readonly #written: Set<string> | undefined;
  readonly #stale = new Set<string>();
  #file: VectorTable | undefined;
  #writable = false;
  #temporary: VectorTable | undefined;
  #temporaryFailed = false;
  #warned = false;
  /** Why the file, which is in order, takes nothing in. */
  #notKept: NotKept | undefined;
  /** Whether a new file was, or was tried to be, put in the place of a damaged one. */
  #replaced = false;
  /** Whether rows were added to the file. */
  #grown = false;
  readonly #clock: () => number;

  private constructor(path: string, options: VectorCacheOptions) {
    this.#path = path;
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#written = options.refresh === "recompute" ? new Set() : undefined;
  }

  /** Opens the cache, whatever is wrong with the file. */
  static open(path: string, options: VectorCacheOptions): VectorCache {
    const cache = new VectorCache(path, options);
    cache.#open();
    return cache;
  }

  /** The vectors of those keys that are hits. */
  get(keys: readonly string[]): Map<string, Float32Array> {
    const hits = new Map<string, Float32Array>();
    for (const [place, vector] of this.read(keys).entries()) {
      if (vector !== undefined) hits.set(keys[place]!, vector);
    }
    return hits;
  }

  /** For each key its vector, or undefined for a miss. */
  read(keys: readonly string[]): (Float32Array | undefined)[] {
    const vectors = new Array<Float32Array | undefined>(keys.length).fill(undefined);
    if (this.#written === undefined) {
      this.#readInto(vectors, keys);
      return vectors;
    }
    const places = [...keys.keys()].filter((place) => this.#written?.has(keys[place]!));
    const found = new Array<Float32Array | undefined>(places.length).fill(undefined);
    const wanted = places.map((place) => keys[place]!);
    this.#readInto(found, wanted);
    for (const [index, place] of places.entries()) vectors[place] = found[index];
    return vectors;
  }

  /**
   * Stores vectors, in one transaction.
   *
   * @param modelId the id of the model that made them, from whoever made them.
   * @throws RangeError on a vector of another model, of the wrong length, or not of unit length: a defect.
   */
  put(rows: readonly VectorRow[], modelId: string): void {
    this.#refuseBadRows(rows, modelId);
    if (rows.length === 0) return;
    if (this.#writeToFile((file) => file.write(rows, modelId, this.#clock()))) this.#grown = true;
    else {
      if (this.#notKept !== undefined) this.#sayNotKept(this.#notKept);
      this.#writeToTemporary(rows, modelId);
    }
    if (this.#written !== undefined) for (const { key } of rows) this.#written.add(key);
  }

  /** Whether there was no room for a vector in the file. */
  get isFull(): boolean {
    return this.#notKept?.kind === "no room";
  }

  /** Writes what is buffered. */
  flush(): void {
    if (this.#stale.size === 0) return;
    const keys = [...this.#stale];
    this.#stale.clear();
    this.#writeToFile((file) => file.stamp(keys, this.#clock()));
  }

  /** Notes what this run asked for, for whoever wants to know how useful the cache is. */
  record(run: RunRecord): void {
    this.#writeToFile((file) => file.recordRun(run, this.#options.modelId, this.#clock()));
  }

  /**
   * A number that changes when another process has written. While it is what it was before a key was looked up, that
   * key need not be looked up again. Undefined when it is not known.
   */
  foreignVersion(): number | undefined {
    try {
      return this.#file?.foreignVersion();
    } catch {
      // The next read or write finds out what is wrong, and says it.
      return undefined;
    }
  }

  close(): void {
    this.flush();
    this.#enforceLimits();
    this.#closeFile();
    this.#closeTemporary();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): void {
    const { dimensions, access } = this.#options;
    try {
      this.#writable = access !== "read";
      const open = this.#writable ? openTableToWrite : openTableShared;
      this.#file = open(this.#path, dimensions);
    } catch (error) {
      this.#writable = false;
      // Asked for afterwards: another process may move it away, or be about to make it.
      if (access === "read" && (error instanceof EmptyCache || !existsSync(this.#path))) return;
      if (this.#startAnew(error)) return;
      this.#notKept = whyNotKept(this.#path, error);
      if (this.#notKept === undefined) this.#warn(error);
      if (isBeyondReading(error)) return;
      try {
        this.#file = openTableUnlocked(this.#path, dimensions);
      } catch {
        // Then there is nothing to read. Where there is no file, no vector is missed either.
        if (existsSync(this.#path)) this.#warn(error);
      }
    }
  }

  #enforceLimits(): void {
    const { limits, inUse = () => false } = this.#options;
    if (limits === undefined || !this.#grown) return;
    this.#writeToFile((file) => file.enforce(limits, (key) => !inUse(key), this.#clock()));
  }

  #readInto(vectors: (Float32Array | undefined)[], keys: readonly string[]): void {
    try {
      this.#file?.read(keys, vectors, (key) => this.#stale.add(key), this.#clock());
    } catch (error) {
      this.#closeFile();
      if (!this.#startAnew(error)) this.#warn(error);
    }
    try {
      // What this run could not write to the file is newer than what the file has.
      this.#temporary?.read(keys, vectors, () => {}, this.#clock());
    } catch {
      this.#giveUpTemporary();
    }
    if (this.#stale.size >= STALE_LIMIT) this.flush();
  }

  /** Whether the work was done. After a failure the file is only read. */
  #writeToFile(work: (file: VectorTable) => void): boolean {
    if (this.#file === undefined || !this.#writable) return false;
    try {
      if (this.#file.hasMoved()) throw new Error("it was removed or replaced while in use");
      work(this.#file);
      return true;
    } catch (error) {
      if (isDamage(error) && this.#options.moveAside !== undefined) {
        this.#closeFile();
        if (this.#startAnew(error)) return this.#writeToFile(work);
      }
      this.#notKept = whyNotKept(this.#path, error);
      if (this.#notKept === undefined) this.#warn(error);
      this.#writable = false;
      return false;
    }
  }

  /** Once a run: has a damaged file moved aside and opens a new one. Whether that was done. */
  #startAnew(error: unknown): boolean {
    const { moveAside, access, dimensions } = this.#options;
    if (this.#replaced || moveAside === undefined || access === "read" || !isDamage(error)) return false;
    this.#replaced = true;
    try {
      const place = moveAside(this.#path);
      if (place === undefined) return false;
      this.#file = openTableToWrite(this.#path, dimensions);
      this.#writable = true;
      this.#warn(error, `It has been moved to ${place}, and a new one is begun.`);
      return true;
    } catch {
      // Then the fault is reported as it was found.
      return false;
    }
  }

  #writeToTemporary(rows: readonly VectorRow[], modelId: string): void {
    if (this.#temporaryFailed) return;
    try {
      this.#temporary ??= createTemporaryTable(this.#options.dimensions);
      this.#temporary.write(rows, modelId, this.#clock());
    } catch (error) {
      this.#warn(error);
      this.#giveUpTemporary();
    }
  }

  #refuseBadRows(rows: readonly VectorRow[], modelId: string): void {
    if (modelId !== this.#options.modelId) {
      throw new RangeError(
        `A vector of model ${modelId} was offered to the cache of ${this.#options.modelId}.`,
      );
    }
    for (const { key, vector } of rows) {
      if (vector.length !== this.#options.dimensions || !isNormalised(vector)) {
        throw new RangeError(`The vector computed for key ${key} is malformed.`);
      }
    }
  }

  #warn(
    error: unknown,
    outcome = "What it cannot give or keep is computed again; run `amalfa doctor` for more.",
  ): void {
    this.#say(`is at fault: ${clauseOf(error)}. ${outcome}`);
  }

  #sayNotKept({ reason }: NotKept): void {
    this.#say(`cannot be written (${reason}), so new vectors are not kept.`);
  }

  #say(what: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.onWarning(`The vector cache ${this.#path} ${what}`);
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#writable = false;
    this.#stale.clear();
    try {
      file?.close();
    } catch (error) {
      this.#warn(error);
    }
  }

  #giveUpTemporary(): void {
    this.#temporaryFailed = true;
    this.#closeTemporary();
  }

  #closeTemporary(): void {
    const temporary = this.#temporary;
    this.#temporary = undefined;
    try {
      temporary?.close();
    } catch {
      // It is private to this run, and the run does not need it any more.
    }
  }
}

/** Whether the file is known to hold no vector cache, so that another way of opening it would not help. */
function isBeyondReading(error: unknown): boolean {
  return error instanceof UnknownCacheSchema || error instanceof NotAFile || isDamage(error);
}

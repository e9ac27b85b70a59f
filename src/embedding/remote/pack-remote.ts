/**
 * A store of packs as an embedder uses it: what is new there is fetched when a vector is missing for the first time,
 * and what was computed is put there at the end. As with any remote, the first fault makes the run local.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clauseOf } from "../../system/index.ts";
import { VectorCache, type VectorRow } from "../cache/index.ts";
import { type PackPlace, Packs } from "./packs.ts";
import type { RemoteCache, RemoteStats } from "./remote-cache.ts";

export interface PackRemoteOptions extends PackPlace {
  /** Fetches what a run would find, and keeps nothing of it. */
  readonly dryRun: boolean;
  /** Called at most once. */
  readonly onWarning: (message: string) => void;
  readonly onNotice: (message: string) => void;
  /** Called before anything is put there. */
  readonly onFirstOffer: () => Promise<void>;
}

export class PackRemote implements RemoteCache {
  readonly #options: PackRemoteOptions;
  #folder: string | undefined;
  #pulled: Promise<void> | undefined;
  #cache: VectorCache | undefined;
  #fault: string | null = null;
  /** Keys that packs brought and that were not counted yet: most of them are hits of the vector cache then. */
  #fetched = new Set<string>();
  #hits = 0;
  #refused = 0;
  #offered = 0;

  constructor(options: PackRemoteOptions) {
    this.#options = options;
  }

  expect(): void {
    // Most ingests miss nothing that anybody else has.
  }

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    this.#pulled ??= this.#pull();
    await this.#pulled;
    return this.#opened()?.get(keys) ?? new Map<string, Float32Array>();
  }

  had(key: string): void {
    if (this.#fetched.delete(key)) this.#hits++;
  }

  offer(rows: readonly VectorRow[]): void {
    if (this.#options.use.mode === "readwrite" && this.#fault === null) this.#offered += rows.length;
  }

  stats(): RemoteStats {
    return { hits: this.#hits, refused: this.#refused, offered: this.#offered, fault: this.#fault };
  }

  async close(): Promise<void> {
    this.#cache?.close();
    this.#cache = undefined;
    const { dryRun, signal } = this.#options;
    if (this.#offered > 0 && this.#fault === null && !dryRun && !signal?.aborted) {
      await this.#guarded(async () => {
        await this.#options.onFirstOffer();
        using packs = new Packs(this.#options);
        await packs.push(false);
      });
    }
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where what is fetched goes: a dry run leaves the vector cache as it is. */
  #target(): string {
    if (!this.#options.dryRun) return this.#options.cachePath;
    this.#folder ??= mkdtempSync(join(tmpdir(), "amalfa-packs-"));
    return join(this.#folder, "cache.sqlite");
  }

  async #pull(): Promise<void> {
    await this.#guarded(async () => {
      using packs = new Packs({ ...this.#options, cachePath: this.#target() });
      const { refused } = await packs.pull(false);
      this.#refused += refused;
      this.#fetched = packs.fetchedKeys();
      if (packs.left === 0) return;
      this.#options.onNotice(
        `The remote vector cache ${this.#options.use.url.shown} has ${packs.left} more packs than are fetched ` +
          "without being asked for: no more than the vector cache of this machine may hold, and for a few minutes. " +
          "`amalfa cache pull` fetches all of them.",
      );
    });
  }

  /** What was fetched; undefined where nothing was. */
  #opened(): VectorCache | undefined {
    const path = this.#target();
    if (this.#cache !== undefined || !existsSync(path)) return this.#cache;
    const { model } = this.#options;
    const onWarning = (): void => {};
    const { id: modelId, dimensions } = model;
    this.#cache = VectorCache.open(path, { dimensions, modelId, onWarning, access: "read" });
    return this.#cache;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.#fault !== null) return;
    try {
      await work();
    } catch (error) {
      this.#fault = clauseOf(error);
      // Whoever has interrupted the run knows.
      if (this.#options.signal?.aborted) return;
      this.#options.onWarning(
        `The remote vector cache ${this.#options.use.url.shown} is at fault: ${this.#fault}. ` +
          "What it cannot give is computed here; run `amalfa doctor --check cache.remote` for more.",
      );
    }
  }
}

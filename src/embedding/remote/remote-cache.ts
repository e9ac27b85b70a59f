/**
 * A remote vector cache as an embedder uses it. None of its methods ever fails: at the first fault the run goes on as
 * if there were none, with one warning (I8).
 */
import type { VectorRow } from "../cache/index.ts";

export interface RemoteCache {
  /** Told that vectors will be asked for soon: begins what takes a while. */
  expect(): void;
  /** The vectors of those keys that it has, each of them proved. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  /** Told of each vector that this run asked for and had, once: some may have come from there by another way. */
  had(key: string): void;
  /** Takes what was computed, to be put there by and by where that is allowed. Returns at once. */
  offer(rows: readonly VectorRow[]): void;
  stats(): RemoteStats;
  /** Puts there what is still waiting, for a short while, and lets go of it. */
  close(): Promise<void>;
}

/** What a run had to do with it. */
export interface RemoteStats {
  /** Vectors that were taken from there. */
  readonly hits: number;
  /** Rows that were there and did not prove themselves. */
  readonly refused: number;
  /** Vectors that were computed and are to be put there. */
  readonly offered: number;
  /** Why the run went on without it; null where it did not. */
  readonly fault: string | null;
}

/** A server of rows: what a live remote needs of it. Each method throws a {@link RemoteFault} once it is at fault. */
export interface RowServer {
  connect(): Promise<void>;
  /** For each name what is stored there; null for nothing, and for what is no value. */
  get(names: readonly string[]): Promise<(Uint8Array | null)[]>;
  set(rows: readonly (readonly [name: string, value: Uint8Array])[], ttlMs: number): Promise<void>;
  close(): void;
}

/** Why a remote cannot be used. Its message is a clause, without secrets. */
export class RemoteFault extends Error {}

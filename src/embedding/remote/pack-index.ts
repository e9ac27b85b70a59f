/**
 * The index of a store of packs: which packs there are for a model.
 *
 * ```
 * <address>/amalfa-v1/<16 hex digits of sha256(model id)>/index.json
 * <address>/amalfa-v1/<16 hex digits of sha256(model id)>/<sha256 of the pack>.pack
 * ```
 *
 * A pack never changes, since its name is the digest of its content; the index alone does. Two machines that write it
 * at the same time may lose one another's entry: whoever wrote one looks again, and a pack that is not in the index is
 * put there once more by the next who has its rows.
 */
import { timingSafeEqual } from "node:crypto";
import type { SigningKey } from "../../project/index.ts";
import { RemoteFault } from "./remote-cache.ts";
import { maker, modelDigits } from "./value.ts";

export interface PackEntry {
  /** SHA-256 of its content, in lower-case hex. */
  readonly name: string;
  readonly bytes: number;
  readonly entries: number;
  /** When it was put there, in milliseconds since the epoch. */
  readonly at: number;
  /** HMAC-SHA256 of model and name, in hex; empty without a signing key. */
  readonly signature: string;
}

/** A pack whose rows are in another one now; whoever read an earlier index may be fetching it. */
export interface OldPack {
  readonly name: string;
  readonly at: number;
}

export interface PackIndex {
  readonly packs: readonly PackEntry[];
  readonly old: readonly OldPack[];
}

export const EMPTY_INDEX: PackIndex = { packs: [], old: [] };
export const MOST_INDEX_BYTES = 4 * 1024 * 1024;
const FORMAT = "amalfa packs";
const VERSION = 1;
/** Packs with fewer rows than this are small, and put together when there are many of them. */
const SMALL = 1_024;
const MANY_SMALL = 8;
/** Nobody fetches what an index named longer ago than this. */
const OLD_MS = 24 * 60 * 60 * 1000;
const MOST_BYTES = 256 * 1024 * 1024;

export function packFolder(modelId: string): string {
  return `amalfa-v1/${modelDigits(modelId)}`;
}

export function indexName(modelId: string): string {
  return `${packFolder(modelId)}/index.json`;
}

export function packName(modelId: string, name: string): string {
  return `${packFolder(modelId)}/${name}.pack`;
}

export function writeIndex({ packs, old }: PackIndex, modelId: string): Uint8Array {
  const content = { format: FORMAT, version: VERSION, model: modelId, packs, old };
  return new TextEncoder().encode(`${JSON.stringify(content, undefined, 1)}\n`);
}

/** The index cannot be read, and nobody can; pushing makes it anew. */
export class DamagedIndex extends RemoteFault {
  constructor() {
    super("its index is damaged, or something else; `amalfa cache push` makes it anew");
  }
}

/**
 * Each pack once: whoever writes an index adds what is new at its end, and what was named before is that. A pack that
 * is there is not old, whatever the index says: whoever forgets old ones would remove it.
 *
 * Throws a `RemoteFault` for what is no index of this model.
 */
export function readIndex(content: Uint8Array | null, modelId: string): PackIndex {
  if (content === null) return EMPTY_INDEX;
  const { format, version, model, packs, old } = parsed(content);
  if (format !== FORMAT) throw new DamagedIndex();
  if (version !== VERSION) throw new RemoteFault(`its index is of another version (${String(version)})`);
  if (model !== modelId) throw new RemoteFault("its index is that of another model");
  if (!Array.isArray(packs) || !packs.every(isEntry) || !Array.isArray(old) || !old.every(isOld)) {
    throw new DamagedIndex();
  }
  const named = new Map<string, PackEntry>(packs.map((entry) => [entry.name, entry]));
  const left = new Map<string, OldPack>(old.map((entry) => [entry.name, entry]));
  return { packs: [...named.values()], old: [...left.values()].filter(({ name }) => !named.has(name)) };
}

function parsed(content: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // It is said below what it is not.
  }
  throw new DamagedIndex();
}

function isOld(value: unknown): value is OldPack {
  const { name, at } = (value ?? {}) as Partial<OldPack>;
  return typeof name === "string" && /^[0-9a-f]{64}$/.test(name) && Number.isSafeInteger(at);
}

function isEntry(value: unknown): value is PackEntry {
  const { bytes, entries, signature } = (value ?? {}) as Partial<PackEntry>;
  const sized = isCount(bytes) && bytes <= MOST_BYTES && isCount(entries);
  return isOld(value) && sized && typeof signature === "string";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What vouches for a pack: its name is the digest of its content, and this covers the name. */
export function packSignature(name: string, modelId: string, key: SigningKey | undefined): string {
  if (key === undefined) return "";
  return new Bun.CryptoHasher("sha256", key.reveal())
    .update(`amalfa pack v1 ${maker(modelId)} ${name}\n`)
    .digest("hex");
}

/** Whether a pack may be taken: all of them without a signing key, and with one those that are signed with it. */
export function isVouchedFor(entry: PackEntry, modelId: string, key: SigningKey | undefined): boolean {
  if (key === undefined) return true;
  const expected = Buffer.from(packSignature(entry.name, modelId, key));
  const found = Buffer.from(entry.signature);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** Small packs that are worth to be put together, given those of which all rows are at hand. */
export function packsToJoin(index: PackIndex, isAtHand: (entry: PackEntry) => boolean): readonly PackEntry[] {
  const small = index.packs.filter((entry) => entry.entries < SMALL && isAtHand(entry));
  return small.length < MANY_SMALL ? [] : small;
}

/** The index with packs added, and others in their place no more. */
export function changedIndex(
  { packs, old }: PackIndex,
  change: {
    readonly added: readonly PackEntry[];
    readonly joined: ReadonlySet<string>;
    readonly now: number;
  },
): PackIndex {
  const { added, joined, now } = change;
  const names = new Set(added.map(({ name }) => name));
  const gone = packs.filter(({ name }) => joined.has(name) && !names.has(name));
  return {
    packs: [...packs.filter(({ name }) => !joined.has(name) && !names.has(name)), ...added],
    old: [...old.filter(({ name }) => !names.has(name)), ...gone.map(({ name }) => ({ name, at: now }))],
  };
}

/** Old packs that can go. */
export function forgettable({ old }: PackIndex, now: number): readonly OldPack[] {
  return old.filter(({ at }) => now - at > OLD_MS);
}

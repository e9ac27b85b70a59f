/** Opens what a remote address names; loaded only where there is one. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Model, type RemoteUse, userStateFolder } from "../../project/index.ts";
import { writeOwnFile } from "../../system/files/index.ts";
import { interrupted } from "../../system/index.ts";
import { VectorCache } from "../cache/index.ts";
import { LiveRemote } from "./live-remote.ts";
import { type OwnRows, ownKeysOf } from "./own-keys.ts";
import { PackRemote } from "./pack-remote.ts";
import type { PackPlace, PushReport } from "./packs.ts";
import { RedisServer } from "./redis-server.ts";
import type { RemoteCache } from "./remote-cache.ts";
import { decodeRow, encodeRow, type RowFormat, remotePrefix } from "./value.ts";

export { countRows, examineServer, pruneServer } from "./examine.ts";
export { Packs } from "./packs.ts";

export interface RemoteOptions {
  readonly use: RemoteUse;
  readonly model: Model;
  readonly onWarning: (message: string) => void;
  /** Told once, before anything is put there for the first time. */
  readonly onNotice: (message: string) => void;
  /** That of the command: ends what is waited for. */
  readonly signal?: AbortSignal | undefined;
}

export interface IngestRemoteOptions extends RemoteOptions {
  /** The vector cache of this machine. */
  readonly cachePath: string;
  readonly ownKeys: PackPlace["ownKeys"];
  readonly dryRun: boolean;
  /** The bound of that cache, which is what is fetched at most. */
  readonly maxBytes: number;
}

/** How long packs are fetched for an ingest, in milliseconds, before it computes what is missing still. */
const FETCH_MS = 5 * 60_000;

/** The remote of an ingest, of whichever kind. Never fails; nobody is asked yet. */
export function openRemote(options: IngestRemoteOptions): RemoteCache {
  if (options.use.url.kind === "redis") return openLiveRemote(options);
  return new PackRemote({
    ...options,
    most: { bytes: options.maxBytes, ms: FETCH_MS },
    onFirstOffer: () => announceUpload(options.use, options.onNotice),
  });
}

/** A remote that is asked row by row. */
export function openLiveRemote({ use, model, onWarning, onNotice, signal }: RemoteOptions): RemoteCache {
  return new LiveRemote({
    use,
    modelId: model.id,
    dimensions: model.dimensions,
    signal,
    openServer: () => new RedisServer(use),
    onWarning,
    onFirstOffer: () => announceUpload(use, onNotice),
  });
}

/**
 * The first time that anything is about to be put to a remote, its user is told so, and what that means. That it was
 * said is kept in the folder of the user's state, outside of every project, so that it is said once.
 */
export async function announceUpload(
  { url, mode }: Pick<RemoteUse, "url" | "mode">,
  tell: (message: string) => void,
): Promise<void> {
  const folder = join(userStateFolder(), "announced");
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify([url.shown, mode])).digest("hex");
  const file = join(folder, digest);
  if (existsSync(file)) return;
  tell(
    `Vectors that are computed here are sent to the remote vector cache ${url.shown} from now on. Vectors can reveal ` +
      "the text that they were made of to whoever may read there. AMALFA_CACHE_REMOTE_MODE=read, or " +
      "--no-remote-cache, keeps them here.",
  );
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOwnFile(file, `${url.shown}\n`, { mode: 0o600 });
  } catch {
    // Then it is said again.
  }
}

/*
 * Puts to a server of rows what the vector cache of this machine has and the server does not.
 *
 * An ingest offers only what it has computed. Where a team begins with a server, or loses what it held, nobody computes
 * anything that all of them have, and nobody new would find it there.
 */

interface RowPlace extends OwnRows {
  readonly use: RemoteUse;
  /** Ends it between two windows, by throwing `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows that are looked for and put there at a time, 800 KB of them. */
const WINDOW = 500;

/** With `dryRun` it only counts them. Throws a `RemoteFault`; what was put there by then is whole and stays. */
export async function pushRows(place: RowPlace, dryRun: boolean): Promise<PushReport> {
  const { use, model, cachePath, signal } = place;
  const format = { modelId: model.id, dimensions: model.dimensions, signingKey: use.signingKey };
  const report = { packs: 0, rows: 0, bytes: 0, joined: 0 };
  const keys = ownKeysOf(place);
  const server = new RedisServer(use);
  using cache = VectorCache.open(cachePath, { ...format, onWarning: () => {}, access: "read" });
  try {
    await server.connect();
    for (let start = 0; start < keys.length; start += WINDOW) {
      if (signal?.aborted) throw interrupted("What was put to the remote vector cache");
      const missing = await missingAt(server, keys.slice(start, start + WINDOW), format);
      const rows = [...cache.get(missing)].map(
        ([key, vector]) => [remotePrefix(model.id) + key, encodeRow(key, vector, format)] as const,
      );
      report.rows += rows.length;
      if (dryRun) continue;
      await server.set(rows, use.ttlMs);
      report.bytes += rows.reduce((sum, [, row]) => sum + row.byteLength, 0);
    }
    return report;
  } finally {
    server.close();
  }
}

/** A row that does not prove itself there is as good as missing. */
async function missingAt(server: RedisServer, keys: readonly string[], format: RowFormat): Promise<string[]> {
  const prefix = remotePrefix(format.modelId);
  const values = await server.get(keys.map((key) => prefix + key));
  return keys.filter((key, at) => {
    const value = values[at] ?? null;
    return value === null || decodeRow(key, value, format) === undefined;
  });
}

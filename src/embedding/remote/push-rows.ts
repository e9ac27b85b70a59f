/**
 * Puts to a server of rows what the vector cache of this machine has and the server does not.
 *
 * An ingest offers only what it has computed. Where a team begins with a server, or loses what it held, nobody computes
 * anything that all of them have, and nobody new would find it there.
 */
import type { RemoteUse } from "../../project/remote/index.ts";
import { interrupted } from "../../system/index.ts";
import { VectorCache } from "../cache/index.ts";
import { type OwnRows, ownKeysOf } from "./own-keys.ts";
import type { PushReport } from "./packs.ts";
import { RedisServer } from "./redis-server.ts";
import { decodeRow, encodeRow, type RowFormat, remotePrefix } from "./value.ts";

export interface RowPlace extends OwnRows {
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

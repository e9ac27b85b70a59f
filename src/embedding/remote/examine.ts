/** Looks at a server of rows, and changes nothing there; and removes what nobody has used for long, where asked. */
import type { Model, RemoteUse } from "../../project/index.ts";
import { RedisServer } from "./redis-server.ts";
import { RemoteFault } from "./remote-cache.ts";
import { ALL_ROWS, decodeRow, remotePrefix } from "./value.ts";

export interface RemoteExamination {
  /** How long one answer takes, in milliseconds. */
  readonly latencyMs: number;
  /** Whether rows may be put there; undefined where the mode is `read` and nobody wants to. */
  readonly mayWrite: boolean | undefined;
  /** How many of the keys were asked for, how many rows were there, and how many of those proved themselves. */
  readonly asked: number;
  readonly found: number;
  readonly proved: number;
}

/** @param keys of the vector cache, of which is looked whether the remote has them. Throws a `RemoteFault`. */
export async function examineServer(
  use: RemoteUse,
  model: Model,
  keys: readonly string[],
): Promise<RemoteExamination> {
  const server = new RedisServer(use);
  try {
    await server.connect();
    const prefix = remotePrefix(model.id);
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const started = performance.now();
      await server.get([`${prefix}probe`]);
      times.push(performance.now() - started);
    }
    const rows = await server.get(keys.map((key) => prefix + key));
    const format = { modelId: model.id, dimensions: model.dimensions, signingKey: use.signingKey };
    const found = rows.filter((row) => row !== null).length;
    const proved = rows.filter(
      (row, at) => row !== null && decodeRow(keys[at]!, row, format) !== undefined,
    ).length;
    const mayWrite = use.mode === "readwrite" ? await maySet(server, `${prefix}probe`) : undefined;
    const latencyMs = Math.round(Math.min(...times) * 100) / 100;
    return { latencyMs, mayWrite, asked: keys.length, found, proved };
  } finally {
    server.close();
  }
}

/** With `XX`, a name that there is not is not made: the server says whether it could, and nothing is changed. */
async function maySet(server: RedisServer, name: string): Promise<boolean> {
  try {
    await server.send("SET", [name, "", "XX"]);
    return true;
  } catch (error) {
    if (error instanceof RemoteFault && /NOPERM|READONLY|OOM/.test(error.message)) return false;
    throw error;
  }
}

const PAGE = 1_000;

/** The names of all rows of one model, or of all, a page at a time. Throws a `RemoteFault`. */
async function* rowNames(server: RedisServer, pattern: string): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    const reply = await server.send("SCAN", [cursor, "MATCH", `${pattern}*`, "COUNT", String(PAGE)]);
    const [next, names] = reply as [string, string[]];
    if (names.length > 0) yield names;
    cursor = String(next);
  } while (cursor !== "0");
}

/** How many rows of a model there are; undefined where counting is not allowed, or takes longer than is patient. */
export async function countRows(
  use: RemoteUse,
  model: Model,
  patienceMs: number,
): Promise<number | undefined> {
  const server = new RedisServer(use);
  const started = performance.now();
  try {
    await server.connect();
    let rows = 0;
    for await (const names of rowNames(server, remotePrefix(model.id))) {
      rows += names.length;
      if (performance.now() - started > patienceMs) return undefined;
    }
    return rows;
  } catch (error) {
    if (error instanceof RemoteFault) return undefined;
    throw error;
  } finally {
    server.close();
  }
}

export interface RemotePruning {
  /** Rows of amalfa's that were looked at. */
  readonly rows: number;
  /** Those that were removed, or would be. */
  readonly removed: number;
}

/** Removes rows that nobody has asked for in all that time. Throws a `RemoteFault`. */
export async function pruneServer(
  use: RemoteUse,
  { olderThanMs, dryRun }: { readonly olderThanMs: number; readonly dryRun: boolean },
): Promise<RemotePruning> {
  const server = new RedisServer(use);
  try {
    await server.connect();
    let rows = 0;
    let removed = 0;
    for await (const names of rowNames(server, ALL_ROWS)) {
      rows += names.length;
      // Null for a row that has gone meanwhile.
      const idle = await Promise.all(names.map((name) => server.send("OBJECT", ["IDLETIME", name])));
      const old = names.filter((_, at) => typeof idle[at] === "number" && idle[at] * 1000 > olderThanMs);
      removed += old.length;
      if (old.length > 0 && !dryRun) await server.send("UNLINK", old);
    }
    return { rows, removed };
  } finally {
    server.close();
  }
}

/**
 * Which chunks take part in a search at all. It is settled before anything is scored: a filter applied to what was
 * ranked would leave an answer empty although there is one.
 */
import type { Database } from "bun:sqlite";
import type { Sought } from "./sought.ts";

export interface Scope {
  /** Whether the chunks named are the only ones that take part, or the only ones that do not. */
  readonly named: "only" | "never";
  /** Ids of chunks, ascending. */
  readonly chunks: Float64Array;
}

/** The scope without the documents that have what must not be there; undefined where all take part. */
export function scopeWithout(db: Database, excluded: readonly Sought[]): Scope | undefined {
  const forms = excluded.flatMap(({ whole: [first = []], forms }) => (first.length > 0 ? first : forms));
  if (forms.length === 0) return undefined;
  const expression = forms.map((form) => `(${form})`).join(" OR ");
  const rows = db
    .query(
      `SELECT id FROM chunks WHERE node IN
         (SELECT node FROM chunks WHERE id IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)) ORDER BY id`,
    )
    .values(expression) as [number][];
  return rows.length === 0 ? undefined : { named: "never", chunks: Float64Array.from(rows, ([id]) => id) };
}

/** For each of the ascending ids, whether it takes part. */
export function inScope(scope: Scope, ids: BigInt64Array): Uint8Array {
  const listed = scope.named === "only" ? 1 : 0;
  const mask = new Uint8Array(ids.length).fill(1 - listed);
  // Read by halves: to make a number of each `bigint` took longer than to measure its distance.
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
  let at = 0;
  for (let place = 0; place < ids.length; place++) {
    const id = (halves[2 * place + 1] as number) * 2 ** 32 + (halves[2 * place] as number);
    while (at < scope.chunks.length && (scope.chunks[at] as number) < id) at++;
    if (scope.chunks[at] === id) mask[place] = listed;
  }
  return mask;
}

/** More chunks than these are not named to SQLite: looking at each one found takes less. */
export const MOST_NAMED = 2_000;

/** A clause on the rowid of the index, and what it is bound to. */
export function scopeClause(scope: Scope | undefined): { readonly sql: string; readonly value: string } {
  if (scope === undefined || scope.chunks.length > MOST_NAMED) return { sql: "? IS NOT NULL", value: "" };
  const list = "(SELECT value FROM json_each(?))";
  // Without the plus SQLite would put the query to the index once for each chunk that is named: 70 µs each time.
  return {
    sql: `+rowid ${scope.named === "only" ? "IN" : "NOT IN"} ${list}`,
    value: JSON.stringify([...scope.chunks]),
  };
}

/** Whether a chunk takes part. */
export function scopeTest(scope: Scope | undefined): (chunk: number) => boolean {
  if (scope === undefined) return () => true;
  const only = scope.named === "only";
  return (chunk) => isAmong(scope.chunks, chunk) === only;
}

function isAmong(chunks: Float64Array, chunk: number): boolean {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunks[middle] as number) < chunk) low = middle + 1;
    else high = middle;
  }
  return chunks[low] === chunk;
}

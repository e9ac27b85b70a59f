/** What an answer says of itself where documents turned out to be other than the graph says, after the check. */
import type { Differences } from "../../ingest/index.ts";
import type { Freshness } from "../told.ts";

/** What is known once files and graph were compared. */
export interface Checked {
  readonly freshness: Freshness;
  readonly differences: Pick<Differences, "added" | "changed" | "removed">;
  /** Documents of the graph that are none any more; empty once that was brought in. */
  readonly gone: ReadonlySet<string>;
  /**
   * When the files were changed that look other than the graph noted, in milliseconds. No digest covers what it noted,
   * so an answer goes by that only where a file was not looked at, or looks the same.
   */
  readonly times: ReadonlyMap<string, number>;
}

/** Documents that an answer would have shown. */
export interface StaleDocuments {
  readonly changed: Iterable<string>;
  readonly removed: Iterable<string>;
  /** Shown all the same, since nobody can tell what their files say. */
  readonly unreadable?: readonly string[];
}

const UNREADABLE = "the file of a document that is shown cannot be read";

/** What an answer is worth that would have shown them. */
export function withStale({ freshness, differences }: Checked, stale: StaleDocuments): Freshness {
  const isBehind = freshness.state === "behind";
  const isUnreadable = (stale.unreadable?.length ?? 0) > 0;
  const changed = new Set([...(isBehind ? differences.changed : []), ...stale.changed]);
  const removed = new Set([...(isBehind ? differences.removed : []), ...stale.removed]);
  if (!isBehind && changed.size + removed.size === 0) {
    return isUnreadable ? { ...freshness, state: "unknown", reason: UNREADABLE } : freshness;
  }
  const { added, reason = "they changed while the answer was made" } = freshness;
  return {
    state: "behind",
    added: isBehind ? added : 0,
    changed: changed.size,
    removed: removed.size,
    reason: isUnreadable ? `${reason}; ${UNREADABLE}` : reason,
  };
}

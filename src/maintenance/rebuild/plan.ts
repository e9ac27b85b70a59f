/**
 * What a rebuild does to the database, and what it does instead where that fails: a pure function of its condition.
 * What a dry run prints is what the real run executes.
 *
 * Outside `.amalfa/` a setting decides where the database lies, and a misspelt one may lead to anybody's file. What
 * is there is moved only if SQLite opens it and it says that it is amalfa's; what cannot be read may be somebody's
 * encrypted file, whatever its name. A vector cache is not moved where a setting leads to it: it is no broken graph,
 * and dear to make again. Where no setting does, the graph has become one, by a journal or log of the cache's that was
 * put beside it, or by a mistaken copy.
 */

import type { QuarantineMove } from "../../project/index.ts";
import { AmalfaError, EXIT } from "../../system/index.ts";
import type { DatabaseCondition, DatabaseOwner, DatabasePlace } from "./condition.ts";

export type RebuildPlan = RowReplacement | FileReplacement;

/** All rows change in the file that is there. */
export interface RowReplacement {
  readonly kind: "replace rows";
  /** Absolute path. */
  readonly database: string;
  /** What a dry run counts from; it can see nothing of a graph whose write was interrupted. */
  readonly countFrom: "graph" | "nothing";
  /** For damage that no look beforehand finds, such as that of the full-text index or of a table's columns. */
  readonly fallback: Omit<FileReplacement, "reason">;
}

/** A new file is built beside the old one, which then makes room for it. */
export interface FileReplacement {
  readonly kind: "replace file";
  readonly database: string;
  /** Why the old one cannot become the graph. */
  readonly reason: string;
  /** Of the files of the database, as far as they are there by then. */
  readonly moves: readonly QuarantineMove[];
}

export interface RebuildObservation {
  readonly condition: DatabaseCondition;
  /** Absolute path. */
  readonly database: string;
  readonly place: DatabasePlace;
  /** The moves that would bring its files to quarantine, whether they are there or not. */
  readonly moves: readonly QuarantineMove[];
}

/** Whether a rebuild may move what lies in the place of the database and cannot become the graph. */
export function mayBeMoved(file: { readonly place: DatabasePlace; readonly owner: DatabaseOwner }): boolean {
  if (file.owner === "vector cache") return file.place === "usual";
  return file.place !== "outside" || file.owner === "amalfa";
}

/** Throws `database.foreign` when what is in the way is not amalfa's to move. */
export function planRebuild({ condition, database, place, moves }: RebuildObservation): RebuildPlan {
  const replacement = { kind: "replace file", database, moves } as const;
  if (condition.kind !== "unusable") {
    const countFrom = condition.kind === "interrupted" ? "nothing" : "graph";
    return { kind: "replace rows", database, countFrom, fallback: replacement };
  }
  const { reason, owner } = condition;
  if (mayBeMoved({ place, owner })) return { ...replacement, reason };
  throw new AmalfaError("database.foreign", `${database} is not a graph of amalfa's: ${reason}.`, {
    hint: "Correct the `database` setting, or move that file away yourself; nothing was changed.",
    exit: EXIT.usage,
  });
}

/**
 * What a rebuild does to the database: a pure function of its condition.
 *
 * Outside `.amalfa/` a setting decides where the database lies, and a misspelt one may lead to anybody's file. What
 * is there is moved only if SQLite opens it and it says that it is amalfa's; what cannot be read may be somebody's
 * encrypted file, whatever its name. A vector cache is not moved wherever it lies: it is no broken graph, and dear to
 * make again.
 */

import type { QuarantineMove } from "../../project/index.ts";
import { AmalfaError, EXIT } from "../../system/index.ts";
import type { DatabaseCondition, DatabaseOwner, DatabasePlace } from "./condition.ts";

export type RebuildPlan =
  | { readonly kind: "replace rows"; readonly database: string }
  | {
      readonly kind: "replace file";
      readonly database: string;
      readonly reason: string;
      readonly moves: readonly QuarantineMove[];
    };

export interface RebuildObservation {
  readonly condition: DatabaseCondition;
  /** Absolute path. */
  readonly database: string;
  /** Whether it lies in `.amalfa/`. */
  readonly place: DatabasePlace;
  /** The moves that bring its files to quarantine. */
  readonly moves: readonly QuarantineMove[];
}

/** Whether a rebuild may move what lies in the place of the database and cannot become the graph. */
export function mayBeMoved(file: { readonly place: DatabasePlace; readonly owner: DatabaseOwner }): boolean {
  if (file.owner === "vector cache") return false;
  return file.place === "inside" || file.owner === "amalfa";
}

/** Throws `database.foreign` when what is in the way is not amalfa's to move. */
export function planRebuild({ condition, database, place, moves }: RebuildObservation): RebuildPlan {
  if (condition.kind !== "unusable") return { kind: "replace rows", database };
  const { reason, owner } = condition;
  if (mayBeMoved({ place, owner })) return { kind: "replace file", database, reason, moves };
  throw new AmalfaError("database.foreign", `${database} is not a graph of amalfa's: ${reason}.`, {
    hint: "Correct the `database` setting, or move that file away yourself; nothing was changed.",
    exit: EXIT.usage,
  });
}

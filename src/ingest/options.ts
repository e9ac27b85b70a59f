/** What an ingest is told, and what it tells. */

import type { Embedder, EmbeddingStats } from "../embedding/index.ts";
import type { GraphCounts, UnreadFrontMatter } from "../graph/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { Discovery } from "./discovery/index.ts";
import type { StageProgress } from "./embed-and-stage.ts";
import type { PendingProgress } from "./pending-vectors.ts";
import type { OtherTree } from "./plan.ts";
import type { EarlyReading, FailedDocument } from "./reading/index.ts";

export interface IngestOptions {
  readonly project: Project;
  readonly embedder: Embedder;
  /**
   * incremental: read what looks changed, write what is changed. force: read and chunk everything, write what is
   * changed or not. rebuild: as force, and replace every row of every table.
   */
  readonly mode: "incremental" | "force" | "rebuild";
  /** Go on although a source vanished or most documents are gone (I11). */
  readonly allowEmpty: boolean;
  /** Predict everything, write nothing. */
  readonly dryRun: boolean;
  /**
   * Texts that no vector is known of: `all` are computed, the default; they are where they are `few`; or none is, so
   * that no model is needed. What is not computed is left pending. `later`: none is, unless readers see the graph of
   * before until all are.
   */
  readonly vectors?: "all" | "few" | "known" | "later";
  /** `nothing`, for a dry run: as if there were no graph yet, whatever lies in its place. */
  readonly startFrom?: "graph" | "nothing";
  /** For `rebuild`: documents that are on their way already. */
  readonly reading?: Pick<EarlyReading, "discovery" | "readings">;
  /** What the sources were found to hold, where somebody has just looked. */
  readonly discovery?: Discovery;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: IngestProgress) => void;
}

export type IngestProgress =
  | { readonly phase: "discover" | "link" | "write" }
  | ({ readonly phase: "read"; readonly totalBytes: number } & StageProgress)
  /** Vectors of chunks that are searchable by words already. */
  | ({ readonly phase: "embed" } & PendingProgress);

export interface IngestReport {
  readonly documents: {
    readonly found: number;
    readonly unchanged: number;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    readonly failed: readonly FailedDocument[];
    /** Those in folders that could not be looked into, which stay as the graph has them; only where there are any. */
    readonly kept?: number;
    /** Unchanged ones whose rows were not what their file gives, and were replaced; only where there are any. */
    readonly rewritten?: number;
  };
  /** Of documents that were read: their front matter cannot be, and says nothing. */
  readonly frontMatter: readonly UnreadFrontMatter[];
  /** Git trees of their own, whose documents the graph holds no longer. */
  readonly otherTrees: readonly OtherTree[];
  readonly graph: GraphCounts;
  readonly embedding: EmbeddingStats & { readonly model: string };
}

export function interruptedIngest({ dryRun }: IngestOptions, wordsAreWritten: boolean): AmalfaError {
  const state = wordsAreWritten ? "All documents can be searched by their words" : "The graph is as it was";
  const hint = dryRun
    ? undefined
    : `${state}, and vectors that were computed are kept; run the command again to go on.`;
  return new AmalfaError("interrupted", "The ingest was interrupted.", {
    ...(hint === undefined ? {} : { hint }),
  });
}

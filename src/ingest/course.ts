/**
 * Decides once how an ingest goes about its work: a pure function of the options and of the state of the graph. Nothing
 * later has to weigh options against one another.
 */
import type { StagingOfKnown } from "../graph/write/index.ts";
import { FEW_TEXTS } from "./chunking/index.ts";
import type { EmbedAndStageOptions } from "./embed-and-stage.ts";
import type { IngestOptions } from "./options.ts";

/** What of the graph decides. */
export interface GraphFound {
  /** A graph of an earlier schema is brought over: every row is written anew. */
  readonly schema: "current" | "earlier";
  /** The model and how documents are cut; "unknown" before a first ingest has finished. */
  readonly settings: "same" | "changed" | "unknown";
  /** Other roots make other edges, though the files are the same. */
  readonly linkRoots: "same" | "changed";
  /** Whether the graph has vectors, and whose: one of another model is asked until all of the new ones are there. */
  readonly model?: "same" | "another";
  readonly hasDocuments: boolean;
  /** Chunks that an earlier ingest left without a vector. */
  readonly pending: number;
}

export interface Course {
  /** Which documents are read and cut: all, or those that look changed and then are by their content. */
  readonly reads: "all" | "changed";
  /** Whether every row of every table is written, or those of changed documents. */
  readonly writes: "every row" | "changed documents";
  /** Whether something is written although no document changed. */
  readonly writesAnyway: boolean;
  readonly staging: StagingOfKnown;
  /** Whether the links of all documents are resolved anew. */
  readonly edges: "all sources" | "those concerned";
  /** What becomes of texts that no vector is known of, before the words are written. */
  readonly vectors: EmbedAndStageOptions["vectors"];
  /** Vectors are computed after the write where no more than these are missing. */
  readonly mostComputedAfter: number;
}

export function courseOf(
  { mode, dryRun, vectors = "all" }: Pick<IngestOptions, "mode" | "dryRun" | "vectors">,
  graph: GraphFound,
): Course {
  const everyRow = mode === "rebuild" || graph.schema === "earlier";
  const anew = everyRow || graph.settings === "changed" || graph.linkRoots === "changed";
  const isLater = vectors === "known" || (vectors === "later" && !waits(mode, graph));
  return {
    reads: mode !== "incremental" || everyRow || graph.settings === "changed" ? "all" : "changed",
    writes: everyRow ? "every row" : "changed documents",
    writesAnyway: anew || graph.settings === "unknown",
    // Rows of another schema are no rows of this one.
    staging: mode === "rebuild" && graph.schema === "current" ? "note unchanged" : "stage all",
    edges: anew ? "all sources" : "those concerned",
    vectors: dryRun ? "count" : isLater ? "find" : waits(mode, graph) ? "embed" : "embed few",
    mostComputedAfter: isLater ? 0 : vectors === "few" ? FEW_TEXTS : Number.POSITIVE_INFINITY,
  };
}

/**
 * Readers of a complete graph see the old one until the new one is complete, vectors included, where all is made
 * anew or by another model; otherwise the words do not wait for the vectors.
 */
function waits(mode: IngestOptions["mode"], { hasDocuments, pending, model }: GraphFound): boolean {
  return model === "another" || (mode === "rebuild" && hasDocuments && pending === 0);
}

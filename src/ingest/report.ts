/** What an ingest has done, or would do, from what it went by. */
import type { EmbeddingStats } from "../embedding/index.ts";
import type { GraphCounts } from "../graph/index.ts";
import type { DiscoveredFile, Discovery } from "./discovery/index.ts";
import type { StageOutcome } from "./embed-and-stage.ts";
import type { IngestReport } from "./options.ts";
import { type IngestPlan, leavingWithTrees } from "./plan.ts";

export interface Reported {
  readonly discovery: Discovery;
  readonly plan: IngestPlan<DiscoveredFile>;
  readonly outcome: StageOutcome;
  /** Documents whose rows were not what their file gives. */
  readonly rewritten: number;
  readonly graph: GraphCounts;
  readonly embedding: EmbeddingStats & { readonly model: string };
}

export function reportOf({ discovery, plan, outcome, rewritten, graph, embedding }: Reported): IngestReport {
  const { files, failed, otherTrees } = discovery;
  const { staged, added, changed } = outcome;
  return {
    documents: {
      found: files.length,
      unchanged: plan.unchanged + outcome.unchanged.length + staged.length - added - changed,
      added,
      changed,
      removed: plan.absent.length,
      failed: byPath([...failed, ...outcome.failed]),
      ...(rewritten === 0 ? {} : { rewritten }),
    },
    frontMatter: byPath(outcome.frontMatter),
    otherTrees: leavingWithTrees(plan.absent, otherTrees),
    graph,
    embedding,
  };
}

function byPath<T extends { readonly path: string }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

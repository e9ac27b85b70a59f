/** What an ingest has done, or would do, from what it went by. */
import type { EmbeddingStats } from "../embedding/index.ts";
import type { GraphCounts } from "../graph/index.ts";
import type { DiscoveredFile, Discovery } from "./discovery/index.ts";
import type { StageOutcome } from "./embed-and-stage.ts";
import type { IngestReport } from "./options.ts";
import { type IngestPlan, type KnownFile, leavingWithTrees } from "./plan.ts";

export interface Reported {
  readonly discovery: Discovery;
  /** Documents whose rows stay where they cannot be looked at. */
  readonly known: ReadonlyMap<string, KnownFile>;
  readonly plan: IngestPlan<DiscoveredFile>;
  readonly outcome: StageOutcome;
  /** Documents whose rows were not what their file gives. */
  readonly rewritten: number;
  readonly graph: GraphCounts;
  readonly embedding: EmbeddingStats & { readonly model: string };
}

export function reportOf(reported: Reported): IngestReport {
  const { discovery, known, plan, outcome, rewritten, graph, embedding } = reported;
  const { files, failed, otherTrees } = discovery;
  const { staged, added, changed } = outcome;
  const allFailed = byPath([...failed, ...outcome.failed]);
  const settled = new Set([
    ...files.map(({ id }) => id),
    ...plan.absent,
    ...allFailed.map(({ path }) => path),
  ]);
  const kept = [...known.keys()].filter((id) => !settled.has(id)).length;
  return {
    documents: {
      found: files.length,
      unchanged: plan.unchanged + outcome.unchanged.length + staged.length - added - changed,
      added,
      changed,
      removed: plan.absent.length,
      failed: allFailed,
      ...(kept === 0 ? {} : { kept }),
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

/** What was found to differ between files and graph, and bringing it in before an answer. */
import type { Embedder } from "../../embedding/index.ts";
import { isOfEarlierSchema, readMeta } from "../../graph/index.ts";
import type { Discovery } from "../../ingest/discovery/index.ts";
import { type Differences, fingerprintOf, loadIngest, type OtherTree } from "../../ingest/index.ts";
import { findModel, type Project } from "../../project/index.ts";
import { whoIsAtWork } from "../../project/lock/index.ts";
import { AmalfaError, foreseen } from "../../system/index.ts";
import type { GraphReader } from "../graph-reader.ts";
import { takeLock } from "./refresh-lock.ts";
import type { Checked } from "./stale.ts";
import type { Walks } from "./walks.ts";

/** Documents that are brought in before an answer, at most; one that was moved counts once. */
export const MOST_DOCUMENTS = 20;
/** So many files that only look other than they were are noted as they look now; fewer are read again each time. */
const WORTH_NOTING = 16;

export interface GuardOptions {
  readonly project: Project;
  /** Whether differences are brought in. */
  readonly refresh: boolean;
  /** Runs `work` on the graph. */
  readonly use: <T>(work: (reader: GraphReader) => T) => T;
  /** An embedder of which only what the cache has is asked; the guard closes it. */
  readonly openEmbedder: () => Promise<Embedder>;
  /**
   * Runs `work` with an embedder whose model is loaded already, here or in the vector daemon, or answers undefined
   * where there is none.
   */
  readonly withWarm?: <T>(work: (embedder: Embedder) => Promise<T>) => Promise<T | undefined>;
  /** Where other processes answer for the project as well. */
  readonly sharing?:
    | {
        readonly walks: Walks;
        /** Another text whenever the graph may be another one, in whichever process. */
        readonly stateOf: (reader: GraphReader) => string;
      }
    | undefined;
}

/** What a walk came to that found all other than the graph says, or not all of it. */
export interface Look {
  readonly differences: Differences;
  readonly discovery: Discovery;
  readonly isComplete: boolean;
  /** Why nothing may be brought in, a clause. */
  readonly obstacle: string | undefined;
  /** Documents in git trees of their own, which stay until an ingest has listed them. */
  readonly staying: { readonly documents: readonly string[]; readonly trees: readonly OtherTree[] };
}

export const NO_DIFFERENCES = { added: [], changed: [], removed: [] } as const;

/** Brings in what may be brought in, and says what was and what was not. */
export async function bringIn(options: GuardOptions, look: Look): Promise<Checked> {
  const { differences, isComplete, obstacle } = look;
  const { added, changed, removed, times } = differences;
  const counts = { added: added.length, changed: changed.length, removed: removed.length };
  const gone = new Set(removed);
  if (added.length + changed.length + removed.length === 0) {
    if (differences.restamped.length >= WORTH_NOTING && obstacle === undefined) await refresh(options, look);
    return { freshness: { state: isComplete ? "current" : "unknown", ...counts }, differences, gone, times };
  }
  const failure = obstacle ?? (await refresh(options, look));
  if (failure !== undefined) {
    return { freshness: { state: "behind", ...counts, reason: failure }, differences, gone, times };
  }
  const state = isComplete ? "refreshed" : "unknown";
  return { freshness: { state, ...counts }, differences, gone: new Set(), times };
}

/** Why nothing may be brought in, a clause. */
export function obstacleTo(
  { project, refresh }: GuardOptions,
  { added, changed, removed, refusal }: Differences,
  db: GraphReader["db"],
): string | undefined {
  const model = findModel(project.settings.model);
  if (refusal !== null) return `an ingest would refuse to run: ${refusal}`;
  if (isOfEarlierSchema(db)) return "the graph has an earlier schema; `amalfa init` upgrades it";
  if (model === undefined || readMeta(db, "fingerprint") !== fingerprintOf(model.id))
    return "the model or the way documents are cut has changed; run `amalfa init`";
  if (!refresh) return "run `amalfa init`";
  // A note that was moved is one that came and one that went: a folder of eleven was too much, and found nowhere.
  const documents = changed.length + Math.max(added.length, removed.length);
  return documents > MOST_DOCUMENTS ? "too many to bring in before an answer; run `amalfa init`" : undefined;
}

/** @returns why it could not be done, a clause */
async function refresh(options: GuardOptions, { discovery }: Look): Promise<string | undefined> {
  const { project } = options;
  try {
    using _ = await takeLock(project);
    const warm = await options
      .withWarm?.((embedder) => ingest(project, embedder, "few", discovery))
      .catch(() => undefined);
    if (warm === undefined) {
      await using embedder = await options.openEmbedder();
      await ingest(project, embedder, "known", discovery);
    }
    return undefined;
  } catch (error) {
    const code = error instanceof AmalfaError ? error.code : foreseen(error)?.code;
    if (code === "database.changed") return "another command is at work";
    if (code === "lock.held" || code === "database.busy") return whoIsAtWork(project.paths);
    // An `init` could no more do it than this.
    if (/^(lock\.unavailable|database\.(full|unusable)|files\.(read-only|full|denied))$/.test(code ?? ""))
      return "the graph cannot be written; `amalfa doctor` says why";
    return "it could not be brought in; run `amalfa init`";
  }
}

async function ingest(
  project: Project,
  embedder: Embedder,
  vectors: "few" | "known",
  discovery: Discovery,
): Promise<true> {
  const { ingest: run } = await loadIngest();
  await run({
    project,
    embedder,
    mode: "incremental",
    allowEmpty: false,
    dryRun: false,
    vectors,
    discovery,
  });
  return true;
}

/** Trees that a line names. */
const NAMED_TREES = 3;

/** They are shown, since their files say what the graph says, and the answer says that they are about to leave. */
export function withStaying(checked: Checked, { documents, trees }: Look["staying"]): Checked {
  const { freshness, differences } = checked;
  if (documents.length === 0 || freshness.state === "unknown") return checked;
  const names = trees.slice(0, NAMED_TREES).map(({ path }) => path);
  const list = names.join(", ") + (trees.length > names.length ? ", …" : "");
  const kept =
    `${documents.length} in git repositories or worktrees of their own (${list}), ` +
    "which `amalfa init` lists and removes from the graph";
  const isBehind = freshness.state === "behind";
  // What was brought in is no difference any more.
  const left = isBehind ? differences : NO_DIFFERENCES;
  return {
    ...checked,
    freshness: {
      state: "behind",
      added: left.added.length,
      changed: left.changed.length,
      removed: left.removed.length + documents.length,
      reason: isBehind && freshness.reason !== undefined ? `${freshness.reason}; ${kept}` : kept,
    },
    differences: { ...left, removed: [...left.removed, ...documents] },
  };
}

/**
 * Brings the graph up to date with the files: discover, plan, prepare, link, write, and compute what vectors are
 * missing.
 *
 * Whoever calls holds the maintenance lock. All reading happens before the one transaction that writes documents,
 * links and words. Few new texts are embedded before it; with many of them the words do not wait, and vectors follow
 * in batches, each one transaction (see `pending-vectors.ts`). An ingest that is killed leaves one of these states,
 * and the next one goes on from it.
 */
import type { Database } from "bun:sqlite";
import type { VectorSeed } from "../embedding/index.ts";
import {
  countGraph,
  countPending,
  databaseError,
  type GraphCounts,
  isOfEarlierSchema,
  readContentHashes,
  readFileStats,
  readFileStatsOfDamaged,
  readGeneration,
  readMeta,
} from "../graph/index.ts";
import type { Staging } from "../graph/write/index.ts";
import { AmalfaError } from "../system/index.ts";
import { FEW_TEXTS, fingerprintOf } from "./chunking/index.ts";
import { type DiscoveredFile, type Discovery, discover, findLinkRoots } from "./discovery/index.ts";
import type { EmbedAndStageOptions, StageOutcome } from "./embed-and-stage.ts";
import type { LinkRoot } from "./markdown/index.ts";
import { type IngestOptions, type IngestReport, interruptedIngest } from "./options.ts";
import { type IngestPlan, type KnownFile, leavingWithTrees, planIngest } from "./plan.ts";
import type { DocumentReader, FailedDocument, Readings } from "./reading/index.ts";
import { refusal, refuseToForget } from "./refusal.ts";
import { loadWriting, openTarget, type Writing } from "./target.ts";

export type { IngestOptions, IngestProgress, IngestReport } from "./options.ts";

/**
 * Throws `ingest.refused` (I11), `database.*`, `model.*` or `interrupted`; documents that fail are part of the
 * report.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  let ingest: Ingest | undefined;
  try {
    const discovery = options.reading?.discovery ?? options.discovery ?? discoverDocuments(options);
    using db = openTarget(options);
    ingest = new Ingest(options, db, discovery);
    return await ingest.run();
  } catch (error) {
    if (error instanceof AmalfaError && error.code === "interrupted")
      throw interruptedIngest(options, ingest?.wordsAreWritten === true);
    throw databaseError(options.project.paths.database, error);
  }
}

function discoverDocuments({ project, onProgress }: IngestOptions): Discovery {
  onProgress?.({ phase: "discover" });
  const { sources, excludePatterns } = project.settings;
  return discover({ root: project.root, sources, excludePatterns });
}

/** A thread has to load tokenizer and parser again; for fewer bytes than these that takes longer than reading them. */
const WORTH_A_THREAD_BYTES = 1 << 20;

const NOTHING_PREPARED: StageOutcome = {
  unchanged: [],
  staged: [],
  added: 0,
  changed: 0,
  failed: [],
  frontMatter: [],
  restamped: 0,
};

/** Where what is prepared goes. */
interface Target {
  readonly staging: Staging;
  readonly writing: Writing;
}

class Ingest {
  readonly #options: IngestOptions;
  readonly #db: Database;
  readonly #discovery: Discovery;
  readonly #known: ReadonlyMap<string, KnownFile>;
  readonly #generation: number;
  /** Everything that shapes the rows besides the files. */
  readonly #fingerprint: string;
  readonly #settingsChanged: boolean;
  readonly #linkRoots: readonly LinkRoot[];
  /** Other roots make other edges, though the files are the same. */
  readonly #rootsChanged: boolean;
  /** The graph is of an earlier schema: every row is written anew. */
  readonly #bringOver: boolean;
  /** Passages that an earlier ingest left without a vector. */
  readonly #pendingBefore: number;
  #wordsAreWritten = false;

  constructor(options: IngestOptions, db: Database, discovery: Discovery) {
    this.#options = options;
    this.#db = db;
    this.#discovery = discovery;
    this.#bringOver = isOfEarlierSchema(db);
    this.#pendingBefore = countPending(db).chunks;
    this.#known = this.#writesAll ? readFileStatsOfDamaged(db) : readFileStats(db);
    this.#generation = readGeneration(db);
    this.#linkRoots = findLinkRoots(options.project, discovery.files);
    this.#rootsChanged = (readMeta(db, "link_roots") ?? "[]") !== JSON.stringify(this.#linkRoots);
    this.#fingerprint = fingerprintOf(options.embedder.model.id);
    this.#settingsChanged = (readMeta(db, "fingerprint") ?? this.#fingerprint) !== this.#fingerprint;
  }

  /**
   * Whether documents, links and words of the files as they are now are in the graph, whatever became of the vectors.
   */
  get wordsAreWritten(): boolean {
    return this.#wordsAreWritten;
  }

  /** Whether every row of every table is written. */
  get #writesAll(): boolean {
    return this.#options.mode === "rebuild" || this.#bringOver;
  }

  async run(): Promise<IngestReport> {
    const { files, unobserved } = this.#discovery;
    const readAll = this.#options.mode !== "incremental" || this.#settingsChanged || this.#bringOver;
    const plan = planIngest({
      found: files,
      unobserved,
      known: this.#known,
      readAll: readAll ? "read all" : "read changed",
    });
    if (!this.#options.allowEmpty) {
      const { root, settings } = this.#options.project;
      refuseToForget({
        root,
        sources: settings.sources,
        discovery: this.#discovery,
        known: this.#known,
        plan,
        db: this.#db,
      });
    }
    if (this.#isUpToDate(plan)) {
      await this.#embedPending();
      return this.#report(plan, NOTHING_PREPARED, countGraph(this.#db));
    }
    const writing = await loadWriting();
    const noteUnchanged = this.#options.mode === "rebuild" && !this.#bringOver;
    const staging = new writing.Staging(this.#db, noteUnchanged ? "note unchanged" : "stage all");
    const outcome = await this.#prepare(plan, readAll ? "read all" : "read changed", { staging, writing });
    const leaving = this.#leaving(plan, outcome);
    const failed = this.#writesAll
      ? await this.#carryOver(plan, outcome, { staging, writing })
      : outcome.failed;
    // Writing needs memory of its own, and no more inference comes.
    await this.#options.embedder.unload();
    staging.addLeaving(leaving);
    const graph = this.#write({ staging, writing }, outcome, leaving.length);
    this.#wordsAreWritten = !this.#options.dryRun;
    await this.#embedPending();
    return this.#report(plan, { ...outcome, failed }, graph);
  }

  /**
   * Whether there is nothing to do. Then nothing is written either: readers need not look again, and the disk is not
   * waited for.
   */
  #isUpToDate(plan: IngestPlan<DiscoveredFile>): boolean {
    const nothingToDo = plan.read.length === 0 && plan.absent.length === 0;
    const known = readMeta(this.#db, "fingerprint") === this.#fingerprint;
    return nothingToDo && known && !this.#rootsChanged && !this.#writesAll;
  }

  /**
   * Computes the vectors that are missing: those of texts just written, and what an ingest that was killed has left.
   */
  async #embedPending(): Promise<void> {
    const { embedder, dryRun, vectors, signal, onProgress } = this.#options;
    const wanted = dryRun ? this.#pendingBefore : countPending(this.#db).chunks;
    if (wanted === 0 || vectors === "known" || (vectors === "few" && wanted > FEW_TEXTS)) return;
    const { embedPending, predictPending } = await import("./pending-vectors.ts");
    if (dryRun) return predictPending(this.#db, embedder);
    await embedPending(this.#db, {
      embedder,
      signal,
      onProgress: (progress) => onProgress?.({ phase: "embed", ...progress }),
    });
    await embedder.unload();
  }

  /**
   * Readers of a complete graph see the old one until the new one is complete, vectors included, where all is made
   * anew; otherwise the words do not wait for the vectors.
   */
  get #vectorsOfNewTexts(): EmbedAndStageOptions["vectors"] {
    const { mode, dryRun, vectors } = this.#options;
    if (dryRun) return "count";
    if (vectors === "known") return "find";
    const isComplete = this.#known.size > 0 && this.#pendingBefore === 0;
    return mode === "rebuild" && isComplete ? "embed" : "embed few";
  }

  async #prepare(
    plan: IngestPlan<DiscoveredFile>,
    which: "read all" | "read changed",
    target: Target,
  ): Promise<StageOutcome> {
    if (plan.read.length === 0) return NOTHING_PREPARED;
    const hashes = readContentHashes(this.#db);
    const { reading } = this.#options;
    if (reading !== undefined) return this.#prepareReadings(plan, reading.readings, hashes, target);
    const totalBytes = plan.read.reduce((sum, { size }) => sum + size, 0);
    await using reader = await this.#startReader(totalBytes);
    const { readAhead } = await (await import("./reading/index.ts")).loadReadAhead();
    const readings = readAhead(reader, plan.read, (id) =>
      which === "read all" ? undefined : hashes.get(id),
    );
    return await this.#prepareReadings(plan, readings, hashes, target);
  }

  async #startReader(totalBytes: number): Promise<DocumentReader> {
    const { embedder, project } = this.#options;
    const options = { model: embedder.model, modelsDirectory: project.paths.models };
    if (totalBytes < WORTH_A_THREAD_BYTES) {
      const { readerInThisThread } = await (await import("./reading/index.ts")).loadReader();
      return readerInThisThread(options);
    }
    const { startReadingThread } = await (await import("./reading/index.ts")).loadReader();
    return startReadingThread(options);
  }

  async #prepareReadings(
    plan: IngestPlan<DiscoveredFile>,
    readings: Readings,
    hashes: ReadonlyMap<string, string>,
    { staging, writing }: Target,
    how: "with progress" | "silently" = "with progress",
  ): Promise<StageOutcome> {
    const { embedder, signal, onProgress } = this.#options;
    const { embedAndStage } = await import("./embed-and-stage.ts");
    const totalBytes = plan.read.reduce((sum, { size }) => sum + size, 0);
    return embedAndStage(readings, {
      staging,
      hashes,
      embedder,
      seed: this.#seed(plan, writing),
      vectors: this.#vectorsOfNewTexts,
      signal,
      onProgress: (progress) => {
        if (how === "with progress") onProgress?.({ phase: "read", totalBytes, ...progress });
      },
    });
  }

  /**
   * The graph's own vectors, where they are this model's. A changed document finds its texts among those of the
   * documents that are read or gone; only when all are read is it worth looking through all.
   */
  #seed(plan: IngestPlan<DiscoveredFile>, { StoredVectors }: Writing): VectorSeed | undefined {
    if (readMeta(this.#db, "model") !== this.#options.embedder.model.id) return undefined;
    const all = this.#options.mode !== "incremental" || this.#settingsChanged || this.#bringOver;
    const some = [...plan.read.map(({ id }) => id), ...plan.absent];
    const stored = new StoredVectors(this.#db, all ? "all documents" : some);
    return (keys) => stored.find(keys);
  }

  /** Documents of the graph whose rows go: absent ones and those that are replaced. */
  #leaving(plan: IngestPlan<DiscoveredFile>, outcome: StageOutcome): string[] {
    const replaced = outcome.staged.filter((id) => this.#known.has(id));
    const staying = this.#stayingUnread(plan, outcome);
    if (!this.#settingsChanged || staying.length === 0) return [...plan.absent, ...replaced];
    if (this.#options.allowEmpty) return [...plan.absent, ...replaced, ...staying];
    const names = staying.slice(0, 3).join(", ") + (staying.length > 3 ? ", …" : "");
    throw refusal(
      `the model or the way documents are cut has changed, and ${staying.length} ` +
        `known documents cannot be read to embed them again (${names})`,
    );
  }

  /** Documents of the graph that could not be looked at or read this time: what is known of them stays. */
  #stayingUnread(plan: IngestPlan<DiscoveredFile>, outcome: StageOutcome): string[] {
    const settled = new Set([...plan.absent, ...outcome.staged, ...outcome.unchanged]);
    const read = new Set(plan.read.map(({ id }) => id));
    const found = new Set(this.#discovery.files.map(({ id }) => id));
    return [...this.#known.keys()].filter((id) => !settled.has(id) && (read.has(id) || !found.has(id)));
  }

  /** A rebuild writes every row, so what stays has to be among those that are staged. @returns all that failed */
  async #carryOver(
    plan: IngestPlan<DiscoveredFile>,
    outcome: StageOutcome,
    target: Target,
  ): Promise<readonly FailedDocument[]> {
    const failed = outcome.failed.map(({ path }) => path);
    const staying = [...new Set([...this.#stayingUnread(plan, outcome), ...failed])];
    // Passages that were cut otherwise, or for another model, have been refused by now.
    if (this.#settingsChanged || staying.length === 0) return outcome.failed;
    const { CarryOver } = await import("./carry-over.ts");
    const carried = new CarryOver(this.#db, staying, this.#options.embedder.model);
    await this.#prepareReadings(plan, carried.readings(), new Map(), target, "silently");
    return carried.addTo(outcome.failed);
  }

  #write({ staging, writing }: Target, outcome: StageOutcome, leaving: number): GraphCounts {
    const { dryRun, onProgress } = this.#options;
    const all = this.#writesAll;
    const anew = this.#settingsChanged || this.#rootsChanged;
    const edges = all || anew ? "all sources" : writing.edgeScope(this.#db);
    const scope = all || leaving === this.#known.size ? "everything" : "changed documents";
    const graphChanges = outcome.staged.length > 0 || leaving > 0 || all || anew;
    if (graphChanges) {
      onProgress?.({ phase: "link" });
      writing.stageEdges(staging, edges, scope, this.#linkRoots);
    }
    const counts = writing.countAfterWrite(staging, edges, graphChanges ? scope : "changed documents");
    if (dryRun) return counts;
    onProgress?.({ phase: "write" });
    const meta = {
      fingerprint: this.#fingerprint,
      model: this.#options.embedder.model.id,
      link_roots: JSON.stringify(this.#linkRoots),
      last_ingest: new Date().toISOString(),
    };
    if (!graphChanges) writing.recordVisit(staging, meta);
    else writing.writeGraph(staging, { scope, edges, generation: this.#generation, meta });
    return counts;
  }

  #report(plan: IngestPlan<DiscoveredFile>, outcome: StageOutcome, graph: GraphCounts): IngestReport {
    const { files, failed, otherTrees } = this.#discovery;
    const { staged, added, changed } = outcome;
    const { embedder } = this.#options;
    return {
      documents: {
        found: files.length,
        unchanged: plan.unchanged + outcome.unchanged.length + staged.length - added - changed,
        added,
        changed,
        removed: plan.absent.length,
        failed: [...failed, ...outcome.failed].sort((a, b) => (a.path < b.path ? -1 : 1)),
      },
      frontMatter: [...outcome.frontMatter].sort((a, b) => (a.path < b.path ? -1 : 1)),
      otherTrees: leavingWithTrees(plan.absent, otherTrees),
      graph,
      embedding: { model: embedder.model.id, ...embedder.stats() },
    };
  }
}

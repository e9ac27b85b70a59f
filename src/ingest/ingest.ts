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
  FRONT_MATTER_META,
  type GraphCounts,
  hasDocuments,
  isOfEarlierSchema,
  PACE_META,
  readContentHashes,
  readFileStats,
  readFileStatsOfDamaged,
  readGeneration,
  readMeta,
  readUnreadFrontMatter,
} from "../graph/index.ts";
import type { Staging } from "../graph/write/index.ts";
import { requireHeldRoot } from "../system/files/index.ts";
import { AmalfaError } from "../system/index.ts";
import { FEW_TEXTS, fingerprintOf } from "./chunking/index.ts";
import { type Course, courseOf, type GraphFound } from "./course.ts";
import { type DiscoveredFile, type Discovery, discover, findLinkRoots } from "./discovery/index.ts";
import type { StageOutcome } from "./embed-and-stage.ts";
import type { LinkRoot } from "./markdown/index.ts";
import { type IngestOptions, type IngestReport, interruptedIngest } from "./options.ts";
import { type IngestPlan, type KnownFile, planIngest } from "./plan.ts";
import type { FailedDocument, Readings } from "./reading/index.ts";
import { refusal, refuseToForget } from "./refusal.ts";
import { reportOf } from "./report.ts";
import { loadWriting, openTarget, type Writing, whenFull } from "./target.ts";

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
  readonly #started = performance.now();
  /** Everything that shapes the rows besides the files. */
  readonly #fingerprint: string;
  readonly #linkRoots: readonly LinkRoot[];
  readonly #found: GraphFound;
  readonly #course: Course;
  #wordsAreWritten = false;
  /** Documents whose rows were not what their file gives. */
  #rewritten = 0;

  constructor(options: IngestOptions, db: Database, discovery: Discovery) {
    this.#options = options;
    this.#db = db;
    this.#discovery = discovery;
    this.#generation = readGeneration(db);
    this.#linkRoots = findLinkRoots(options.project, discovery.files);
    this.#fingerprint = fingerprintOf(options.embedder.model.id);
    this.#found = this.#look();
    this.#course = courseOf(options, this.#found);
    this.#known = this.#course.writes === "every row" ? readFileStatsOfDamaged(db) : readFileStats(db);
  }

  #look(): GraphFound {
    const written = readMeta(this.#db, "fingerprint");
    const roots = readMeta(this.#db, "link_roots") ?? "[]";
    return {
      schema: isOfEarlierSchema(this.#db) ? "earlier" : "current",
      settings: written === undefined ? "unknown" : written === this.#fingerprint ? "same" : "changed",
      model: this.#leavesModel() === undefined ? "same" : "another",
      linkRoots: roots === JSON.stringify(this.#linkRoots) ? "same" : "changed",
      hasDocuments: this.#options.mode === "rebuild" && hasDocuments(this.#db),
      pending: countPending(this.#db).chunks,
    };
  }

  /** The id of the model that made the graph's vectors, where this ingest puts another one's in their place. */
  #leavesModel(): string | undefined {
    const made = readMeta(this.#db, "model");
    if (made === undefined || made === this.#options.embedder.model.id) return undefined;
    return this.#db.query("SELECT 1 FROM vectors LIMIT 1").get() === null ? undefined : made;
  }

  /**
   * Whether documents, links and words of the files as they are now are in the graph, whatever became of the vectors.
   */
  get wordsAreWritten(): boolean {
    return this.#wordsAreWritten;
  }

  async run(): Promise<IngestReport> {
    const { files, unobserved } = this.#discovery;
    const readAll = this.#course.reads === "all" ? "read all" : "read changed";
    const plan = planIngest({ found: files, unobserved, known: this.#known, readAll });
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
    // Where there is nothing to do nothing is written either: readers need not look again, and the disk is not waited
    // for.
    if (plan.read.length === 0 && plan.absent.length === 0 && !this.#course.writesAnyway) {
      await this.#embedPending();
      return this.#report(plan, NOTHING_PREPARED, countGraph(this.#db));
    }
    const writing = await loadWriting();
    const staging = new writing.Staging(this.#db, this.#course.staging);
    const outcome = await this.#prepare(plan, { staging, writing });
    const leaving = this.#leaving(plan, outcome);
    const failed =
      this.#course.writes === "every row"
        ? await this.#carryOver(plan, outcome, { staging, writing })
        : outcome.failed;
    // Writing needs memory of its own, and no more inference comes.
    await this.#options.embedder.unload();
    staging.addLeaving(leaving);
    await this.#keepVectors();
    // What was read may be the files of another project that is there now.
    requireHeldRoot(this.#options.project.root);
    const graph = this.#write({ staging, writing }, outcome, leaving);
    this.#wordsAreWritten = !this.#options.dryRun;
    await this.#embedPending();
    return this.#report(plan, { ...outcome, failed }, graph);
  }

  /**
   * Computes the vectors that are missing: those of texts just written, and what an ingest that was killed has left.
   */
  async #embedPending(): Promise<void> {
    const { embedder, dryRun, signal, onProgress } = this.#options;
    const wanted = dryRun ? this.#found.pending : countPending(this.#db).chunks;
    if (wanted === 0 || wanted > this.#course.mostComputedAfter) return;
    const { embedPending, predictPending } = await import("./pending-vectors.ts");
    if (dryRun) return await predictPending(this.#db, embedder);
    await embedPending(this.#db, {
      ...{ embedder, signal, whenFull: whenFull(this.#options.project) },
      onProgress: (progress) => onProgress?.({ phase: "embed", ...progress }),
    });
    await embedder.unload();
  }

  async #prepare(plan: IngestPlan<DiscoveredFile>, target: Target): Promise<StageOutcome> {
    if (plan.read.length === 0) return NOTHING_PREPARED;
    this.#options.embedder.expect();
    const hashes = readContentHashes(this.#db);
    const { reading, embedder, project } = this.#options;
    if (reading !== undefined) return this.#prepareReadings(plan, reading.readings, hashes, target);
    const { loadReadAhead, loadReader } = await import("./reading/index.ts");
    const [{ readAhead }, { readerFor }] = await Promise.all([loadReadAhead(), loadReader()]);
    const options = { model: embedder.model, modelsDirectory: project.paths.models };
    await using reader = readerFor(bytesOf(plan), options);
    const current = this.#course.reads === "all" ? () => undefined : (id: string) => hashes.get(id);
    return await this.#prepareReadings(plan, readAhead(reader, plan.read, current), hashes, target);
  }

  async #prepareReadings(
    plan: IngestPlan<DiscoveredFile>,
    readings: Readings,
    hashes: ReadonlyMap<string, string>,
    { staging, writing }: Target,
    how: "with progress" | "silently" = "with progress",
  ): Promise<StageOutcome> {
    const { embedder, project, signal, onProgress } = this.#options;
    const { embedAndStage } = await import("./embed-and-stage.ts");
    const totalBytes = bytesOf(plan);
    return embedAndStage(readings, {
      staging,
      hashes,
      embedder,
      seed: this.#seed(plan, writing),
      vectors: this.#course.vectors,
      whenFull: whenFull(project),
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
    const some = [...plan.read.map(({ id }) => id), ...plan.absent];
    const stored = new StoredVectors(this.#db, this.#course.reads === "all" ? "all documents" : some);
    return (keys) => stored.find(keys);
  }

  /** Documents of the graph whose rows go: absent ones and those that are replaced. */
  #leaving(plan: IngestPlan<DiscoveredFile>, outcome: StageOutcome): string[] {
    const replaced = outcome.staged.filter((id) => this.#known.has(id));
    const staying = this.#stayingUnread(plan, outcome);
    if (this.#found.settings !== "changed" || staying.length === 0) return [...plan.absent, ...replaced];
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
    // Chunks that were cut otherwise, or for another model, have been refused by now.
    if (this.#found.settings === "changed" || staying.length === 0) return outcome.failed;
    const { CarryOver } = await import("./carry-over.ts");
    const carried = new CarryOver(this.#db, staying, this.#options.embedder.model);
    await this.#prepareReadings(plan, carried.readings(), new Map(), target, "silently");
    return carried.addTo(outcome.failed);
  }

  async #keepVectors(): Promise<void> {
    const model = this.#options.dryRun ? undefined : this.#leavesModel();
    if (model === undefined) return;
    const { keepVectors } = await import("./keep-vectors.ts");
    keepVectors(this.#db, this.#options.project, model);
  }

  #write({ staging, writing }: Target, outcome: StageOutcome, leaving: readonly string[]): GraphCounts {
    const { dryRun, onProgress } = this.#options;
    const anew = this.#course.edges === "all sources";
    const edges = anew ? "all sources" : writing.edgeScope(this.#db);
    const all = this.#course.writes === "every row" || leaving.length === this.#known.size;
    const scope = all ? "everything" : "changed documents";
    const graphChanges = outcome.staged.length > 0 || leaving.length > 0 || anew;
    if (graphChanges) {
      onProgress?.({ phase: "link" });
      writing.stageEdges(staging, edges, scope, this.#linkRoots);
    }
    const counts = writing.countAfterWrite(staging, edges, graphChanges ? scope : "changed documents");
    if (dryRun) return counts;
    if (this.#course.staging === "note unchanged" && this.#found.settings === "same")
      this.#rewritten = writing.countRewritten(this.#db);
    onProgress?.({ phase: "write" });
    const meta = {
      ...this.#paceOfModel(),
      fingerprint: this.#fingerprint,
      model: this.#options.embedder.model.id,
      link_roots: JSON.stringify(this.#linkRoots),
      [FRONT_MATTER_META]: JSON.stringify(this.#unreadFrontMatter(outcome, leaving)),
      last_ingest: new Date().toISOString(),
    };
    if (!graphChanges) writing.recordVisit(staging, meta);
    else writing.writeGraph(staging, { scope, edges, generation: this.#generation, meta });
    return counts;
  }

  #unreadFrontMatter({ staged, frontMatter }: StageOutcome, leaving: readonly string[]) {
    const other = new Set([...staged, ...leaving]);
    const kept = readUnreadFrontMatter(this.#db).filter(({ path }) => !other.has(path));
    return [...kept, ...frontMatter].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** How fast vectors come is known of one model; of another one it is what this ingest has seen. */
  #paceOfModel(): Record<string, string> {
    if (this.#found.model !== "another") return {};
    const { misses } = this.#options.embedder.stats();
    const seconds = (performance.now() - this.#started) / 1000;
    return { [PACE_META]: misses > FEW_TEXTS ? (misses / seconds).toFixed(3) : "0" };
  }

  #report(plan: IngestPlan<DiscoveredFile>, outcome: StageOutcome, graph: GraphCounts): IngestReport {
    const embedding = { model: this.#options.embedder.model.id, ...this.#options.embedder.stats() };
    return reportOf({
      discovery: this.#discovery,
      known: this.#found.settings === "changed" ? new Map() : this.#known,
      plan,
      outcome,
      rewritten: this.#rewritten,
      graph,
      embedding,
    });
  }
}

function bytesOf(plan: IngestPlan<DiscoveredFile>): number {
  return plan.read.reduce((sum, { size }) => sum + size, 0);
}

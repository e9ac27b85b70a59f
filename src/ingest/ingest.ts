/**
 * Brings the graph up to date with the files: discover, plan, prepare, link, write.
 *
 * Whoever calls holds the maintenance lock. All reading and inference happens before the one write transaction, so that an ingest that is
 * interrupted or killed leaves the old graph and, in the vector cache, what it computed.
 */
import { Database } from "bun:sqlite";
import type { Embedder, EmbeddingStats, VectorSeed } from "../embedding/index.ts";
import {
  countGraph,
  createSchema,
  databaseError,
  type GraphCounts,
  openGraphForWriting,
  openGraphIfPresent,
  readDocumentStats,
  readGeneration,
  readMeta,
  readStoredHashes,
  readStoredStats,
} from "../graph/index.ts";
import type { Staging } from "../graph/write/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError, EXIT } from "../system/index.ts";
import { CHUNKER_VERSION } from "./chunking/index.ts";
import { type DiscoveredFile, type Discovery, discover } from "./discovery/index.ts";
import type { PrepareOutcome, PrepareProgress } from "./embed-and-stage.ts";
import { type IngestPlan, type KnownFile, planIngest } from "./plan.ts";
import type { DocumentReader, EarlyReading, FailedDocument, Readings } from "./reading/index.ts";
import { refusal, refuseToForget } from "./refusal.ts";

export interface IngestOptions {
  readonly project: Project;
  readonly embedder: Embedder;
  /**
   * incremental: read what looks changed, write what is changed. force: read and chunk everything, write what is changed or not.
   * rebuild: as force, and replace every row of every table.
   */
  readonly mode: "incremental" | "force" | "rebuild";
  /** Go on although a source vanished or most documents are gone (I11). */
  readonly allowEmpty: boolean;
  /** Predict everything, write nothing. */
  readonly dryRun: boolean;
  /** `nothing`, for a dry run: as if there were no graph yet, whatever lies in its place. */
  readonly startFrom?: "graph" | "nothing";
  /** For `rebuild`: documents that are on their way already. */
  readonly reading?: Pick<EarlyReading, "discovery" | "readings">;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: IngestProgress) => void;
}

export type IngestProgress =
  | { readonly phase: "discover" | "link" | "write" }
  | ({ readonly phase: "read"; readonly totalBytes: number } & PrepareProgress);

export interface IngestReport {
  readonly documents: {
    readonly found: number;
    readonly unchanged: number;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    readonly failed: readonly FailedDocument[];
  };
  readonly graph: GraphCounts;
  readonly embedding: EmbeddingStats & { readonly model: string };
}

/** Throws `ingest.refused` (I11), `database.*`, `model.*` or `interrupted`; documents that fail are part of the report. */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  try {
    const discovery = options.reading?.discovery ?? discoverDocuments(options);
    using db = openTarget(options);
    return await new Ingest(options, db, discovery).run();
  } catch (error) {
    if (error instanceof AmalfaError && error.code === "interrupted") throw interruptedIngest(options);
    throw databaseError(options.project.paths.database, error);
  }
}

function interruptedIngest({ dryRun }: IngestOptions): AmalfaError {
  const hint = dryRun
    ? undefined
    : "The graph is as it was, and vectors that were computed are kept; run the command again to go on.";
  return new AmalfaError("interrupted", "The ingest was interrupted.", {
    exit: EXIT.interrupted,
    ...(hint === undefined ? {} : { hint }),
  });
}

function discoverDocuments({ project, onProgress }: IngestOptions): Discovery {
  onProgress?.({ phase: "discover" });
  const { sources, excludePatterns } = project.settings;
  return discover({ root: project.root, sources, excludePatterns });
}

function openTarget({ project, dryRun, startFrom }: IngestOptions): Database {
  if (!dryRun) return openGraphForWriting(project.paths.database);
  if (startFrom === "nothing") return emptyGraph();
  return openGraphIfPresent(project.paths.database) ?? emptyGraph();
}

/** A graph without documents, in a temporary file of SQLite's own. */
function emptyGraph(): Database {
  const db = new Database("", { strict: true });
  createSchema(db);
  return db;
}

/** A thread has to load tokenizer and parser again; for fewer bytes than these that takes longer than reading them. */
const WORTH_A_THREAD_BYTES = 1 << 20;

const NOTHING_PREPARED: PrepareOutcome = {
  unchanged: [],
  staged: [],
  added: 0,
  changed: 0,
  failed: [],
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

  constructor(options: IngestOptions, db: Database, discovery: Discovery) {
    this.#options = options;
    this.#db = db;
    this.#discovery = discovery;
    this.#known = options.mode === "rebuild" ? readDocumentStats(db) : readStoredStats(db);
    this.#generation = readGeneration(db);
    this.#fingerprint = `${options.embedder.model.id} chunker=${CHUNKER_VERSION}`;
    this.#settingsChanged = (readMeta(db, "fingerprint") ?? this.#fingerprint) !== this.#fingerprint;
  }

  async run(): Promise<IngestReport> {
    const { files, unobserved } = this.#discovery;
    const readAll = this.#options.mode !== "incremental" || this.#settingsChanged;
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
    if (this.#isUpToDate(plan)) return this.#report(plan, NOTHING_PREPARED, countGraph(this.#db));
    const writing = await loadWriting();
    const staging = new writing.Staging(
      this.#db,
      this.#options.mode === "rebuild" ? "keep equal" : "stage all",
    );
    const outcome = await this.#prepare(plan, readAll ? "read all" : "read changed", { staging, writing });
    const leaving = this.#leaving(plan, outcome);
    const failed =
      this.#options.mode === "rebuild"
        ? await this.#carryOver(plan, outcome, { staging, writing })
        : outcome.failed;
    // Writing needs memory of its own, and no more inference comes.
    await this.#options.embedder.unload();
    staging.addLeaving(leaving);
    const graph = this.#write({ staging, writing }, outcome, leaving.length);
    return this.#report(plan, { ...outcome, failed }, graph);
  }

  /** Whether there is nothing to do. Then nothing is written either: readers need not look again, and the disk is not waited for. */
  #isUpToDate(plan: IngestPlan<DiscoveredFile>): boolean {
    const nothingToDo = plan.read.length === 0 && plan.absent.length === 0;
    const known = readMeta(this.#db, "fingerprint") === this.#fingerprint;
    return nothingToDo && known && this.#options.mode !== "rebuild";
  }

  async #prepare(
    plan: IngestPlan<DiscoveredFile>,
    which: "read all" | "read changed",
    target: Target,
  ): Promise<PrepareOutcome> {
    if (plan.read.length === 0) return NOTHING_PREPARED;
    const hashes = readStoredHashes(this.#db);
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
  ): Promise<PrepareOutcome> {
    const { embedder, dryRun, signal, onProgress } = this.#options;
    const { prepareDocuments } = await import("./embed-and-stage.ts");
    const totalBytes = plan.read.reduce((sum, { size }) => sum + size, 0);
    return prepareDocuments(readings, {
      staging,
      hashes,
      embedder,
      seed: this.#seed(plan, writing),
      vectors: dryRun ? "count" : "embed",
      signal,
      onProgress: (progress) => {
        if (how === "with progress") onProgress?.({ phase: "read", totalBytes, ...progress });
      },
    });
  }

  /**
   * The graph's own vectors, where they are this model's. A changed document finds its texts among those of the documents that are read
   * or gone; only when all are read is it worth looking through all.
   */
  #seed(plan: IngestPlan<DiscoveredFile>, { StoredVectors }: Writing): VectorSeed | undefined {
    if (readMeta(this.#db, "model") !== this.#options.embedder.model.id) return undefined;
    const all = this.#options.mode !== "incremental" || this.#settingsChanged;
    const some = [...plan.read.map(({ id }) => id), ...plan.absent];
    const stored = new StoredVectors(this.#db, all ? "all documents" : some);
    return (keys) => stored.find(keys);
  }

  /** Documents of the graph whose rows go: absent ones and those that are replaced. */
  #leaving(plan: IngestPlan<DiscoveredFile>, outcome: PrepareOutcome): string[] {
    const replaced = outcome.staged.filter((id) => this.#known.has(id));
    const kept = this.#keptUnseen(plan, outcome);
    if (!this.#settingsChanged || kept.length === 0) return [...plan.absent, ...replaced];
    if (this.#options.allowEmpty) return [...plan.absent, ...replaced, ...kept];
    const names = kept.slice(0, 3).join(", ") + (kept.length > 3 ? ", …" : "");
    throw refusal(
      `the model or the way documents are cut has changed, and ${kept.length} known documents cannot be read to embed them again (${names})`,
    );
  }

  /** Documents of the graph that could not be looked at or read this time: what is known of them stays. */
  #keptUnseen(plan: IngestPlan<DiscoveredFile>, outcome: PrepareOutcome): string[] {
    const settled = new Set([...plan.absent, ...outcome.staged, ...outcome.unchanged]);
    const read = new Set(plan.read.map(({ id }) => id));
    const found = new Set(this.#discovery.files.map(({ id }) => id));
    return [...this.#known.keys()].filter((id) => !settled.has(id) && (read.has(id) || !found.has(id)));
  }

  /** A rebuild writes every row, so what stays has to be among those that are staged. @returns all that failed */
  async #carryOver(
    plan: IngestPlan<DiscoveredFile>,
    outcome: PrepareOutcome,
    target: Target,
  ): Promise<readonly FailedDocument[]> {
    const failed = outcome.failed.map(({ path }) => path);
    const staying = [...new Set([...this.#keptUnseen(plan, outcome), ...failed])];
    // Passages that were cut otherwise, or for another model, have been refused by now.
    if (this.#settingsChanged || staying.length === 0) return outcome.failed;
    const { CarryOver } = await import("./carry-over.ts");
    const carried = new CarryOver(this.#db, staying, this.#options.embedder.model);
    await this.#prepareReadings(plan, carried.readings(), new Map(), target, "silently");
    return carried.addTo(outcome.failed);
  }

  #write({ staging, writing }: Target, outcome: PrepareOutcome, leaving: number): GraphCounts {
    const { mode, dryRun, onProgress } = this.#options;
    const edges = mode === "rebuild" || this.#settingsChanged ? "all sources" : writing.edgeScope(this.#db);
    const scope = mode === "rebuild" || leaving === this.#known.size ? "everything" : "changed documents";
    const graphChanges =
      outcome.staged.length > 0 || leaving > 0 || mode === "rebuild" || this.#settingsChanged;
    if (graphChanges) {
      onProgress?.({ phase: "link" });
      writing.stageEdges(staging, edges, scope);
    }
    const counts = writing.countAfterWrite(staging, edges, graphChanges ? scope : "changed documents");
    if (dryRun) return counts;
    onProgress?.({ phase: "write" });
    const meta = {
      fingerprint: this.#fingerprint,
      model: this.#options.embedder.model.id,
      last_ingest: new Date().toISOString(),
    };
    if (!graphChanges) writing.recordVisit(staging, meta);
    else writing.writeGraph(staging, { scope, edges, generation: this.#generation, meta });
    return counts;
  }

  #report(plan: IngestPlan<DiscoveredFile>, outcome: PrepareOutcome, graph: GraphCounts): IngestReport {
    const { files, failed } = this.#discovery;
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
      graph,
      embedding: { model: embedder.model.id, ...embedder.stats() },
    };
  }
}

/* What takes only an ingest that has something to do, loaded when that is known; most find nothing. */

export type Writing = Awaited<ReturnType<typeof loadWriting>>;

export async function loadWriting() {
  const [writing, links] = await Promise.all([import("../graph/write/index.ts"), import("./stage-edges.ts")]);
  return { ...writing, ...links };
}

/**
 * The watcher: brings the graph up to date whenever the files change.
 *
 * - Notifications are hints. Each batch is an incremental ingest, which finds out by itself what has changed, so that
 *   nothing depends on which notifications arrived, or how many. A burst of any size is one batch.
 * - A batch commits documents, links and words, and lets the lock go; a few new vectors are computed without it and
 *   written in a moment. Whoever asks meanwhile could otherwise not bring in what was written in between.
 * - Following begins before the first batch, so that no change falls between the two.
 * - What a batch could not do is told in `/health` and tried again, and never ends the watcher. It is ready once a
 *   batch has succeeded: until then nobody knows whether the graph has anything to do with the files. Documents that
 *   cannot be ingested are told there as well; they are not the watcher's fault, and it is in order.
 */
import { existsSync } from "node:fs";
import { createEmbedder, type Embedder } from "../../embedding/index.ts";
import { type InferenceBackend, SharedBackend } from "../../embedding/inference/index.ts";
import type { RemoteCache } from "../../embedding/remote/index.ts";
import { countPending, openGraphToReadIfPresent } from "../../graph/index.ts";
import { discover } from "../../ingest/discovery/index.ts";
import { findDrift, type IngestReport, loadIngest, loadPendingVectors } from "../../ingest/index.ts";
import { type Model, type Project, requireModel } from "../../project/index.ts";
import { messageOf } from "../../system/index.ts";
import type { ServiceLog } from "../log.ts";
import type { OwnHealth, RunningBody } from "../run.ts";
import { Debouncer } from "./debouncer.ts";
import { SourceFollower } from "./follower.ts";

const [{ ingest }, { computePending }] = await Promise.all([loadIngest(), loadPendingVectors()]);

export interface WatcherOptions {
  readonly project: Project;
  readonly log: ServiceLog;
  /** Ends the service. */
  readonly stop: (reason: string) => void;
  /** Reads the settings again. Throws where they are no longer valid. */
  readonly loadProject: () => Promise<Project>;
  /** Runs the work while holding the maintenance lock, for which it waits as long as it takes. */
  readonly withLock: <T>(project: Project, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /** Starts what computes vectors for a model. */
  readonly startBackend: (project: Project, model: Model) => Promise<InferenceBackend>;
  /** The remote vector cache of a batch, where there is one. */
  readonly openRemote?: (project: Project, signal: AbortSignal) => Promise<RemoteCache | undefined>;
  /** Instead of `WATCHER_TIMES`. */
  readonly times?: WatcherTimes | undefined;
}

/** Constant change is brought in at least this often, in milliseconds; with a long debounce, every five of it. */
const LATEST_MS = 10_000;
const LATEST_DEBOUNCES = 5;
/** Chunks whose vectors are computed without the lock; of more, others are told how long they take. */
const FEW_VECTORS = 512;

/** How often the watcher does what it does by itself, in milliseconds. A day is tried in minutes with shorter ones. */
export interface WatcherTimes {
  /** A batch that failed is tried again after this long, and twice as long each time. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
  /** How often files and graph are compared without a notification, and where folders cannot be followed. */
  readonly compareEveryMs: number;
  readonly compareUnfollowedEveryMs: number;
  readonly compareTickMs: number;
  /** How often what notifications cannot tell is looked at. */
  readonly lookEveryMs: number;
}

const WATCHER_TIMES: WatcherTimes = {
  retryMs: 5_000,
  longestRetryMs: 5 * 60_000,
  compareEveryMs: 5 * 60_000,
  compareUnfollowedEveryMs: 10_000,
  compareTickMs: 1_000,
  lookEveryMs: 1_000,
};

export class Watcher implements RunningBody {
  readonly #options: WatcherOptions;
  readonly #timing: WatcherTimes;
  readonly #debouncer = new Debouncer();
  readonly #follower: SourceFollower;
  #project: Project;
  #backend: SharedBackend | undefined;
  #ready = false;
  #settingsChanged = false;
  #lastError: OwnHealth["lastError"] = null;
  #failures = 0;
  /** Documents that the last batch could not ingest. */
  #failedDocuments = 0;
  #batches = 0;
  #lastBatchAt: string | null = null;
  #documents: number | null = null;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#project = options.project;
    this.#timing = options.times ?? WATCHER_TIMES;
    this.#follower = new SourceFollower(options.project, this.#timing.lookEveryMs, {
      onChange: () => this.#debouncer.mark(),
      onSettings: () => {
        this.#settingsChanged = true;
        this.#debouncer.mark();
      },
      onTrouble: (message) => options.log.write(message),
    });
  }

  health(): OwnHealth {
    const status = this.#failures > 0 ? "degraded" : this.#ready ? "ok" : "starting";
    const details = {
      batches: this.#batches,
      lastBatchAt: this.#lastBatchAt,
      documents: this.#documents,
      failedDocuments: this.#failedDocuments,
      folders: this.#follower.folders,
      note: this.#following(),
    };
    return { status, ready: this.#ready, lastError: this.#lastError, details };
  }

  #following(): string | null {
    const { obstacle } = this.#follower;
    if (obstacle === undefined) return null;
    return `files and graph are compared every ${this.#timing.compareUnfollowedEveryMs / 1000} s, since ${obstacle}`;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#follower.start();
      await this.#batch(signal);
      using _ = this.#comparing();
      for (;;) {
        await this.#debouncer.wait(() => this.#times(), signal);
        if (signal.aborted) return;
        await this.#batch(signal);
      }
    } finally {
      this.#ready = false;
      await this.#follower[Symbol.asyncDispose]();
      await this.#backend?.[Symbol.asyncDispose]();
    }
  }

  #times() {
    const quietMs = this.#project.settings.watch.debounceMs;
    return { quietMs, latestMs: Math.max(LATEST_MS, LATEST_DEBOUNCES * quietMs) };
  }

  async #batch(signal: AbortSignal): Promise<void> {
    this.#debouncer.clear();
    const { paths } = this.#project;
    if (signal.aborted || !existsSync(paths.runtime)) return;
    try {
      if (this.#failures > 0) await this.#follower.renew();
      else await this.#follower.settle();
      if (this.#settingsChanged) await this.#reload();
      if (!this.#project.settings.watch.enabled)
        return this.#options.stop("the settings switch the watcher off");
      const started = performance.now();
      const report = await this.#locked(signal, () => {
        // Whatever was marked while another process held the lock is seen by this ingest.
        this.#debouncer.clear();
        return this.#ingest("later", signal);
      });
      await this.#computeVectors(signal);
      this.#succeed(report, Math.round(performance.now() - started));
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  async #reload(): Promise<void> {
    const project = await this.#options.loadProject();
    this.#settingsChanged = false;
    if (project.settings.model !== this.#project.settings.model) {
      await this.#backend?.[Symbol.asyncDispose]();
      this.#backend = undefined;
    }
    this.#project = project;
    await this.#follower.use(project);
    this.#options.log.write("the settings were read again");
  }

  /** What the batch has left pending, and whatever else is. */
  async #computeVectors(signal: AbortSignal): Promise<void> {
    const { paths } = this.#project;
    const waiting = (): number => {
      using db = openGraphToReadIfPresent(paths.database)?.db;
      return db === undefined ? 0 : countPending(db).chunks;
    };
    if (waiting() === 0) return;
    await this.#withEmbedder(signal, async (embedder) => {
      const withLock = (write: () => Promise<void>) => this.#locked(signal, write);
      await computePending(paths.database, { embedder, atMost: FEW_VECTORS, signal, withLock });
    });
    if (waiting() > 0) await this.#locked(signal, () => this.#ingest("all", signal));
  }

  /**
   * Runs `work` with the lock. A project that was moved away meanwhile would be made again at its old place by whoever
   * takes the lock there, so nobody takes it; the service is about to end.
   */
  async #locked<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const project = this.#project;
    requireRuntime(project);
    return await this.#options.withLock(project, signal, () => {
      requireRuntime(project);
      return work();
    });
  }

  #ingest(vectors: "all" | "later", signal: AbortSignal): Promise<IngestReport> {
    const options = { mode: "incremental", allowEmpty: false, dryRun: false, signal, vectors } as const;
    return this.#withEmbedder(signal, (embedder) => ingest({ project: this.#project, embedder, ...options }));
  }

  async #withEmbedder<T>(signal: AbortSignal, work: (embedder: Embedder) => Promise<T>): Promise<T> {
    const project = this.#project;
    requireRuntime(project);
    const model = requireModel(project.settings.model);
    this.#backend ??= new SharedBackend(() => this.#options.startBackend(project, model));
    const shared = this.#backend;
    await using embedder = createEmbedder({
      model,
      cachePath: project.paths.vectorCache,
      modelsDirectory: project.paths.models,
      limits: project.settings.cache,
      recordAs: "watcher",
      onWarning: (message) => this.#options.log.write(message),
      startBackend: async () => shared.lend(),
      remote: await this.#options.openRemote?.(project, signal),
    });
    return await work(embedder);
  }

  #succeed(report: IngestReport, durationMs: number): void {
    const { found, added, changed, removed, failed } = report.documents;
    this.#follower.graphIsCurrent();
    this.#batches++;
    this.#failures = 0;
    this.#lastBatchAt = new Date().toISOString();
    this.#documents = found;
    this.#failedDocuments = failed.length;
    if (!this.#ready)
      this.#options.log.write(
        `ready, following ${this.#follower.folders} ${this.#follower.folders === 1 ? "folder" : "folders"}`,
      );
    this.#ready = true;
    const named = failed.map(({ path, error }) => `${path}: ${error}`);
    if (added + changed + removed > 0 || this.#lastError !== null) {
      const counts = `${added} added, ${changed} changed, ${removed} removed, ${failed.length} failed`;
      this.#options.log.write(`batch ${this.#batches}: ${counts}, ${durationMs} ms`);
    }
    for (const { path, documents } of report.otherTrees)
      this.#options.log.write(
        `${path} is a git repository or worktree of its own: its documents have left the graph (${documents})`,
      );
    this.#note(
      named.length === 0
        ? null
        : `${named.length} ${named.length === 1 ? "document" : "documents"} ` +
            `could not be ingested (${named.slice(0, 3).join("; ")})`,
    );
  }

  #fail(error: unknown): void {
    this.#note(messageOf(error));
    const { retryMs, longestRetryMs } = this.#timing;
    const delay = Math.min(longestRetryMs, retryMs * 2 ** this.#failures);
    this.#failures++;
    setTimeout(() => this.#debouncer.mark(), delay).unref();
  }

  /** The same trouble is written to the log once, however often it is met. */
  #note(message: string | null): void {
    if (message !== null && message !== this.#lastError?.message) this.#options.log.write(message);
    if (message === null) this.#lastError = null;
    else if (message !== this.#lastError?.message)
      this.#lastError = { message, at: new Date().toISOString() };
  }

  /** Notifications can be lost, and some file systems send none: now and then files and graph are compared. */
  #comparing(): Disposable {
    const { compareEveryMs, compareUnfollowedEveryMs, compareTickMs } = this.#timing;
    let compared = performance.now();
    let renewed = compared;
    const timer = setInterval(() => {
      const now = performance.now();
      const unfollowed = this.#follower.obstacle !== undefined;
      if (unfollowed && now - renewed >= compareEveryMs) {
        // What was lacking may be there by now.
        renewed = now;
        void this.#follower.renew();
      }
      const every = unfollowed ? compareUnfollowedEveryMs : compareEveryMs;
      if (now - compared < every || this.#debouncer.isMarked) return;
      compared = now;
      if (this.#hasDrifted()) this.#debouncer.mark();
    }, compareTickMs);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  #hasDrifted(): boolean {
    try {
      const { root, settings, paths } = this.#project;
      const discovery = discover({
        root,
        sources: settings.sources,
        excludePatterns: settings.excludePatterns,
      });
      using db = openGraphToReadIfPresent(paths.database)?.db;
      const { added, changed, removed, failed } = findDrift(this.#project, discovery, db);
      const failing = discovery.failed.length + failed.length;
      const waiting = db === undefined ? 0 : countPending(db).chunks;
      return added + changed + removed + waiting > 0 || failing !== this.#failedDocuments;
    } catch {
      return true;
    }
  }
}

/** Throws where the project has gone from its place, or has been reset. */
function requireRuntime({ paths }: Project): void {
  if (!existsSync(paths.runtime)) throw new Error(`${paths.runtime} is gone`);
}

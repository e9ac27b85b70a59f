/**
 * All that the tools and resources of one project need, for as long as somebody asks: the graph, the embedder, the
 * check of the files before an answer.
 *
 * Nothing heavier than the protocol itself is loaded before it is asked for.
 */

import { type Embedder, WarmEmbedder } from "../embedding/index.ts";
import type { IngestReport } from "../ingest/index.ts";
import { loadPendingVectors } from "../ingest/index.ts";
import {
  type GraphReader,
  type GuardOptions,
  loadGuard,
  loadSearch,
  type Walks,
} from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { takeMaintenanceLock } from "../project/lock/index.ts";
import { settledWithin } from "../system/index.ts";
import type { HealthReport } from "./health-report.ts";
import { OtherProjects, type ProjectsUse } from "./other-projects.ts";
import { MOST_IN_BACKGROUND, type ToolContext } from "./tool.ts";
import { WarmGraph } from "./warm-graph.ts";

/*
 * Vectors that an answer's refresh has left pending, computed while nobody waits.
 *
 * Only a few at a time, and without a lock until they are only to be written: a graph that waits for thousands is for
 * `amalfa init`. Whatever goes wrong, they stay pending, are counted, and the next ingest computes them.
 */

/**
 * Changes come in bursts. It is counted from the first of them: counted from the last call, an agent that asked again
 * and again whether the vectors were there kept them from being computed.
 */
const BURST_MS = 1_000;
class BackgroundVectors implements Disposable {
  readonly #project: Project;
  readonly #embedder: WarmEmbedder;
  #timer: Timer | undefined;
  #isAtWork = false;
  #isOver = false;

  constructor(project: Project, embedder: WarmEmbedder) {
    this.#project = project;
    this.#embedder = embedder;
  }

  soon(): void {
    if (this.#isOver || this.#isAtWork || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#compute(), BURST_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #compute(): Promise<void> {
    this.#timer = undefined;
    if (this.#isOver) return;
    this.#isAtWork = true;
    try {
      const { paths } = this.#project;
      const { computePending } = await loadPendingVectors();
      const withLock = async (write: () => Promise<void>): Promise<void> => {
        using _ = await takeMaintenanceLock(paths, { command: "serve", waitSeconds: 1 });
        await write();
      };
      await this.#embedder.use((embedder) =>
        computePending(paths.database, { embedder, atMost: MOST_IN_BACKGROUND, withLock }),
      );
    } catch {
      // They stay pending, as every answer says.
    } finally {
      this.#isAtWork = false;
    }
  }
}

export interface ContextOptions {
  readonly project: Project;
  /** Opens the embedder at the first query that needs one: of a model by its id, or of the configured one. */
  readonly openEmbedder: (modelId?: string) => Promise<Embedder>;
  /** Runs `work` with an embedder of the vector daemon, or answers undefined where none runs. */
  readonly withDaemon: NonNullable<GuardOptions["withWarm"]>;
  /** Where other processes answer for the project as well. */
  readonly walks?: Walks | undefined;
  /** Whether a few documents that have changed are brought in before an answer. */
  readonly refresh: boolean;
  /** Diagnoses the project, changing nothing. */
  readonly health: () => Promise<HealthReport>;
  /** Brings the graph up to date with all files. */
  readonly ingest: () => Promise<IngestReport>;
  /** Whether notes may be written. */
  readonly allowWrite: boolean;
  /** The other projects that may be asked about; none by default. */
  readonly projects?: ProjectsUse | undefined;
}

/** An idle server holds no model in memory. */
const IDLE_MS = 5 * 60_000;
/**
 * A worker that ends in the middle of inference takes the process with it, so it is waited for; a machine that is
 * busy takes seconds to load a model.
 */
const RELEASE_WITHIN_MS = 10_000;

export interface OpenContext extends AsyncDisposable {
  readonly context: ToolContext;
  /** Told that somebody is about to ask: gets ready for a search meanwhile, once, where the graph has vectors. */
  readonly expectSearches: () => void;
  /** The same but for the model, which somebody else has, for as long as nobody asks. */
  readonly rehearse: (isIdle: () => boolean) => Promise<void>;
}

export async function openContext(options: ContextOptions): Promise<OpenContext> {
  const { project } = options;
  const { FreshnessGuard } = await loadGuard();
  const graph = new WarmGraph(project);
  const embedder = new WarmEmbedder(project.settings.model, options.openEmbedder, IDLE_MS);
  const use = <T>(work: (reader: GraphReader) => T): T => graph.use(work);
  const guard = new FreshnessGuard({
    project,
    refresh: options.refresh,
    use,
    openEmbedder: () => options.openEmbedder(),
    withWarm: async (work) => (await embedder.useWarm(work)) ?? options.withDaemon(work),
    sharing:
      options.walks === undefined
        ? undefined
        : { walks: options.walks, stateOf: (reader) => graph.stateOf(reader) },
  });
  const vectors = new BackgroundVectors(project, embedder);
  const others = options.projects === undefined ? undefined : new OtherProjects(options.projects);
  const context: ToolContext = {
    project,
    graph,
    fresh: { guard, use },
    embedder,
    health: options.health,
    ingest: options.ingest,
    allowWrite: options.allowWrite,
    projects: others,
    onPending: () => vectors.soon(),
  };
  let isExpecting = false;
  return {
    context,
    expectSearches: () => {
      if (isExpecting) return;
      isExpecting = true;
      // What is wrong is told to whoever searches.
      setTimeout(() => {
        for (const part of [loadModel(context), rehearse(context, guard, () => true)]) part.catch(() => {});
      }, 0);
    },
    rehearse: (isIdle) => rehearse(context, guard, isIdle),
    [Symbol.asyncDispose]: async () => {
      vectors[Symbol.dispose]();
      await others?.[Symbol.asyncDispose]();
      await settledWithin(embedder[Symbol.asyncDispose](), RELEASE_WITHIN_MS);
      graph[Symbol.dispose]();
    },
  };
}

/** A search takes twice the time in a process that has made none: what is to be compiled is found out by doing it. */
const REHEARSALS = 3;

/** The model that made the vectors, where the graph has any. */
function madeBy({ graph }: ToolContext): string | undefined {
  return graph.glance((reader) =>
    reader.db.query("SELECT 1 FROM vectors LIMIT 1").get() === null ? undefined : reader.madeBy,
  );
}

/** In a thread of its own. */
async function loadModel(context: ToolContext): Promise<void> {
  const model = madeBy(context);
  if (model === undefined) return;
  await context.embedder.use(async (opened) => {
    if (opened.model.id === model) await opened.warm();
  });
}

/** Goes through what a search does. */
async function rehearse(
  context: ToolContext,
  guard: { lookAhead(): Promise<void> },
  isIdle: () => boolean,
): Promise<void> {
  if (madeBy(context) === undefined) return;
  const { rehearseSearch } = await loadSearch();
  await guard.lookAhead();
  for (let at = 0; at < REHEARSALS; at++) {
    // Whoever asks meanwhile comes first.
    await new Promise((resolve) => setImmediate(resolve));
    if (!isIdle()) return;
    context.graph.glance((reader) => rehearseSearch(context.project, reader, at / REHEARSALS));
  }
}

/**
 * What the program is made of: the one place that knows which implementations there are and puts them together, for
 * the commands, the services, the server and the library alike. Each function loads what it needs when it is called.
 */
import packageJson from "../package.json" with { type: "json" };
import type { Embedder } from "./embedding/index.ts";
import type { InferenceBackend } from "./embedding/inference/index.ts";
import type { RemoteCache } from "./embedding/remote/index.ts";
import { loadIngest, queryText } from "./ingest/index.ts";
import {
  type FreshGraph,
  type GraphReader,
  type GuardOptions,
  type JudgedGraph,
  loadGraphReader,
  loadGuard,
} from "./knowledge/index.ts";
import { type DoctorReport, loadDoctor } from "./maintenance/doctor/index.ts";
import { loadQuarantine } from "./maintenance/index.ts";
import {
  findModel,
  findModelById,
  MODELS,
  type Model,
  type Project,
  type ProjectPaths,
  remoteOf,
  requireModel,
} from "./project/index.ts";
import { loadBackend, loadDaemon, MAX_BODY_BYTES, vectorPort } from "./services/vector-daemon/index.ts";
import type { WatcherTimes } from "./services/watcher/index.ts";

const VERSION: string = packageJson.version;

export type OnWarning = (message: string) => void;

export interface EmbedderUse {
  readonly onWarning: OnWarning;
  readonly refresh?: "reuse" | "recompute";
  /** Inference workers at most; one is enough for queries, which are one text each. */
  readonly workers?: number | undefined;
  /**
   * The command that ingests with it, under the maintenance lock: its hits are noted, and a damaged cache makes room
   * for a new one.
   */
  readonly ingest?: "init" | "rebuild";
  /** That of the command: ends waiting for a remote cache. */
  readonly signal?: AbortSignal | undefined;
  /** Nothing is to be changed, neither here nor in a remote cache. */
  readonly dryRun?: boolean;
  /** The id of the model that is wanted instead of the configured one, as far as it is on this machine. */
  readonly modelId?: string | undefined;
  /** What computes vectors, where it is not this process or the vector daemon. */
  readonly backend?: (model: Model) => InferenceBackend;
}

/**
 * The embedder of a project; whoever asks closes it. Throws `config.invalid` where the settings name no model there
 * is.
 */
export async function openEmbedder(project: Project, use: EmbedderUse): Promise<Embedder> {
  const { onWarning, workers, modelId } = use;
  const wanted = modelId === undefined ? undefined : findModelById(modelId);
  const model = wanted ?? requireModel(project.settings.model);
  const [{ createEmbedder }, { quarantineVectorCache }] = await Promise.all([
    import("./embedding/index.ts"),
    loadQuarantine(),
  ]);
  return createEmbedder({
    model,
    cachePath: project.paths.vectorCache,
    modelsDirectory: project.paths.models,
    refresh: use.refresh,
    workers,
    limits: project.settings.cache,
    recordAs: use.ingest,
    moveAside: use.ingest === undefined ? undefined : (path) => quarantineVectorCache(project.paths, path),
    remote: use.ingest === undefined ? undefined : await openRemote(project, { ...use, onNotice: onWarning }),
    onWarning,
    startBackend: async () =>
      use.backend?.(model) ?? startBackend(project.paths, model, { workers, onWarning }),
  });
}

type RemoteUse = Pick<EmbedderUse, "onWarning" | "signal" | "dryRun"> & { readonly onNotice: OnWarning };

/**
 * The remote vector cache of a project, where there is one; nothing of it is loaded where there is none. Only ingests
 * use it: what is asked in a search goes nowhere, and no answer waits for another machine.
 */
async function openRemote(
  project: Project,
  { onWarning, onNotice, signal, dryRun = false }: RemoteUse,
): Promise<RemoteCache | undefined> {
  const decision = await remoteOf(project);
  if (decision.kind === "none") return undefined;
  if (decision.kind !== "use") {
    onWarning(decision.message);
    return undefined;
  }
  const { use } = decision;
  const { vectorCache: cachePath } = project.paths;
  const model = requireModel(project.settings.model);
  const remotes = await (await import("./embedding/remote/index.ts")).loadRemote();
  const { ChunkKeys } = await import("./graph/index.ts");
  const ownKeys = () => new ChunkKeys(project.paths.database);
  const { maxBytes } = project.settings.cache;
  const about = { use, model, onWarning, onNotice, signal, cachePath };
  return remotes.openRemote({ ...about, ownKeys, dryRun, maxBytes });
}

/** A remote that was at fault is left alone for this long by whoever asks again and again, in milliseconds. */
const FAULT_RESTS_MS = 5 * 60_000;

type OpenRemote = (project: Project, signal: AbortSignal) => Promise<RemoteCache | undefined>;

/** The same for many ingests, one after the other: what is wrong is said once, and not waited for each time. */
function remoteOfBatches(write: OnWarning): OpenRemote {
  let restsUntil = 0;
  let said = "";
  return async (project, signal) => {
    if (performance.now() < restsUntil) return undefined;
    return await openRemote(project, {
      signal,
      onNotice: write,
      onWarning: (message) => {
        if (message !== said) write(message);
        said = message;
        restsUntil = performance.now() + FAULT_RESTS_MS;
      },
    });
  };
}

/** What computes vectors: the project's vector daemon where it runs, else workers of this process. */
async function startBackend(
  paths: ProjectPaths,
  model: Model,
  use: Pick<EmbedderUse, "workers" | "onWarning">,
): Promise<InferenceBackend> {
  const { startBackendFor } = await loadBackend();
  return startBackendFor({ paths, model, ...use });
}

/** Workers of this process, whatever else there is. `only`: they are for who writes nothing, not even elsewhere. */
export async function startWorkers(
  { paths }: Pick<Project, "paths">,
  model: Model,
  only?: "looking",
): Promise<InferenceBackend> {
  const { startWorkerPool } = await import("./embedding/inference/index.ts");
  return startWorkerPool({ model, modelsDirectory: paths.models, verification: only });
}

/** A reading connection to the graph; whoever asks disposes of it. Throws `database.missing` and so on. */
export async function openGraphReader(project: Project): Promise<GraphReader> {
  const { GraphReader } = await loadGraphReader();
  return new GraphReader(project);
}

/** Runs `work` with an embedder whose model is in memory already; undefined where there is none. */
export type WithWarmEmbedder = NonNullable<GuardOptions["withWarm"]>;

export interface FreshGraphUse {
  readonly onWarning: OnWarning;
  /** Whether what has changed is brought in before an answer, as far as that is quick. The settings may forbid it. */
  readonly refresh: boolean;
  /** Where this process may have a model in memory. */
  readonly withWarm?: WithWarmEmbedder;
}

/** The graph as questions are put to it: brought up to date first, and with a word about what the answer is worth. */
export async function openFreshGraphReader(
  project: Project,
  reader: GraphReader,
  { onWarning, refresh, withWarm }: FreshGraphUse,
): Promise<FreshGraph> {
  const { FreshnessGuard } = await loadGuard();
  const use = <T>(work: (reader: GraphReader) => T): T => reader.use(work);
  const guard = new FreshnessGuard({
    project,
    refresh: refresh && project.settings.search.refresh,
    use,
    openEmbedder: () => openEmbedder(project, { workers: 1, onWarning }),
    withWarm: async (work) => (await withWarm?.(work)) ?? withDaemon(project, work),
  });
  return { guard, use };
}

/**
 * Beside this process's own, the one model that may be warm is that of the vector daemon; none is loaded here where
 * it fails.
 */
export async function withDaemon<T>(
  project: Project,
  work: (embedder: Embedder) => Promise<T>,
): Promise<T | undefined> {
  const model = findModel(project.settings.model);
  if (model === undefined) return undefined;
  const { findVectorDaemon, startDaemonBackend } = await loadBackend();
  if ((await findVectorDaemon(project.paths, model)).kind !== "found") return undefined;
  const { createEmbedder } = await import("./embedding/index.ts");
  await using embedder = createEmbedder({
    model,
    cachePath: project.paths.vectorCache,
    modelsDirectory: project.paths.models,
    limits: project.settings.cache,
    onWarning: () => {},
    startBackend: () =>
      startDaemonBackend({
        paths: project.paths,
        model,
        onWarning: () => {},
        startLocal: () => Promise.reject(new Error("the vector daemon has gone")),
      }),
  });
  return await work(embedder);
}

/**
 * A graph of the project's files by other settings, in a folder of its own that is gone when it is disposed of. What
 * it has to embed is in the project's vector cache afterwards. Throws `config.*`, and what an ingest throws.
 */
export async function openOtherGraph(
  project: Project,
  settingsFile: string,
  { onWarning, signal }: { readonly onWarning: OnWarning; readonly signal?: AbortSignal | undefined },
): Promise<JudgedGraph & AsyncDisposable> {
  const [{ loadProject }, { ingest }, { ScratchFolder }, { join }] = await Promise.all([
    import("./project/index.ts"),
    loadIngest(),
    import("./sqlite/index.ts"),
    import("node:path"),
  ]);
  const { root, remoteCache } = project;
  const loaded = await loadProject({ root, cwd: root, settingsFile, models: MODELS, remoteCache });
  const closing = new AsyncDisposableStack();
  try {
    const folder = closing.use(new ScratchFolder("amalfa-eval-"));
    const other = { ...loaded, paths: { ...project.paths, database: join(folder.path, "graph.db") } };
    const embedder = closing.use(await openEmbedder(other, { onWarning }));
    const options = {
      project: other,
      embedder,
      mode: "incremental",
      allowEmpty: true,
      dryRun: false,
    } as const;
    await ingest({ ...options, ...(signal === undefined ? {} : { signal }) });
    const reader = closing.use(await openGraphReader(other));
    const graph = await openFreshGraphReader(other, reader, { refresh: false, onWarning });
    return Object.assign(judgedGraph(other, graph, embedder), {
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    });
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

/** A graph as an evaluation asks it. */
export function judgedGraph(project: Project, graph: FreshGraph, embedder: Embedder): JudgedGraph {
  return {
    project,
    graph,
    model: embedder.model.id,
    embed: (queries, signal) =>
      embedder.embedMany(
        queries.map((query) => queryText(query, embedder.model)),
        { signal },
      ),
  };
}

/** A diagnosis that changes nothing, for whoever asks a server: that computes what waits for its vector. */
export async function examine(root: string, remoteCache?: Project["remoteCache"]): Promise<DoctorReport> {
  const { runDoctor } = await loadDoctor();
  return runDoctor({ root, cwd: root, mode: "look", deep: false, remoteCache, waiting: "fine" });
}

export interface ServiceUse {
  /** Ends the service when it is aborted. */
  readonly signal: AbortSignal;
}

export interface WatcherUse extends ServiceUse {
  /** Reads the settings again, after they have changed. */
  readonly reload: () => Promise<Project>;
  /** Instead of the usual ones. */
  readonly times?: WatcherTimes;
}

/** The longest wait that a timer can express; a batch of the watcher waits for the lock as long as it takes. */
const FOREVER_SECONDS = Number.MAX_SAFE_INTEGER;

/** Runs the watcher in this process, until it is told to end. */
export async function runWatcher(project: Project, { signal, reload, times }: WatcherUse): Promise<void> {
  const [{ runService }, { Watcher }, { withMaintenanceLock }] = await Promise.all([
    loadRun(),
    import("./services/watcher/index.ts"),
    import("./project/lock/index.ts"),
  ]);
  await runService({
    paths: project.paths,
    service: "watcher",
    version: VERSION,
    model: null,
    signal,
    create: ({ log, stop }) =>
      new Watcher({
        project,
        log,
        stop,
        times,
        loadProject: reload,
        withLock: ({ paths }, aborted, work) =>
          withMaintenanceLock(
            paths,
            { command: "watcher", waitSeconds: FOREVER_SECONDS, signal: aborted },
            work,
          ),
        startBackend: ({ paths }, model) =>
          startBackend(paths, model, { onWarning: (message) => log.write(message) }),
        openRemote: remoteOfBatches((message) => log.write(message)),
      }),
  });
}

/** Runs the vector daemon in this process, until it is told to end. */
export async function runVectorDaemon(project: Project, { signal }: ServiceUse): Promise<void> {
  const [{ runService }, { VectorDaemon }] = await Promise.all([loadRun(), loadDaemon()]);
  const model = requireModel(project.settings.model);
  await runService({
    paths: project.paths,
    service: "vector",
    version: VERSION,
    model: model.id,
    preferredPort: vectorPort(process.env),
    maxBodyBytes: MAX_BODY_BYTES,
    signal,
    create: ({ log }) => new VectorDaemon({ model, log, startBackend: () => startWorkers(project, model) }),
  });
}

async function loadRun() {
  return (await import("./services/index.ts")).loadRun();
}

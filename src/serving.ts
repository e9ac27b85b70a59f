/**
 * Serving projects to agents: what stdin and stdout, the server over HTTP and its read workers are made of. Each
 * function loads what it needs when it is called, as in `composition.ts`, which it stands on.
 */
import type { Socket } from "node:net";
import packageJson from "../package.json" with { type: "json" };
import {
  type EmbedderUse,
  examine,
  type OnWarning,
  openEmbedder,
  type ServiceUse,
  withDaemon,
} from "./composition.ts";
import type { Embedder } from "./embedding/index.ts";
import type { InferenceBackend, SharedBackend } from "./embedding/inference/index.ts";
import type { IngestReport } from "./ingest/index.ts";
import { loadInit } from "./maintenance/index.ts";
import { type HttpOptions, type LocalToken, loadHttpServer, loadReadWorker } from "./mcp/http/index.ts";
import { type BridgeStreams, loadBridge, loadContext, loadServer } from "./mcp/index.ts";
import {
  DEFAULT_LOCK_WAIT_SECONDS,
  findModel,
  findModelById,
  loadRegistry,
  MODELS,
  type Model,
  type Project,
  projectPaths,
} from "./project/index.ts";
import { loadDaemon } from "./services/vector-daemon/index.ts";
import { messageOf, settledWithin } from "./system/index.ts";

const VERSION: string = packageJson.version;

export interface ServeUse extends ServiceUse {
  readonly onWarning: OnWarning;
  /** Whether what has changed is brought in before an answer; the settings may forbid it. */
  readonly refresh: boolean;
  /** Whether notes may be written (I1). */
  readonly allowWrite: boolean;
}

/** What computes vectors; undefined for a model in a worker of this process. */
type Backend = EmbedderUse["backend"] | undefined;

/** Serves a project to agents on stdin and stdout, until the client has gone. */
export async function serveProject(
  project: Project,
  use: ServeUse & { readonly alone: boolean },
): Promise<void> {
  const { signal, onWarning } = use;
  // A server that runs already has its own settings; whoever asks for others is served here.
  const isListOff = (await loadRegistry()).isRegistryOff();
  const hasUsualTerms = use.refresh && !use.allowWrite && project.remoteCache !== "off" && !isListOff;
  const isUsual = !use.alone && hasUsualTerms;
  const connection = isUsual ? await connectionToServer(project) : undefined;
  using registration = await registerServer(project, onWarning);
  const streams = connection === undefined ? undefined : await throughBridge(connection, signal);
  if (streams === "over") return;
  const { serve } = await loadServer();
  const own = streams === undefined ? {} : { streams };
  const projects = isListOff ? undefined : await otherProjects(project, use);
  await serve({ ...contextOf(project, use), ...own, projects, registration, signal, onWarning });
}

async function connectionToServer({ root }: Project): Promise<Socket | undefined> {
  const { connectToServer, localPlace } = await loadBridge();
  return connectToServer(localPlace(VERSION), root);
}

/** @returns the streams on which to go on alone, where the server has ended before the client */
async function throughBridge(connection: Socket, signal: AbortSignal): Promise<BridgeStreams | "over"> {
  const { bridge } = await loadBridge();
  const stopped = new Promise<"over">((resolve) => {
    if (signal.aborted) resolve("over");
    else signal.addEventListener("abort", () => resolve("over"), { once: true });
  });
  const bridged = bridge(connection, { input: process.stdin, output: process.stdout });
  return (await Promise.race([bridged, stopped])) ?? "over";
}

/** A user's own server answers for all of their projects, and writes in none but its own. */
async function otherProjects({ remoteCache }: Project, use: ServeUse) {
  const [{ listProjects }, { loadProject }, { openContext }] = await Promise.all([
    loadRegistry(),
    import("./project/index.ts"),
    loadContext(),
  ]);
  return {
    list: async () => listProjects(),
    open: async (root: string) => {
      const project = await loadProject({ root, cwd: root, models: MODELS, remoteCache });
      return openContext(contextOf(project, { ...use, allowWrite: false }));
    },
  };
}

/** What the tools of a project need, whoever asks them. */
function contextOf(
  project: Project,
  { signal, onWarning, refresh, allowWrite, backend }: ServeUse & { readonly backend?: Backend },
) {
  return {
    project,
    openEmbedder: (modelId?: string) =>
      openEmbedder(project, {
        workers: 1,
        onWarning,
        modelId,
        ...(backend === undefined ? {} : { backend }),
      }),
    withDaemon: <T>(work: (embedder: Embedder) => Promise<T>) => withDaemon(project, work),
    refresh: refresh && project.settings.search.refresh,
    health: () => examine(project.root, project.remoteCache),
    ingest: () => ingestForAgents(project, { signal, onWarning }),
    allowWrite,
  };
}

export interface ServeHttpUse
  extends ServeUse,
    Pick<
      HttpOptions,
      "address" | "workers" | "tls" | "allowedHosts" | "allowedOrigins" | "token" | "startWorker" | "program"
    > {
  readonly onStarted: (started: { readonly url: string; readonly token: LocalToken | undefined }) => void;
}

/** Serves projects over HTTP, until it is told to end. */
export async function serveOverHttp(project: Project, use: ServeHttpUse): Promise<void> {
  const [{ serveHttp }, inference, { placeOfModel }, { VectorDaemon }] = await Promise.all([
    loadHttpServer(),
    import("./embedding/inference/index.ts"),
    import("./embedding/model/index.ts"),
    loadDaemon(),
  ]);
  // One model in memory for all projects that have it in the same place.
  const backends = new Map<string, SharedBackend>();
  const backendFor = (root: string, model: Model): InferenceBackend => {
    const modelsDirectory = projectPaths(root).models;
    const start = () => inference.startWorkerPool({ model, modelsDirectory, workers: 1 });
    const place = placeOfModel(model, modelsDirectory);
    const found = backends.get(place) ?? new inference.SharedBackend(start, MODEL_IDLE_MS);
    backends.set(place, found);
    return found.lend();
  };
  const model = findModel(project.settings.model);
  const daemon =
    model === undefined
      ? undefined
      : new VectorDaemon({
          model,
          log: { write: use.onWarning },
          startBackend: async () => backendFor(project.root, model),
        });
  try {
    await serveHttp({
      ...use,
      project,
      version: VERSION,
      model: model?.id ?? null,
      handleEmbed: (request, path) => daemon?.handle(request, path),
      embed: async ({ root, modelId: wanted, texts }) => {
        const model = findModelById(wanted);
        if (model === undefined) throw new Error(`the model ${wanted} is not on this machine`);
        const vectors: Float32Array[] = [];
        let modelId = "";
        await backendFor(root, model).embed({
          texts,
          onVector: (computed) => {
            vectors[computed.index] = computed.vector;
            modelId = computed.modelId;
          },
        });
        return { modelId, vectors };
      },
    });
  } finally {
    const ended = Promise.all([...backends.values()].map((backend) => backend[Symbol.asyncDispose]()));
    await settledWithin(ended, MODEL_RELEASE_WITHIN_MS);
  }
}

const MODEL_IDLE_MS = 5 * 60_000;
/** A worker that ends in the middle of inference takes the process with it. */
const MODEL_RELEASE_WITHIN_MS = 5_000;

/** Answers for a server over HTTP, until it lets go. */
export async function beReadWorker({
  onWarning,
  program,
}: Pick<ServeHttpUse, "onWarning" | "program">): Promise<void> {
  const [worker, { openContext }, { loadProject }, { listProjects }] = await Promise.all([
    loadReadWorker(),
    loadContext(),
    import("./project/index.ts"),
    loadRegistry(),
  ]);
  const ending = new AbortController();
  await worker.beReadWorker({
    program,
    listed: listProjects,
    open: async (root, { refresh, remoteCache }, backend, walks) => {
      const project = await loadProject({
        root,
        cwd: root,
        models: MODELS,
        remoteCache: remoteCache ? undefined : "off",
      });
      const use = { refresh, allowWrite: false, onWarning, signal: ending.signal };
      const context = contextOf(project, { ...use, backend: ({ id }: Model) => backend(root, id) });
      return openContext({ ...context, walks });
    },
  });
  ending.abort();
}

/** By the settings as they are now; whoever asks waits for the words, and not for thousands of vectors. */
async function ingestForAgents(
  { root, remoteCache }: Project,
  { signal, onWarning }: ServiceUse & Pick<EmbedderUse, "onWarning">,
): Promise<IngestReport> {
  const [{ loadProject }, { init }] = await Promise.all([import("./project/index.ts"), loadInit()]);
  const project = await loadProject({ root, cwd: root, models: MODELS, remoteCache });
  await using embedder = await openEmbedder(project, { onWarning, ingest: "init", workers: 1 });
  return await init({
    project,
    embedder,
    vectors: "few",
    dryRun: false,
    force: false,
    allowEmpty: false,
    waitSeconds: DEFAULT_LOCK_WAIT_SECONDS,
    signal,
    onProgress: () => {},
    onWait: () => {},
  });
}

/** Without a PID file others do not see this server, which is no reason not to serve. */
async function registerServer(project: Project, onWarning: OnWarning): Promise<Disposable> {
  try {
    const { registerService } = await import("./services/pid-files/index.ts");
    return registerService({ paths: project.paths, service: "mcp", version: VERSION });
  } catch (error) {
    onWarning(`no PID file was written: ${messageOf(error)}`);
    return { [Symbol.dispose]: () => {} };
  }
}

/**
 * The MCP server on stdin and stdout, from the first frame until the client has gone.
 *
 * stdout carries frames and nothing else (I10): whatever else in this process writes to it is sent to stderr. Nothing
 * heavier than the protocol itself is loaded before it is asked for; no other service is started.
 */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type Embedder, WarmEmbedder } from "../embedding/index.ts";
import type { IngestReport } from "../ingest/index.ts";
import { type GraphReader, type GuardOptions, loadGuard } from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { messageOf, sendStrayOutputToStderr } from "../system/index.ts";
import { BackgroundVectors } from "./background-vectors.ts";
import type { HealthReport } from "./health-report.ts";
import { createServer } from "./protocol.ts";
import { answersFrom } from "./server.ts";
import { StdioTransport } from "./stdio-transport.ts";
import { WarmGraph } from "./warm-graph.ts";

export interface ServeOptions {
  readonly project: Project;
  /** Opens the embedder at the first query that needs one: of a model by its id, or of the configured one. */
  readonly openEmbedder: (modelId?: string) => Promise<Embedder>;
  /** Runs `work` with an embedder of the vector daemon, or answers undefined where none runs. */
  readonly withDaemon: NonNullable<GuardOptions["withWarm"]>;
  /** Whether a few documents that have changed are brought in before an answer. */
  readonly refresh: boolean;
  /** Diagnoses the project, changing nothing. */
  readonly health: () => Promise<HealthReport>;
  /** Brings the graph up to date with all files. */
  readonly ingest: () => Promise<IngestReport>;
  /** Whether notes may be written. */
  readonly allowWrite: boolean;
  /**
   * What makes the server known to others; taken back as soon as the client has gone, before anything that may take
   * its time.
   */
  readonly registration: Disposable;
  /** Ends the server as a client that leaves does. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

/**
 * How long answers under way may take after the client has closed stdin, in milliseconds; a busy machine takes
 * seconds for a first query.
 */
const FINISH_WITHIN_MS = 10_000;
/** An idle server holds no model in memory. */
const IDLE_MS = 5 * 60_000;
/**
 * A worker that ends in the middle of inference takes the process with it, so it is waited for; a machine that is
 * busy takes seconds to load a model.
 */
const RELEASE_WITHIN_MS = 10_000;

/** Resolves when the client has gone or the signal is aborted, and what could be closed in time is. */
export async function serve(options: ServeOptions): Promise<void> {
  const { project, signal, onWarning } = options;
  const transport = new StdioTransport(process.stdin, process.stdout);
  sendStrayOutputToStderr();
  using graph = new WarmGraph(project);
  const embedder = new WarmEmbedder(project.settings.model, options.openEmbedder, IDLE_MS);
  const { FreshnessGuard } = await loadGuard();
  const use = <T>(work: (reader: GraphReader) => T): T => graph.use(work);
  const guard = new FreshnessGuard({
    project,
    refresh: options.refresh,
    use,
    openEmbedder: () => options.openEmbedder(),
    withWarm: async (work) => (await embedder.useWarm(work)) ?? options.withDaemon(work),
  });
  using vectors = new BackgroundVectors(project, embedder);
  const answers = answersFrom({
    project,
    graph,
    fresh: { guard, use },
    embedder,
    health: options.health,
    ingest: options.ingest,
    allowWrite: options.allowWrite,
    onPending: () => vectors.soon(),
  });
  const connection = serveStdio(() => createServer(answers), {
    transport,
    onerror: (error) => onWarning(messageOf(error)),
  });
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([transport.gone, stopped]);
  if (!signal.aborted) await Promise.race([transport.answered(FINISH_WITHIN_MS), stopped]);
  await connection.close();
  options.registration[Symbol.dispose]();
  await Promise.race([embedder[Symbol.asyncDispose](), Bun.sleep(RELEASE_WITHIN_MS)]);
}

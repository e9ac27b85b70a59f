/**
 * All that the tools and resources of one project need, for as long as somebody asks: the graph, the embedder, the
 * check of the files before an answer.
 *
 * Nothing heavier than the protocol itself is loaded before it is asked for.
 */
import { type Embedder, WarmEmbedder } from "../embedding/index.ts";
import type { IngestReport } from "../ingest/index.ts";
import { type GraphReader, type GuardOptions, loadGuard } from "../knowledge/index.ts";
import type { Project } from "../project/index.ts";
import { settledWithin } from "../system/index.ts";
import { BackgroundVectors } from "./background-vectors.ts";
import type { HealthReport } from "./health-report.ts";
import { OtherProjects, type ProjectsUse } from "./other-projects.ts";
import type { ToolContext } from "./tool.ts";
import { WarmGraph } from "./warm-graph.ts";

export interface ContextOptions {
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
  return {
    context,
    [Symbol.asyncDispose]: async () => {
      vectors[Symbol.dispose]();
      await others?.[Symbol.asyncDispose]();
      await settledWithin(embedder[Symbol.asyncDispose](), RELEASE_WITHIN_MS);
      graph[Symbol.dispose]();
    },
  };
}

/**
 * amalfa as a library: open a project, then search, read, explore, ingest and diagnose it. The command line is a
 * caller of this.
 *
 * ```ts
 * import { openProject } from "amalfa";
 *
 * await using notes = await openProject("/home/me/notes");
 * await notes.ingest();
 * const { results } = await notes.search("how did we decide about backups");
 * console.log(results[0]?.id, (await notes.read(results[0]!.id)).text);
 * ```
 *
 * Every method throws `AmalfaError`, which says what happened (`message`), what to do (`hint`), and under which name
 * (`code`).
 */
import {
  judgedGraph,
  openEmbedder,
  openFreshGraphReader,
  openGraphReader,
  openOtherGraph,
} from "./composition.ts";
import { WarmEmbedder } from "./embedding/index.ts";
import type { Filters, SearchMode, SearchResult } from "./graph/search/index.ts";
import type { IngestProgress, IngestReport } from "./ingest/index.ts";
import {
  DEFAULT_GAPS_LIMIT,
  DEFAULT_GAPS_THRESHOLD,
  DEFAULT_SEARCH_LIMIT,
  type DocumentText,
  type EvaluationReport,
  type EvaluationRequest,
  type ExploreReport,
  type FreshGraph,
  type GapsReport,
  type GraphReader,
  loadEvaluation,
  loadExplore,
  loadGaps,
  loadReading,
  loadSearch,
  loadTags,
  type SearchDocumentsReport,
  type TagsReport,
  type Told,
} from "./knowledge/index.ts";
import { type DoctorReport, loadDoctor } from "./maintenance/doctor/index.ts";
import { loadInit } from "./maintenance/index.ts";
import {
  DEFAULT_LOCK_WAIT_SECONDS,
  findProjectRoot,
  loadProject,
  MODELS,
  type Project,
} from "./project/index.ts";
import { AmalfaError } from "./system/index.ts";

export type {
  DoctorReport,
  DocumentText,
  EvaluationReport,
  EvaluationRequest,
  ExploreReport,
  Filters,
  GapsReport,
  IngestProgress,
  IngestReport,
  SearchDocumentsReport,
  SearchMode,
  SearchResult,
  TagsReport,
  Told,
};
export { AmalfaError };

export interface OpenProjectOptions {
  /**
   * Told what the user should know and need not act on, such as a vector cache that is at fault; by default nobody
   * is.
   */
  readonly onWarning?: (message: string) => void;
}

/** What several projects that are open at once may share. */
export interface SharedUse {
  /** Of the project's own model; whoever made it disposes of it. */
  readonly embedder?: WarmEmbedder;
}

export interface FreshOptions {
  /**
   * Bring in what has changed first, as far as that is quick; true by default. The answer's `freshness` says what it
   * is worth.
   */
  readonly refresh?: boolean;
}

export interface SearchOptions extends FreshOptions {
  /** By words and by meaning ("hybrid", the default), by words ("lexical") or by meaning ("semantic"). */
  readonly mode?: SearchMode;
  /** Documents at most, 1 to 1000; 10 by default. */
  readonly limit?: number;
  /** Whether each result says why it was found. */
  readonly explain?: boolean;
  /** Which documents it is about; all by default. */
  readonly filters?: Filters | undefined;
}

export interface ReadOptions extends FreshOptions {
  /** First and last line, counted from 1, both included; an open end is `Infinity`. */
  readonly lines?: readonly [number, number];
}

export interface ExploreOptions extends FreshOptions {
  /** Only links of this type, such as "link", "wikilink" or "depends_on". */
  readonly relation?: string;
}

export interface TagsOptions extends FreshOptions {
  /** Only tags that begin so, whatever their case. */
  readonly prefix?: string | undefined;
}

export interface GapsOptions extends FreshOptions {
  /** Pairs at most, 1 to 1000; 20 by default. */
  readonly limit?: number;
  /** The least cosine of a pair, 0 to 1; 0.6 by default. */
  readonly threshold?: number;
}

export interface IngestOptions {
  /** Say what would be done, write nothing. */
  readonly dryRun?: boolean;
  /** Read and chunk every file again, whatever its time and content. */
  readonly force?: boolean;
  /** Go on although a source is missing or most documents are gone. */
  readonly allowEmpty?: boolean;
  /** Seconds to wait for another process that changes the graph; 10 by default. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: IngestProgress) => void;
}

export interface DoctorOptions {
  /** Mend what can be mended without harm. */
  readonly fix?: boolean;
  /** Look at everything, a minute a check. */
  readonly deep?: boolean;
  /** Ids of the checks to run; all by default. */
  readonly checks?: readonly string[];
}

/**
 * An open project. Holds no connection between calls; the model stays in memory from the first query by meaning until
 * it is disposed of.
 */
export class OpenProject implements AsyncDisposable {
  /** Root, settings and paths. */
  readonly project: Project;
  readonly #onWarning: (message: string) => void;
  readonly #embedder: WarmEmbedder;
  readonly #isShared: boolean;

  constructor(project: Project, { onWarning = () => {}, embedder }: OpenProjectOptions & SharedUse = {}) {
    this.project = project;
    this.#onWarning = onWarning;
    this.#isShared = embedder !== undefined;
    this.#embedder = embedder ?? warmEmbedder(project, onWarning);
  }

  /**
   * Documents for a query, best first. Throws `search.*` for a request that cannot be, `database.missing` before the
   * first ingest.
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchDocumentsReport & Told> {
    const { mode = "hybrid", limit = DEFAULT_SEARCH_LIMIT, explain = false, filters } = options;
    const { searchDocuments } = await loadSearch();
    using reader = await openGraphReader(this.project);
    const graph = await this.#fresh(reader, options);
    return await searchDocuments(this.project, graph, (work, madeBy) => this.#embedder.use(work, madeBy), {
      query,
      mode,
      limit,
      explain,
      filters,
    });
  }

  /**
   * One document as its file stands. @param wanted its path, its id, an unambiguous ending of either, its title or an
   * alias
   */
  async read(wanted: string, options: ReadOptions = {}): Promise<DocumentText & Told> {
    const { readDocumentNow } = await loadReading();
    using reader = await openGraphReader(this.project);
    const graph = await this.#fresh(reader, options);
    return await readDocumentNow(this.project, graph, { wanted, range: options.lines });
  }

  /** What a document links to, what links to it, and which of its links lead nowhere. */
  async explore(wanted: string, options: ExploreOptions = {}): Promise<ExploreReport & Told> {
    const { exploreDocument } = await loadExplore();
    using reader = await openGraphReader(this.project);
    const graph = await this.#fresh(reader, options);
    return await exploreDocument(this.project, graph, { wanted, relation: options.relation });
  }

  /** The tags there are, the most used first, and how many documents have each. */
  async tags({ prefix, ...options }: TagsOptions = {}): Promise<TagsReport & Told> {
    const { listTags } = await loadTags();
    using reader = await openGraphReader(this.project);
    const graph = await this.#fresh(reader, options);
    return await listTags(graph, prefix);
  }

  /** Documents that are alike and not linked, what stands out first. Throws `gaps.*` for a request that cannot be. */
  async findGaps(options: GapsOptions = {}): Promise<GapsReport & Told> {
    const { findGapsNow } = await loadGaps();
    const { limit = DEFAULT_GAPS_LIMIT, threshold = DEFAULT_GAPS_THRESHOLD } = options;
    using reader = await openGraphReader(this.project);
    const graph = await this.#fresh(reader, options);
    return await findGapsNow(this.project, graph, { limit, threshold });
  }

  /**
   * How well the project is searched, by questions that it has the answers to or by a file of them. Throws `eval.*`
   * for files that are none, and what searching and, for other settings, an ingest throws.
   */
  async evaluate(options: EvaluationRequest & FreshOptions = {}): Promise<EvaluationReport & Told> {
    const { project } = this;
    const { evaluate } = await loadEvaluation();
    using reader = await openGraphReader(project);
    const { madeBy: modelId } = reader;
    await using embedder = await openEmbedder(project, { onWarning: this.#onWarning, modelId });
    const graph = await this.#fresh(reader, options);
    const use = { onWarning: this.#onWarning, signal: options.signal };
    return await evaluate(
      judgedGraph(project, graph, embedder),
      (settingsFile) => openOtherGraph(project, settingsFile, use),
      options,
    );
  }

  #fresh(reader: GraphReader, { refresh = true }: FreshOptions): Promise<FreshGraph> {
    return openFreshGraphReader(this.project, reader, {
      refresh,
      onWarning: this.#onWarning,
      withWarm: (work) => this.#embedder.useWarm(work),
    });
  }

  /** Brings the graph up to date with the files. Documents that failed are named in the report. */
  async ingest(options: IngestOptions = {}): Promise<IngestReport> {
    const { init } = await loadInit();
    await using embedder = await openEmbedder(this.project, {
      onWarning: this.#onWarning,
      ingest: "init",
      dryRun: options.dryRun === true,
    });
    return await init({
      project: this.project,
      embedder,
      dryRun: options.dryRun === true,
      force: options.force === true,
      allowEmpty: options.allowEmpty === true,
      waitSeconds: options.waitSeconds ?? DEFAULT_LOCK_WAIT_SECONDS,
      signal: options.signal ?? new AbortController().signal,
      onProgress: options.onProgress ?? (() => {}),
      onWait: () => {},
    });
  }

  /** What is wrong, and with `fix` what was mended. */
  async doctor({ fix, deep, checks }: DoctorOptions = {}): Promise<DoctorReport> {
    const { runDoctor } = await loadDoctor();
    const { root } = this.project;
    return runDoctor({
      root,
      cwd: root,
      mode: fix === true ? "repair" : "look",
      deep: deep === true,
      checks,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isShared) await this.#embedder[Symbol.asyncDispose]();
  }
}

/** The embedder of a project's model, for queries. */
export function warmEmbedder(project: Project, onWarning: (message: string) => void): WarmEmbedder {
  return new WarmEmbedder(project.settings.model, (modelId) =>
    openEmbedder(project, { workers: 1, onWarning, modelId }),
  );
}

/** Opens the project at `root`, or the nearest one above it. Throws `root.invalid` and `config.invalid`. */
export async function openProject(root: string, options: OpenProjectOptions = {}): Promise<OpenProject> {
  const found = findProjectRoot({ root: undefined, cwd: root });
  const project = await loadProject({ root: found, cwd: found, models: MODELS });
  for (const warning of project.warnings) options.onWarning?.(warning);
  return new OpenProject(project, options);
}

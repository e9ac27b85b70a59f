/** One search through all projects of a user, for the command line: each as it would be searched alone. */
import type { WarmEmbedder } from "./embedding/index.ts";
import { placeOfModel } from "./embedding/model/index.ts";
import { type NearWords, nearInAll } from "./graph/search/index.ts";
import {
  OpenProject,
  type SearchDocumentsReport,
  type SearchOptions,
  type SearchResult,
  type Told,
  warmEmbedder,
} from "./index.ts";
import { DEFAULT_SEARCH_LIMIT, loadAcrossProjects } from "./knowledge/index.ts";
import {
  findModel,
  loadProject,
  loadRegistry,
  MODELS,
  type Project,
  type RegisteredProject,
} from "./project/index.ts";
import { AmalfaError, messageOf } from "./system/index.ts";

export interface AllProjectsReport
  extends Pick<SearchDocumentsReport, "query" | "mode">,
    Pick<Told, "freshness"> {
  readonly results: readonly (SearchResult & { readonly project: string })[];
  /** Words that no project has, with those that are nearly the same. */
  readonly didYouMean?: readonly NearWords[];
  readonly excluded?: readonly string[];
  readonly projects: readonly (Pick<RegisteredProject, "name" | "root"> & Told)[];
  readonly failed: readonly (Pick<RegisteredProject, "name" | "root"> & {
    readonly error: { readonly code: string; readonly message: string };
  })[];
}

/**
 * The best of all projects, by how sure each is that it is what was asked for: scores compare within one graph only.
 * A project that cannot be searched is named, and the others are. Throws what a request does that cannot be.
 */
export async function searchAllProjects(
  query: string,
  options: SearchOptions,
  onWarning: (message: string) => void,
): Promise<AllProjectsReport> {
  const { listProjects } = await loadRegistry();
  const { mode = "hybrid", limit = DEFAULT_SEARCH_LIMIT } = options;
  await using shared = new SharedEmbedders(onWarning);
  const searched: (RegisteredProject & { readonly report: SearchDocumentsReport & Told })[] = [];
  const failed: AllProjectsReport["failed"][number][] = [];
  // One after the other: the same model answers for all, and memory is not asked for twice.
  for (const project of listProjects()) {
    try {
      searched.push({ ...project, report: await searchOne(project, query, options, shared, onWarning) });
    } catch (error) {
      // What is wrong with the request is so in every project.
      if (error instanceof AmalfaError && error.code.startsWith("search.")) throw error;
      const code = error instanceof AmalfaError ? error.code : "internal";
      failed.push({ name: project.name, root: project.root, error: { code, message: messageOf(error) } });
    }
  }
  const { inOneOrder } = await loadAcrossProjects();
  const results = inOneOrder(
    searched.map(({ name, root, report }) => ({
      root,
      results: report.results.map((result) => ({ project: name, ...result })),
    })),
  ).slice(0, limit);
  const projects = searched.map(({ name, root, report: { freshness, pending } }) => ({
    name,
    root,
    freshness,
    ...(pending === undefined ? {} : { pending }),
  }));
  const near = nearInAll(searched.map(({ report }) => report.didYouMean));
  const excluded = [...new Set(searched.flatMap(({ report }) => report.excluded ?? []))];
  return {
    query,
    mode,
    results,
    ...(near.length > 0 ? { didYouMean: near } : {}),
    ...(excluded.length > 0 ? { excluded } : {}),
    projects,
    failed,
    freshness: together(projects.map((each) => each.freshness)),
  };
}

async function searchOne(
  { root }: RegisteredProject,
  query: string,
  options: SearchOptions,
  shared: SharedEmbedders,
  onWarning: (message: string) => void,
): Promise<SearchDocumentsReport & Told> {
  const project = await loadProject({ root, cwd: root, models: MODELS });
  await using open = new OpenProject(project, { onWarning, embedder: shared.of(project) });
  return await open.search(query, options);
}

/** One embedder for all projects that have the same model in the same place. */
class SharedEmbedders implements AsyncDisposable {
  readonly #byPlace = new Map<string, WarmEmbedder>();
  readonly #onWarning: (message: string) => void;

  constructor(onWarning: (message: string) => void) {
    this.#onWarning = onWarning;
  }

  of(project: Project): WarmEmbedder {
    const { model: name } = project.settings;
    const model = findModel(name);
    const place = model === undefined ? name : placeOfModel(model, project.paths.models);
    const embedder = this.#byPlace.get(place) ?? warmEmbedder(project, this.#onWarning);
    this.#byPlace.set(place, embedder);
    return embedder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#byPlace.values()].map((embedder) => embedder[Symbol.asyncDispose]()));
  }
}

/** The least that is true of all of them. */
function together(each: readonly Told["freshness"][]): Told["freshness"] {
  const sum = (kind: "added" | "changed" | "removed"): number =>
    each.reduce((total, freshness) => total + freshness[kind], 0);
  const state = (["behind", "unknown", "refreshed"] as const).find((one) =>
    each.some((all) => all.state === one),
  );
  return { state: state ?? "current", added: sum("added"), changed: sum("changed"), removed: sum("removed") };
}

/** What it costs to move a graph to another model, found out before anything is done. */
import type { Embedder } from "../../embedding/index.ts";
import { openGraphToReadIfPresent, readMeta, readPace } from "../../graph/index.ts";
import { loadIngest } from "../../ingest/index.ts";
import { catalogueEntry, type Project } from "../../project/index.ts";
import { MOMENT_MS } from "../../sqlite/index.ts";
import { formatModel } from "../../system/index.ts";

export interface SwitchCost {
  /** The id of the model that made the graph; null where there is no graph yet. */
  readonly from: string | null;
  /** The id of the other one. */
  readonly to: string;
  readonly documents: number;
  /** Chunks, each text counted once. */
  readonly texts: number;
  /** Those whose vector the vector cache has, and those that have to be computed. */
  readonly hits: number;
  readonly misses: number;
  /** About how long that takes here, in seconds; null where nobody can tell. */
  readonly seconds: number | null;
}

/** The id of the model that made a project's graph; undefined where there is none, or none that can be read. */
export function graphModel({ paths }: Pick<Project, "paths">): string | undefined {
  try {
    using db = openGraphToReadIfPresent(paths.database, { busyTimeoutMs: MOMENT_MS })?.db;
    return db === undefined ? undefined : readMeta(db, "model");
  } catch {
    return undefined;
  }
}

/** Reads and cuts all documents, and writes nothing. Throws what an ingest throws. */
export async function switchCost(
  project: Project,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<SwitchCost> {
  const { ingest } = await loadIngest();
  const from = graphModel(project);
  const { documents, embedding } = await ingest({
    project,
    embedder,
    mode: "force",
    allowEmpty: true,
    dryRun: true,
    signal,
  });
  const { texts, hits, misses } = embedding;
  const seconds = misses === 0 ? 0 : (secondsFor(project, embedder, misses) ?? null);
  return {
    from: from ?? null,
    to: embedder.model.id,
    documents: documents.found,
    texts,
    hits,
    misses,
    seconds,
  };
}

/** From the pace of the last time that vectors were computed here, and from how much more the other model takes. */
function secondsFor(project: Project, { model }: Embedder, misses: number): number | undefined {
  try {
    using db = openGraphToReadIfPresent(project.paths.database)?.db;
    const made = db === undefined ? undefined : readMeta(db, "model");
    const pace = db === undefined ? undefined : readPace(db);
    const [before, after] = [effortOf(made === undefined ? "" : formatModel(made)), effortOf(model.name)];
    if (pace === undefined || before === undefined || after === undefined) return undefined;
    return Math.ceil((misses / pace) * (after / before));
  } catch {
    return undefined;
  }
}

function effortOf(name: string): number | undefined {
  return catalogueEntry(name)?.effort;
}

/** Figures of a project: the graph, its drift from the files, and the vector cache. Reads only. */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { loadReport } from "../embedding/cache/index.ts";
import { countGraph, type GraphCounts, guarded, openGraphToReadIfPresent, readMeta } from "../graph/index.ts";
import { type Discovery, discover } from "../ingest/discovery/index.ts";
import { type Drift, findDrift } from "../ingest/index.ts";
import type { Project } from "../project/index.ts";
import { readTransaction } from "../sqlite/index.ts";
import { type Pending, readPending } from "./freshness/index.ts";

const { readVectorCacheFigures } = await loadReport();

export interface StatsReport extends GraphCounts {
  readonly root: string;
  readonly database: { readonly path: string; readonly bytes: number; readonly walBytes: number };
  /** The model id that made the vectors; null before the first ingest. */
  readonly model: string | null;
  /** ISO 8601; null before the first ingest. */
  readonly lastIngest: string | null;
  /** `failed` names what could not be looked at as well. */
  readonly drift: Drift;
  /** Chunks that wait for their vector; missing where none does. */
  readonly pending?: Pending;
  readonly cache: { readonly entries: number; readonly bytes: number; readonly maxBytes: number };
}

/** Throws `database.*` when there is a database that cannot be read; a project without one has zeros. */
export function readStats(project: Project): StatsReport {
  const { root, paths, settings } = project;
  const discovery = discover({ root, sources: settings.sources, excludePatterns: settings.excludePatterns });
  return guarded(paths.database, () => figuresOf(project, discovery));
}

function figuresOf(project: Project, discovery: Discovery): StatsReport {
  using db = openGraphToReadIfPresent(project.paths.database)?.db;
  return db === undefined
    ? figuresNow(project, discovery, db)
    : readTransaction(db, () => figuresNow(project, discovery, db));
}

function figuresNow(project: Project, discovery: Discovery, db: Database | undefined): StatsReport {
  const { root, paths, settings } = project;
  const { failed, misnoted: _, ...drift } = findDrift(project, discovery, db);
  const counts = db === undefined ? { nodes: 0, chunks: 0, edges: 0, unresolvedLinks: 0 } : countGraph(db);
  const pending = db === undefined ? undefined : readPending(paths, db);
  return {
    root,
    database: {
      path: paths.database,
      bytes: sizeOf(paths.database),
      walBytes: sizeOf(`${paths.database}-wal`),
    },
    ...counts,
    model: db === undefined ? null : (readMeta(db, "model") ?? null),
    lastIngest: db === undefined ? null : (readMeta(db, "last_ingest") ?? null),
    drift: { ...drift, failed: [...discovery.failed, ...failed] },
    ...(pending === undefined ? {} : { pending }),
    cache: { ...readVectorCacheFigures(paths.vectorCache), maxBytes: settings.cache.maxBytes },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

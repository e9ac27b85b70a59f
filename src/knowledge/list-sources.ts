/** The configured sources and how many documents each contains now. */
import { guarded, openGraphToReadIfPresent } from "../graph/index.ts";
import { type DiscoveredSource, type Discovery, discover } from "../ingest/discovery/index.ts";
import { findDrift } from "../ingest/index.ts";
import type { FailedDocument } from "../ingest/reading/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";

export interface SourcesReport {
  readonly root: string;
  /** Absolute path, or null when the defaults apply. */
  readonly settingsFile: string | null;
  readonly sources: readonly ListedSource[];
  /** What could not be looked at, and documents that an ingest could not bring in. */
  readonly failed: readonly FailedDocument[];
}

export interface ListedSource extends DiscoveredSource {
  /** How many of its documents an ingest could not bring in. */
  readonly failed: number;
}

export function listSources(project: Project): SourcesReport {
  const { root, settingsFile } = project;
  const discovery = discoverIn(project, project.settings.sources);
  const failing = failingDocuments(project, discovery);
  const nothingFailed = failing.length + discovery.failed.length === 0;
  return {
    root,
    settingsFile: settingsFile ?? null,
    sources: discovery.sources.map((source) => ({
      ...source,
      failed: nothingFailed ? 0 : countFailedIn(project, source.source, failing),
    })),
    failed: [...discovery.failed, ...failing],
  };
}

function discoverIn({ root, settings }: Project, sources: readonly string[]): Discovery {
  return discover({ root, sources, excludePatterns: settings.excludePatterns });
}

/** What the graph does not have is read, and only that; without a graph nothing has failed yet. */
function failingDocuments(project: Project, discovery: Discovery): readonly FailedDocument[] {
  try {
    return guarded(project.paths.database, () => {
      using db = openGraphToReadIfPresent(project.paths.database)?.db;
      return findDrift(project, discovery, db).failed;
    });
  } catch (error) {
    // The sources are what they are; what is wrong with the graph is for the doctor and every command that reads it
    // to say.
    if (error instanceof AmalfaError) return [];
    throw error;
  }
}

/** Those of a source that were not found to be documents at all, and those that were and cannot be ingested. */
function countFailedIn(project: Project, source: string, failing: readonly FailedDocument[]): number {
  const { files, failed } = discoverIn(project, [source]);
  const ids = new Set(files.map(({ id }) => id));
  return failed.length + failing.filter(({ path }) => ids.has(path)).length;
}

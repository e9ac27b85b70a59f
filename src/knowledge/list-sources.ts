/** The configured sources and how many documents each contains now. */
import type { Project } from "../config/load.ts";
import { type DiscoveredSource, discover } from "../ingest/discover.ts";
import type { FailedDocument } from "../ingest/read-document.ts";

export interface SourcesReport {
  readonly root: string;
  /** Absolute path, or null when the defaults apply. */
  readonly settingsFile: string | null;
  readonly sources: readonly DiscoveredSource[];
  readonly failed: readonly FailedDocument[];
}

export function listSources(project: Project): SourcesReport {
  const { root, settings, settingsFile } = project;
  const { sources, failed } = discover({
    root,
    sources: settings.sources,
    excludePatterns: settings.excludePatterns,
  });
  return { root, settingsFile: settingsFile ?? null, sources, failed };
}

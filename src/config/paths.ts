/**
 * Every path under `.amalfa/`, derived from the project root and from nothing else.
 */
import { join } from "node:path";

/** The name of the folder that holds everything derived. */
export const DATA_DIRECTORY = ".amalfa";

export interface ProjectPaths {
  /** Absolute path of the project root. */
  readonly root: string;
  readonly data: string;
  /** The graph. May lie elsewhere when the settings say so. */
  readonly database: string;
  readonly cacheDirectory: string;
  readonly vectorCache: string;
  readonly models: string;
  readonly runtime: string;
  readonly maintenanceLock: string;
  readonly logs: string;
  readonly quarantine: string;
}

/** What the settings may move. Absolute paths. */
export interface PathOverrides {
  readonly database?: string | undefined;
  readonly vectorCache?: string | undefined;
}

export function projectPaths(root: string, overrides: PathOverrides = {}): ProjectPaths {
  const data = join(root, DATA_DIRECTORY);
  const cacheDirectory = join(data, "cache");
  const runtime = join(data, "runtime");
  return {
    root,
    data,
    database: overrides.database ?? join(data, "resonance.db"),
    cacheDirectory,
    vectorCache: overrides.vectorCache ?? join(cacheDirectory, "vector_cache.sqlite"),
    models: join(cacheDirectory, "models"),
    runtime,
    maintenanceLock: join(runtime, "maintenance.lock"),
    logs: join(data, "logs"),
    quarantine: join(data, "quarantine"),
  };
}

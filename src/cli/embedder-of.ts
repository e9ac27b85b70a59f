/** The embedder of a project, for commands; whoever asks closes it. */

import { createEmbedder, type Embedder } from "../embedding/index.ts";
import { loadQuarantine } from "../maintenance/index.ts";
import { type Project, requireModel } from "../project/index.ts";
import { loadBackend } from "../services/vector-daemon/index.ts";
import { type Invocation, warn } from "./invocation.ts";

const { quarantineVectorCache } = await loadQuarantine();

export interface EmbedderUse {
  readonly refresh?: "reuse" | "recompute";
  /** Inference workers at most; one is enough for queries, which are one text each. */
  readonly workers?: number;
  /** The command that ingests with it, under the maintenance lock: its hits are noted, and a damaged cache makes room for a new one. */
  readonly ingest?: "init" | "rebuild";
}

export function embedderOf(project: Project, invocation: Invocation, use: EmbedderUse = {}): Embedder {
  const model = requireModel(project.settings.model);
  return createEmbedder({
    model,
    cachePath: project.paths.vectorCache,
    modelsDirectory: project.paths.models,
    refresh: use.refresh,
    workers: use.workers,
    limits: project.settings.cache,
    recordAs: use.ingest,
    moveAside: use.ingest === undefined ? undefined : (path) => quarantineVectorCache(project.paths, path),
    onWarning: (message) => warn(invocation, message),
    startBackend: async () => {
      const { startBackendFor } = await loadBackend();
      return startBackendFor({
        paths: project.paths,
        model,
        workers: use.workers,
        onWarning: (message) => warn(invocation, message),
      });
    },
  });
}

/** Where an ingest writes: the graph's database, or for a dry run what stands in for it. */
import { Database } from "bun:sqlite";
import { createSchema, openGraphForWriting, openGraphIfPresent } from "../graph/index.ts";
import type { IngestOptions } from "./options.ts";

export function openTarget({ project, dryRun, startFrom }: IngestOptions): Database {
  if (!dryRun) return openGraphForWriting(project.paths.database);
  if (startFrom === "nothing") return emptyGraph();
  return openGraphIfPresent(project.paths.database) ?? emptyGraph();
}

/** A graph without documents, in a temporary file of SQLite's own. */
function emptyGraph(): Database {
  const db = new Database("", { strict: true });
  createSchema(db);
  return db;
}

/* What takes only an ingest that has something to do, loaded when that is known; most find nothing. */

export type Writing = Awaited<ReturnType<typeof loadWriting>>;

export async function loadWriting() {
  const [writing, links] = await Promise.all([import("../graph/write/index.ts"), import("./stage-edges.ts")]);
  return { ...writing, ...links };
}

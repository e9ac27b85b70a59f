/** Where an ingest writes: the graph's database, or for a dry run what stands in for it. */
import { Database } from "bun:sqlite";
import type { WhenFull } from "../embedding/index.ts";
import { createSchema, DamagedRows, openGraphToReadIfPresent, openGraphToWrite } from "../graph/index.ts";
import { metaFault } from "../graph/proof/index.ts";
import type { Project } from "../project/index.ts";
import { areOnOneDisk } from "../system/files/index.ts";
import type { IngestOptions } from "./options.ts";

/** A rebuild begins from whatever is there. Anything less begins from what was written, and changes only some of it. */
export function openTarget({ project, dryRun, startFrom, mode }: IngestOptions): Database {
  const path = project.paths.database;
  if (!dryRun) return mode === "rebuild" ? openGraphToWrite(path) : sealed(openGraphToWrite(path));
  if (startFrom === "nothing") return emptyGraph();
  const graph = openGraphToReadIfPresent(path, { proof: mode === "rebuild" ? "ignored" : "required" })?.db;
  // One snapshot to its end: what another ingest brings in meanwhile would be counted twice.
  graph?.run("BEGIN");
  return graph ?? emptyGraph();
}

function sealed(db: Database): Database {
  const fault = metaFault(db);
  if (fault === undefined) return db;
  db.close();
  throw new DamagedRows(fault);
}

/** A graph without documents, in a temporary file of SQLite's own. */
function emptyGraph(): Database {
  const db = new Database("", { strict: true });
  createSchema(db);
  return db;
}

/** A vector cache on a disk of its own may be full while the graph has room for what is computed. */
export function whenFull({ paths }: Project): WhenFull {
  return areOnOneDisk(paths.vectorCache, paths.database) ? "stop" : "go on";
}

/* What takes only an ingest that has something to do, loaded when that is known; most find nothing. */

export type Writing = Awaited<ReturnType<typeof loadWriting>>;

export async function loadWriting() {
  const [writing, links] = await Promise.all([import("../graph/write/index.ts"), import("./stage-edges.ts")]);
  return { ...writing, ...links };
}

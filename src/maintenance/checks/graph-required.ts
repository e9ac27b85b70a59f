/** What every check of the graph begins with: a graph to look at, or a reason to skip. */
import type { Database } from "bun:sqlite";
import { messageOf } from "../../errors.ts";
import { blocked, type CheckOutcome, skipped } from "./check.ts";
import type { CheckContext } from "./context.ts";
import type { GraphAccess } from "./graph-access.ts";

/** Runs `look` on a current graph, or skips: what is wrong with the database is for `db.open` to report. */
export async function withGraph(
  context: CheckContext,
  look: (db: Database) => CheckOutcome | Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const graph = context.graph();
  if (graph.kind !== "open") return notOpen(graph);
  if (graph.schema.kind === "empty") return skipped("there is no graph yet");
  if (graph.schema.kind !== "current") return blocked("the database holds no current graph", "db.open");
  try {
    return await look(graph.db);
  } catch (error) {
    if (/no such (?:table|column)/.test(messageOf(error)))
      return blocked("the database lacks tables", "db.open");
    throw error;
  }
}

/** The outcome of a check that needs an open database and has none. */
export function notOpen(graph: GraphAccess): CheckOutcome {
  if (graph.kind === "missing" || graph.kind === "no bytes") return skipped("there is no graph yet");
  return blocked("the database cannot be used", "db.open");
}

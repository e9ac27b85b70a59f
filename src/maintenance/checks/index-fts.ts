/**
 * `index.fts`: the full-text index's own check.
 *
 * SQLite's `quick_check` of the table asks FTS5 whether the index agrees with itself, and its row ids are compared with those of the
 * passages, and its totals with each other. With `--deep` FTS5 compares every word with the text, which needs the writer's lock for the time, though it writes nothing.
 */
import type { Database } from "bun:sqlite";
import { messageOf } from "../../errors.ts";
import { sqliteCode } from "../../sqlite/open.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf } from "./check.ts";
import type { CheckContext } from "./context.ts";
import { withGraph } from "./graph-required.ts";
import { totalsFault } from "./index-totals.ts";
import { withWriter } from "./write-probe.ts";

export const indexFts: Check = {
  id: "index.fts",
  title: "the full-text index agrees with the passages",
  group: "graph",
  lane: "index",
  fix: "build the full-text index again from the passages",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, (db) => {
      const fault = faultOf(db) ?? (context.deep ? deepFault(db, context) : undefined);
      return outcomeOf(
        fault === undefined ? [] : [finding(context, fault)],
        "the full-text index agrees with the passages",
      );
    });
  },
};

interface IndexFault {
  readonly message: string;
  /** False where SQLite cannot even open the index, and so not fill it anew: its settings are damaged. */
  readonly canBeBuiltAgain: boolean;
}

function finding(context: CheckContext, { message, canBeBuiltAgain }: IndexFault): Finding {
  const { database } = context.project.paths;
  const fix = { action: "build the full-text index again from the passages", target: { database } };
  return {
    severity: "error",
    message: `The full-text index is damaged: ${message}.`,
    why: "Searches by words miss passages or fail; the passages themselves are not affected.",
    subject: "search_index",
    ...(canBeBuiltAgain ? { fix } : {}),
    commands: ["amalfa rebuild"],
  };
}

function faultOf(db: Database): IndexFault | undefined {
  try {
    const rows = db.query("PRAGMA quick_check(search_index)").values() as [string][];
    const fault = rows.map(([row]) => row).find((row) => row !== "ok");
    if (fault !== undefined) return mendable(fault.split("\n").join("; "));
    const [missing, extra] = db
      .query(
        `SELECT (SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM search_index_docsize)),
                (SELECT count(*) FROM search_index_docsize WHERE id NOT IN (SELECT id FROM chunks))`,
      )
      .values()[0] as [number, number];
    if (missing > 0) return mendable(`${missing} passages are not in it`);
    if (extra > 0) return mendable(`${extra} passages in it do not exist`);
    // All from one snapshot: an ingest that commits between two of the reads is no fault.
    const totals = db.transaction(() => totalsFault(db))();
    return totals === undefined ? undefined : mendable(totals);
  } catch (error) {
    return damageOf(error);
  }
}

function deepFault(db: Database, context: CheckContext): IndexFault | undefined {
  try {
    withWriter(db, context.project.paths.database, (writer) => {
      writer.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    });
    return undefined;
  } catch (error) {
    return damageOf(error);
  }
}

function mendable(message: string): IndexFault {
  return { message, canBeBuiltAgain: true };
}

function damageOf(error: unknown): IndexFault {
  const code = sqliteCode(error) ?? "";
  if (!/^SQLITE_(CORRUPT|ERROR)/.test(code)) throw error;
  return { message: messageOf(error), canBeBuiltAgain: !code.startsWith("SQLITE_ERROR") };
}

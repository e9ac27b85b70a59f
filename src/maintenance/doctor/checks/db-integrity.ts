/**
 * `db.integrity`: SQLite's own check of the file, `integrity_check` with `--deep`.
 *
 * What it says of the full-text index is left to `index.fts`, which can mend it.
 */
import type { Database } from "bun:sqlite";
import { messageOf } from "../../../system/index.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf, withGraph } from "../check.ts";
import { troubleOf } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const dbIntegrity: Check = {
  id: "db.integrity",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, (db) => {
      const path = context.project.paths.database;
      try {
        const faults = context.deep ? everything(db) : tableByTable(db);
        const pragma = context.deep ? "integrity_check" : "quick_check";
        return outcomeOf(
          faults.map((fault) => damage(path, fault)),
          `${pragma} found nothing`,
        );
      } catch (error) {
        const { trouble, reason } = troubleOf(error);
        if (trouble !== "damaged" && trouble !== "not a database") throw error;
        return outcomeOf([damage(path, reason)], "");
      }
    });
  },
};

/** Where the full-text index does not even open, `index.fts` says so, and the other tables are looked at one by one. */
function everything(db: Database): string[] {
  try {
    return faultsIn(db.query(`PRAGMA integrity_check(${THRESHOLDS.listedFindings})`).values());
  } catch (error) {
    if (!/fts5/i.test(messageOf(error))) throw error;
    return tableByTable(db, "integrity_check");
  }
}

/**
 * Without the full-text index, whose check takes longer than all others and belongs to `index.fts`. The quick check
 * does not prove the order of keys; where they are the table itself, a row out of order is one that nobody finds.
 */
function tableByTable(db: Database, least: "quick_check" | "integrity_check" = "quick_check"): string[] {
  const tables = db
    .query("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')")
    .values() as [string, number][];
  const faults = tables.flatMap(([name, withoutRowid]) => {
    const pragma = withoutRowid === 1 ? "integrity_check" : least;
    return faultsIn(db.query(`PRAGMA ${pragma}("${name.replaceAll('"', '""')}")`).values());
  });
  return faults.slice(0, THRESHOLDS.listedFindings);
}

function faultsIn(rows: unknown[][]): string[] {
  return rows.map(([row]) => String(row)).filter((row) => row !== "ok" && !/FTS5/i.test(row));
}

function damage(path: string, fault: string): Finding {
  const text = fault
    .replace(/^\*\*\* in database main \*\*\*\s*/, "")
    .split("\n")
    .join("; ");
  return {
    severity: "error",
    message: `${path} is damaged: ${text}.`,
    why: "Searches may miss documents or fail. The markdown is not affected: rebuild makes the graph again from it.",
    subject: text,
    commands: ["amalfa rebuild"],
  };
}

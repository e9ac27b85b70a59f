/** `graph.edges`: every edge has two ends, every chunk a document, and no id occurs twice. */
import type { Database } from "bun:sqlite";
import { readTransaction } from "../../../sqlite/index.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf, withGraph } from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const graphEdges: Check = {
  id: "graph.edges",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, (db) => {
      const faults = readTransaction(db, () =>
        FAULTS.flatMap(({ query, describe, why }) => findingsOf(db, query, describe, why)),
      );
      return outcomeOf(faults, "every edge has both ends");
    });
  },
};

interface Fault {
  /** Names the row in its first column. */
  readonly query: string;
  readonly describe: (row: string) => string;
  readonly why: string;
}

const FAULTS: readonly Fault[] = [
  {
    query: `SELECT source || ' → ' || target FROM edges
            WHERE source NOT IN (SELECT id FROM nodes) OR target NOT IN (SELECT id FROM nodes)`,
    describe: (row) => `The edge ${row} has an end that is no document.`,
    why: "Exploring leads to a document that does not exist.",
  },
  {
    query: "SELECT id FROM nodes GROUP BY id HAVING count(*) > 1",
    describe: (row) => `The document id ${row} occurs more than once.`,
    why: "One of the two documents hides the other.",
  },
  {
    query: "SELECT node || ' #' || ordinal FROM chunks GROUP BY node, ordinal HAVING count(*) > 1",
    describe: (row) => `The passage ${row} occurs more than once.`,
    why: "Searches show it twice, and the next ingest of the document may fail.",
  },
  {
    query: "SELECT DISTINCT node FROM chunks WHERE node NOT IN (SELECT id FROM nodes)",
    describe: (row) => `Passages belong to ${row}, which is no document.`,
    why: "Searches find passages that cannot be read.",
  },
];

function findingsOf(db: Database, query: string, describe: Fault["describe"], why: string): Finding[] {
  const rows = db.query(`${query} LIMIT ${THRESHOLDS.listedFindings + 1}`).values() as [string][];
  const listed = rows.slice(0, THRESHOLDS.listedFindings).map(([row]) => fault(describe(row), why, row));
  if (rows.length <= THRESHOLDS.listedFindings) return listed;
  const [count] = db.query(`SELECT count(*) FROM (${query})`).values()[0] as [number];
  const more = count - THRESHOLDS.listedFindings;
  return [...listed, fault(`${more} more of the same kind.`, why, `${query.slice(0, 30)} and ${more} more`)];
}

function fault(message: string, why: string, subject: string): Finding {
  return { severity: "error", message, why, subject, commands: ["amalfa rebuild"] };
}

/** Which state of the files a graph holds. It is looked at in a copy: to open it would already change it. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graphRows, rowCount } from "../../helpers/graph-rows.ts";

export type GraphRows = Record<string, unknown[]>;

/** What readers see of the words; vectors may follow. */
const WORDS = ["nodes", "chunks", "links", "edges", "unresolved_links", "search_index"];

export interface Observed {
  /** Undefined where there is no graph, one that no ingest has written to yet, or one that cannot be read. */
  readonly rows: GraphRows | undefined;
  /** What SQLite and FTS5 say against it. */
  readonly faults: readonly string[];
}

/** Reads a graph with its write-ahead log. */
export function observe(database: string): Observed {
  if (!existsSync(database)) return { rows: undefined, faults: [] };
  const folder = mkdtempSync(join(tmpdir(), "amalfa-observed-"));
  const copy = join(folder, "graph.db");
  try {
    for (const end of ["", "-wal", "-journal"]) {
      if (existsSync(database + end)) copyFileSync(database + end, copy + end);
    }
    return readWhole(copy);
  } catch (error) {
    return { rows: undefined, faults: [`the graph cannot be read: ${error}`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readWhole(copy: string): Observed {
  const faults: string[] = [];
  using db = new Database(copy, { readwrite: true });
  const tables = db.query<{ name: string }, []>("SELECT name FROM sqlite_master").all();
  if (!tables.some(({ name }) => name === "meta")) return { rows: undefined, faults };
  const verdict = db.query("PRAGMA integrity_check").values().flat().join("; ");
  if (verdict !== "ok") faults.push(`integrity_check: ${verdict}`);
  try {
    db.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
  } catch (error) {
    faults.push(`the full-text index: ${error}`);
  }
  const rows = graphRows(copy);
  // The tables are made before the first ingest begins. Until that has written something, every command says that
  // there is no graph yet; then nothing may be in it.
  const isBegun = db.query("SELECT 1 FROM meta WHERE key = 'fingerprint'").get() !== null;
  if (isBegun) return { rows, faults };
  const filled = Object.keys(rows).filter((table) => table !== "meta" && rows[table]?.length !== 0);
  if (filled.length > 0) faults.push(`a graph without a fingerprint has rows in ${filled.join(", ")}`);
  return { rows: undefined, faults };
}

/** Whether a graph is the expected one; "pending" is one whose words are, while some of its vectors are to come. */
export function compareRows(rows: GraphRows, expected: GraphRows): "same" | "pending" | "other" {
  if (JSON.stringify(rows) === JSON.stringify(expected)) return "same";
  const text = (from: GraphRows, table: string): string => JSON.stringify(from[table]);
  if (WORDS.some((table) => text(rows, table) !== text(expected, table))) return "other";
  const [pending, vectors, wanted] = [rows.pending, rows.vectors, expected.vectors].map(rowCount) as [
    number,
    number,
    number,
  ];
  // Of a large table only the number of rows is known, and whether they are all the same.
  if (wanted !== expected.vectors?.length)
    return pending > 0 && pending + vectors === wanted ? "pending" : "other";
  const known = new Set(expected.vectors?.map((row) => JSON.stringify(row)));
  if (rows.vectors?.some((row) => !known.has(JSON.stringify(row)))) return "other";
  const chunks = new Set(
    [...(rows.vectors ?? []), ...(rows.pending ?? [])].map((row) => String((row as unknown[])[0])),
  );
  const isWhole = chunks.size === expected.vectors?.length && (rows.pending?.length ?? 0) > 0;
  return isWhole ? "pending" : "other";
}

/** The tables in which two graphs differ, for messages. */
export function differing(rows: GraphRows, expected: GraphRows): string {
  return Object.keys(expected)
    .filter((table) => JSON.stringify(rows[table]) !== JSON.stringify(expected[table]))
    .map((table) => `${table} (${rowCount(rows[table])} rows, expected ${rowCount(expected[table])})`)
    .join(", ");
}

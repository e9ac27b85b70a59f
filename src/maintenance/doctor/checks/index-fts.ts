/**
 * `index.fts`: the full-text index's own check.
 *
 * SQLite's `quick_check` of the table asks FTS5 whether the index agrees with itself, and its row ids are compared
 * with those of the chunks, its totals with the sizes of the chunks, and every row behind it with the list of its
 * segments. With `--deep` FTS5 compares every word with the text, which needs the writer's lock for the time, though
 * it writes nothing.
 */
import type { Database } from "bun:sqlite";
import {
  addNumbers,
  indexSettingsFault,
  indexTablesFault,
  lookupFault,
  numbersIn,
  TOTALS_ID,
} from "../../../graph/index.ts";
import { chunkFault } from "../../../graph/proof/index.ts";
import { openToWrite, readTransaction, sqliteFault, writeTransaction } from "../../../sqlite/index.ts";
import { messageOf } from "../../../system/index.ts";
import {
  type Check,
  type CheckOutcome,
  counted,
  type Finding,
  type FixTarget,
  outcomeOf,
  textOf,
  withGraph,
} from "../check.ts";
import { type CheckContext, withWriter } from "../context.ts";

export const indexFts: Check = {
  id: "index.fts",
  repair: rebuildIndex,
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, (db) => {
      const plain = faultOf(db);
      const fault = plain ?? (context.deep ? deepFault(db, context) : undefined);
      if (fault === undefined) return outcomeOf([], "the full-text index agrees with the passages");
      return outcomeOf([finding(context, { ...fault, onlyDeep: plain === undefined }, chunkFault(db))], "");
    });
  },
};

interface IndexFault {
  readonly message: string;
  /** False where its settings are damaged, which stay when it is filled anew. */
  readonly canBeBuiltAgain: boolean;
}

/** @param unproved why the chunks are nothing to build it from, a clause */
function finding(
  context: CheckContext,
  { message, canBeBuiltAgain, onlyDeep }: IndexFault & { readonly onlyDeep: boolean },
  unproved: string | undefined,
): Finding {
  const { database } = context.project.paths;
  const action = "build the full-text index again from the passages";
  const fix = { action, target: { database }, onlyDeep };
  return {
    severity: "error",
    message: `The full-text index is damaged: ${message}.`,
    why:
      unproved === undefined
        ? "Searches by words miss passages or fail; the passages themselves are what was written."
        : `Searches by words miss passages or fail. It cannot be built again from the passages: ${unproved}.`,
    subject: "search_index",
    ...(canBeBuiltAgain && unproved === undefined ? { fix } : {}),
    commands: ["amalfa rebuild"],
  };
}

function faultOf(db: Database): IndexFault | undefined {
  try {
    const rows = db.query("PRAGMA quick_check(search_index)").values() as [string][];
    const fault = rows.map(([row]) => row).find((row) => row !== "ok");
    if (fault !== undefined) return mendable(fault.split("\n").join("; "));
    const settings = indexSettingsFault(db);
    if (settings !== undefined) return { message: settings, canBeBuiltAgain: false };
    // Ids are unique on both sides, so that counting spares comparing them a second time while all is well.
    const [chunks, missing, indexed] = db
      .query(
        `SELECT count(*), count(*) FILTER (WHERE id NOT IN (SELECT id FROM search_index_docsize)),
                (SELECT count(*) FROM search_index_docsize) FROM chunks`,
      )
      .values()[0] as [number, number, number];
    const extra = indexed === chunks - missing ? 0 : countOfExtra(db);
    if (missing > 0) return mendable(counted(missing, "1 passage is not in it", "passages are not in it"));
    if (extra > 0)
      return mendable(counted(extra, "1 passage in it does not exist", "passages in it do not exist"));
    // All from one snapshot: an ingest that commits between two of the reads is no fault.
    const tables = readTransaction(db, () => totalsFault(db) ?? indexTablesFault(db));
    return tables === undefined ? undefined : mendable(tables);
  } catch (error) {
    return damageOf(error);
  }
}

function countOfExtra(db: Database): number {
  const [extra] = db
    .query("SELECT count(*) FROM search_index_docsize WHERE id NOT IN (SELECT id FROM chunks)")
    .values()[0] as [number];
  return extra;
}

function deepFault(db: Database, context: CheckContext): IndexFault | undefined {
  try {
    withWriter(db, context.project.paths.database, (writer) => {
      writer.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    });
    const lookup = readTransaction(db, () => entriesFault(db) ?? lookupFault(db));
    return lookup === undefined ? undefined : mendable(lookup);
  } catch (error) {
    return damageOf(error);
  }
}

function mendable(message: string): IndexFault {
  return { message, canBeBuiltAgain: true };
}

function damageOf(error: unknown): IndexFault {
  const fault = sqliteFault(error);
  if (fault !== "damaged" && fault !== "contradiction") throw error;
  return { message: messageOf(error), canBeBuiltAgain: fault === "damaged" };
}

/*
 * How many words the full-text index has in each column, by three of its tables: the entries, the sizes of the
 * chunks, and the totals that BM25 goes by. FTS5's own quick check compares none of them, so that an index which
 * has lost its entries passes it.
 *
 * Formats: https://www.sqlite.org/fts5.html, on the tables behind an index.
 */

/** The columns of the index, which a graph of an earlier schema has fewer of. */
function columnsOf(db: Database): readonly string[] {
  return db.query("SELECT name FROM pragma_table_info('search_index')").values().flat() as string[];
}

/** What is wrong with the totals, a clause. Throws the driver's error. */
function totalsFault(db: Database): string | undefined {
  const sizes = sumOfSizes(db);
  if (typeof sizes === "string") return sizes;
  const totals = storedTotals(db);
  if (totals === undefined) return "its totals are missing or malformed";
  const [rows, ...sums] = totals;
  const agree = rows === sizes.rows && sums.every((sum, column) => sum === sizes.sums[column]);
  return agree ? undefined : "its totals are not those of its passages";
}

/**
 * Whether there are as many entries as the sizes say; a clause. Reads all entries, which takes as long as FTS5's own
 * check.
 */
function entriesFault(db: Database): string | undefined {
  const sizes = sumOfSizes(db);
  if (typeof sizes === "string") return sizes;
  const entries = sumOfEntries(db);
  for (const [column, name] of columnsOf(db).entries()) {
    if (entries[column] !== sizes.sums[column]) {
      return (
        `its entries have ${entries[column]} words in the column ` +
        `"${name}", and its passages ${sizes.sums[column]}`
      );
    }
  }
  return undefined;
}

function sumOfEntries(db: Database): number[] {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.column_entries USING fts5vocab('main', 'search_index', 'col')",
  );
  const rows = db.query("SELECT col, sum(cnt) FROM temp.column_entries GROUP BY col").values();
  const sums = new Map(rows as [string, number][]);
  return columnsOf(db).map((name) => sums.get(name) ?? 0);
}

function sumOfSizes(db: Database): { readonly rows: number; readonly sums: readonly number[] } | string {
  const rows = db.query("SELECT id, sz FROM search_index_docsize").values() as [number, unknown][];
  const columns = columnsOf(db);
  const sums = columns.map(() => 0);
  for (const [id, block] of rows) {
    if (!addNumbers(block, sums)) return `the sizes of passage ${id} are malformed`;
  }
  return { rows: rows.length, sums };
}

/** The number of chunks and the words of each column; an index that never had a chunk keeps nothing. */
function storedTotals(db: Database): readonly number[] | undefined {
  const row = db.query("SELECT block FROM search_index_data WHERE id = ?").values(TOTALS_ID)[0];
  if (row === undefined) return undefined;
  const numbers = numbersIn(row[0]);
  if (numbers?.length === 0) return [0, ...columnsOf(db).map(() => 0)];
  return numbers?.length === columnsOf(db).length + 1 ? numbers : undefined;
}

/*
 * Fix of `index.fts`: builds the full-text index again from the chunks, in one transaction, once they are proved: a
 * damaged one would be found by its damage.
 */

async function rebuildIndex(target: FixTarget): Promise<string> {
  const db = openToWrite(textOf(target, "database"));
  try {
    writeTransaction(db, () => {
      const unproved = chunkFault(db);
      if (unproved !== undefined) throw new Error(`${unproved}; run amalfa rebuild`);
      db.run("INSERT INTO search_index (search_index) VALUES ('rebuild')");
    });
    const [chunks] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
    return `built again from ${counted(chunks, "1 passage", "passages")}`;
  } finally {
    db.close();
  }
}

/**
 * How many words the full-text index has in each column, by three of its tables: the entries, the sizes of the passages, and the totals that
 * BM25 goes by. FTS5's own quick check compares none of them, so that an index which has lost its entries passes it.
 *
 * Formats: https://www.sqlite.org/fts5.html, on the tables behind an index.
 */
import type { Database } from "bun:sqlite";

const COLUMNS = ["path", "title", "heading", "text"] as const;

/** Row of the totals in the table of blocks. */
const TOTALS_ID = 1;

/** What is wrong with the totals, a clause. Reads all entries. Throws the driver's error. */
export function totalsFault(db: Database): string | undefined {
  const sizes = sumOfSizes(db);
  if (typeof sizes === "string") return sizes;
  const kept = keptTotals(db);
  if (kept === undefined) return "its totals are missing or malformed";
  const entries = sumOfEntries(db);
  for (const [column, name] of COLUMNS.entries()) {
    if (entries[column] !== sizes.sums[column]) {
      return `its entries have ${entries[column]} words in the column "${name}", and its passages ${sizes.sums[column]}`;
    }
  }
  const [rows, ...sums] = kept;
  const agree = rows === sizes.rows && sums.every((sum, column) => sum === sizes.sums[column]);
  return agree ? undefined : "its totals are not those of its passages";
}

function sumOfEntries(db: Database): number[] {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.column_entries USING fts5vocab('main', 'search_index', 'col')",
  );
  const rows = db.query("SELECT col, sum(cnt) FROM temp.column_entries GROUP BY col").values();
  const sums = new Map(rows as [string, number][]);
  return COLUMNS.map((name) => sums.get(name) ?? 0);
}

function sumOfSizes(db: Database): { readonly rows: number; readonly sums: readonly number[] } | string {
  const rows = db.query("SELECT id, sz FROM search_index_docsize").values() as [number, unknown][];
  const sums = COLUMNS.map(() => 0);
  for (const [id, block] of rows) {
    const sizes = numbersIn(block);
    if (sizes?.length !== COLUMNS.length) return `the sizes of passage ${id} are malformed`;
    for (const [column, size] of sizes.entries()) sums[column] = (sums[column] ?? 0) + size;
  }
  return { rows: rows.length, sums };
}

/** The number of passages and the words of each column; an index that never had a passage keeps nothing. */
function keptTotals(db: Database): readonly number[] | undefined {
  const row = db.query("SELECT block FROM search_index_data WHERE id = ?").values(TOTALS_ID)[0];
  if (row === undefined) return undefined;
  const numbers = numbersIn(row[0]);
  if (numbers?.length === 0) return [0, ...COLUMNS.map(() => 0)];
  return numbers?.length === COLUMNS.length + 1 ? numbers : undefined;
}

/** Numbers of seven bits a byte, the highest first, each byte but the last with its top bit set. Undefined for anything else. */
function numbersIn(block: unknown): number[] | undefined {
  if (!(block instanceof Uint8Array)) return undefined;
  const numbers: number[] = [];
  let number = 0;
  for (const byte of block) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const cutShort = (block.at(-1) ?? 0) >= 0x80;
  return cutShort ? undefined : numbers;
}

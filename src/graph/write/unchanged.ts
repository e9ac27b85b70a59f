/**
 * Chunks that the graph holds already just as they were prepared. A rebuild that finds the graph as it should be,
 * which is most of them, neither stages their rows nor writes them again.
 *
 * The tables are read once, in their own order, and a digest of each chunk's three rows is kept: every column, with the
 * type of each, so that the outcome is the same as if all were written anew. Rows are found by their rowid, whose
 * order SQLite's quick check proves. What was read is true until another process writes, which the generation tells.
 */
import type { Database, Statement } from "bun:sqlite";
import { GarbageWatch } from "../../system/index.ts";

/** The row of `chunks`, then what `chunk_terms` and `vectors` have for it, each in the order of its columns. */
export type ChunkRows = readonly [
  id: number,
  node: string,
  ordinal: number,
  heading: string,
  startLine: number,
  endLine: number,
  text: string,
  key: string,
  terms: string,
  vector: Uint8Array,
  checksum: number,
];

const ROWS_AT_A_TIME = 256;

// One value for all columns but the vector: a row of ten would be ten times as much to make. As bytes, since damaged
// UTF-8 reads like something else. Only the text may contain a NUL, and comes last, so that no two rows are the same
// when joined; values of another type than they should have match nothing.
const SELECT = `
  SELECT c.id, CAST(c.node || char(0) || c.ordinal || char(0) || c.heading || char(0) || c.start_line || char(0)
    || c.end_line || char(0) || c.key || char(0) || t.terms || char(0) || v.checksum || char(0) || c.text AS BLOB),
    v.vector
  FROM chunks c JOIN chunk_terms t ON t.chunk = c.id JOIN vectors v ON v.chunk = c.id
  WHERE c.id > ? AND typeof(c.node) = 'text' AND typeof(c.ordinal) = 'integer' AND typeof(c.heading) = 'text'
    AND typeof(c.start_line) = 'integer' AND typeof(c.end_line) = 'integer' AND typeof(c.key) = 'text'
    AND typeof(t.terms) = 'text'
    AND typeof(v.checksum) = 'integer' AND typeof(c.text) = 'text' AND typeof(v.vector) = 'blob'
    AND instr(c.node, char(0)) + instr(c.heading, char(0)) + instr(c.key, char(0)) + instr(t.terms, char(0)) = 0
  ORDER BY c.id LIMIT ${ROWS_AT_A_TIME}`;

export class UnchangedChunks {
  /** Ascending. */
  readonly #ids: Float64Array;
  readonly #digests: BigUint64Array;
  #size = 0;
  readonly #note: Statement<unknown, [number]>;

  /** Reads the graph. Throws the driver's error where its tables are not as they should be. */
  constructor(db: Database) {
    const [count] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
    this.#ids = new Float64Array(count);
    this.#digests = new BigUint64Array(count);
    this.#note = db.query("INSERT INTO unchanged_chunks VALUES (?)");
    this.#read(db);
  }

  /** Whether the graph has these rows; then they are noted in `unchanged_chunks`. */
  noteIfUnchanged(rows: ChunkRows): boolean {
    const [id, node, ordinal, heading, startLine, endLine, text, key, terms, vector, checksum] = rows;
    const place = this.#placeOf(id);
    if (place === undefined) return false;
    const joined = [node, ordinal, heading, startLine, endLine, key, terms, checksum, text].join("\u0000");
    if (digestOf(joined, vector) !== this.#digests[place]) return false;
    this.#note.run(id);
    return true;
  }

  #read(db: Database): void {
    using select = db.prepare<unknown, [number]>(SELECT);
    let last = Number.NEGATIVE_INFINITY;
    const garbage = new GarbageWatch();
    while (this.#size < this.#ids.length) {
      const rows = select.values(last) as [id: number, joined: Uint8Array, vector: Uint8Array][];
      for (const [id, joined, vector] of rows) {
        this.#ids[this.#size] = id;
        this.#digests[this.#size++] = digestOf(joined, vector);
      }
      if (rows.length < ROWS_AT_A_TIME) break;
      last = rows.at(-1)![0];
      garbage.check();
    }
  }

  #placeOf(id: number): number | undefined {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#ids[low] === id ? low : undefined;
  }
}

/**
 * 64 bits: damage passes for what it is not once in 10^19 rows.
 *
 * @param joined as UTF-8; a string is hashed as that
 */
function digestOf(joined: string | Uint8Array, vector: Uint8Array): bigint {
  return Bun.hash.xxHash3(vector, Bun.hash.xxHash3(joined));
}

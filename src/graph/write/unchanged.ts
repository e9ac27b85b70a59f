/**
 * Chunks that the graph holds already just as they were prepared. A rebuild that finds the graph as it should be,
 * which is most of them, neither stages their rows nor writes them again.
 *
 * The tables are read once, in their own order, and digests of each chunk's three rows are kept: every column, with
 * the type of each, so that the outcome is the same as if all were written anew. They are the digests that prove the
 * rows, which therefore need not be read once more for that. Rows are found by their rowid, whose order SQLite's quick
 * check proves. What was read is true until another process writes, which the generation tells.
 */
import type { Database, Statement } from "bun:sqlite";
import { GarbageWatch } from "../../system/index.ts";
import { DocumentDigests, digestOfRow, joinedColumns, joinedValues } from "../proof/index.ts";

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

/** Of a chunk: those of its rows of `chunks`, `chunk_terms` and `vectors`, and one of the vector itself. */
const DIGESTS = 4;

export class UnchangedChunks {
  /** Ascending. */
  readonly #ids: Float64Array;
  readonly #digests: BigUint64Array;
  #size = 0;
  /** Of the rows of the chunks that were noted. */
  readonly digests = new DocumentDigests();
  readonly #note: Statement<unknown, [number]>;

  /** Reads the graph. Throws the driver's error where its tables are not as they should be. */
  constructor(db: Database) {
    const [count] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
    this.#ids = new Float64Array(count);
    this.#digests = new BigUint64Array(DIGESTS * count);
    this.#note = db.query("INSERT INTO unchanged_chunks VALUES (?)");
    this.#read(db);
  }

  /** Whether the graph has these rows; then they are noted in `unchanged_chunks`. */
  noteIfUnchanged(rows: ChunkRows): boolean {
    const [id, node, ordinal, heading, startLine, endLine, text, key, terms, vector, checksum] = rows;
    const place = this.#placeOf(id);
    if (place === undefined) return false;
    const own = digestOfRow(joinedValues(id, node, ordinal, heading, startLine, endLine, text, key));
    const ofTerms = digestOfRow(joinedValues(id, terms));
    const ofVector = digestOfRow(joinedValues(id, checksum));
    const at = DIGESTS * place;
    if (this.#digests[at] !== own || this.#digests[at + 1] !== ofTerms) return false;
    if (this.#digests[at + 2] !== ofVector || this.#digests[at + 3] !== digestOfRow(vector)) return false;
    this.digests.add(node, "chunks", own);
    this.digests.add(node, "terms", ofTerms);
    this.digests.add(node, "vectors", ofVector);
    this.#note.run(id);
    return true;
  }

  #read(db: Database): void {
    using select = db.prepare<unknown, [number]>(`
      SELECT c.id, ${joinedColumns(db, "chunks", "c")}, ${joinedColumns(db, "chunk_terms", "t")},
        ${joinedColumns(db, "vectors", "v")}, v.vector
      FROM chunks c JOIN chunk_terms t ON t.chunk = c.id JOIN vectors v ON v.chunk = c.id
      WHERE c.id > ? AND typeof(v.vector) = 'blob' ORDER BY c.id LIMIT ${ROWS_AT_A_TIME}`);
    let last = Number.NEGATIVE_INFINITY;
    const garbage = new GarbageWatch();
    while (this.#size < this.#ids.length) {
      const rows = select.values(last) as [id: number, ...digested: Uint8Array[]][];
      for (const [id, ...digested] of rows) {
        this.#ids[this.#size] = id;
        for (let at = 0; at < DIGESTS; at++)
          this.#digests[DIGESTS * this.#size + at] = digestOfRow(digested[at]!);
        this.#size++;
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

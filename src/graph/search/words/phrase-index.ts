/** What leads to texts, and to the names of documents, with certain words one after the other. */
import type { Database } from "bun:sqlite";
import { estimateOf, largestId } from "./common-words.ts";
import type { IndexEntries } from "./index-entries.ts";

export interface NamedOptions {
  /** Entries of the index that may be read for a phrase. */
  readonly mostRead?: number;
  /** Has the words of the query counted already. */
  readonly entries?: IndexEntries;
}

/** The first chunk of a document, with its names as they are stored. */
export type NamedRow = [chunk: number, node: string, title: string, aliases: string];

/** Chunks that are looked at for the beginnings of documents with such a name. */
export const LOOKED_AT = 5_000;

const FIRST_CHUNKS = `SELECT c.id, c.node, n.title, n.aliases
  FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${LOOKED_AT}) j
    CROSS JOIN chunks c ON c.id = j.id JOIN nodes n ON n.id = c.node WHERE c.ordinal = 0`;

/** Of a word in fewer chunks than these, what it leads to is looked at one by one. */
const RARE = 1_000;
/** Entries of the index that are read for a phrase; more take longer than to look at the names of all documents. */
const MOST_READ = 300_000;

/** How often something occurs, and where not all of it was counted, about how often. */
interface Counted {
  readonly n: number;
  readonly estimate: () => number;
}

/** Of one search. */
export class PhraseIndex {
  readonly #counted;
  readonly #any;
  readonly #firstChunks;
  readonly #largestId: number;
  readonly #counts = new Map<string, Counted>();
  readonly #rows = new Map<string, readonly NamedRow[]>();
  readonly #entries: IndexEntries | undefined;
  readonly #mostRead: number;

  constructor(db: Database, { entries, mostRead = MOST_READ }: NamedOptions) {
    this.#entries = entries;
    this.#mostRead = mostRead;
    this.#counted = db.query<{ n: number; last: number | null }, [string]>(
      `SELECT count(*) AS n, max(id) AS last
       FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${RARE})`,
    );
    this.#largestId = entries?.largestId ?? largestId(db);
    this.#any = db.query("SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT 1");
    this.#firstChunks = db.query(FIRST_CHUNKS);
  }

  /** The first chunks of documents that an expression leads to; several names of a query lead to the same ones. */
  firstChunks(expression: string): readonly NamedRow[] {
    const known = this.#rows.get(expression);
    if (known !== undefined) return known;
    const rows = this.#firstChunks.values(expression) as NamedRow[];
    this.#rows.set(expression, rows);
    return rows;
  }

  /**
   * Expressions that lead to all chunks with these words one after the other in one of the columns, and to few others.
   * FTS5 reads all entries of all words of a phrase to find it, which among a million chunks takes longer than the
   * search itself; so what has a rare word is looked at instead where there is one, and whether there is such a phrase
   * at all is asked before it is sought in several ways. Undefined where even that would take too long.
   */
  leadingTo(
    tokens: readonly string[],
    columns: string,
    ways: (phrase: string) => readonly string[] = (phrase) => [`{${columns}} : ${phrase}`],
  ): readonly string[] | undefined {
    // The longest are the likeliest to be rare.
    const longestFirst = [...new Set(tokens)].sort((a, b) => b.length - a.length);
    const rare = longestFirst.find((token) => this.#countOf(token).n < RARE);
    if (rare !== undefined) return this.#countOf(rare).n === 0 ? [] : [`{${columns}} : "${rare}"`];
    const entries = longestFirst.reduce((sum, token) => sum + this.#countOf(token).estimate(), 0);
    if (entries > this.#mostRead) return undefined;
    const phrase = `"${tokens.join(" ")}"`;
    return this.#any.get(`{${columns}} : ${phrase}`) === null ? [] : ways(phrase);
  }

  #countOf(token: string): Counted {
    let known = this.#counts.get(token);
    if (known === undefined) {
      const form = `"${token}"`;
      const entries = this.#entries;
      const counted = entries?.counted(form);
      known =
        entries === undefined || counted === undefined
          ? this.#count(form)
          : { n: counted, estimate: () => entries.estimate(form) };
      this.#counts.set(token, known);
    }
    return known;
  }

  #count(form: string): Counted {
    const { n, last } = this.#counted.get(form) ?? { n: 0, last: null };
    return { n, estimate: () => (n < RARE ? n : estimateOf({ n, last: last ?? 0 }, this.#largestId)) };
  }
}

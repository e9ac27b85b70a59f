/**
 * Full-text search over the chunks, by BM25.
 *
 * Common words cost time in proportion to how often they occur and say little, so a query spends a bounded number of
 * index entries, on what is rarest first. For what is rare it is also noted which chunks have it: the fusion has to
 * know whether a chunk has all that was asked for.
 */
import type { Database } from "bun:sqlite";
import { hasFieldsAndTerms } from "../schema.ts";
import { STEM } from "./fold.ts";
import { STEMMED_LANGUAGES } from "./languages.ts";
import { literalOf, parseQuery, type Query, type Sought } from "./query.ts";
import { MOST_NAMED, type Scope, scopeClause, scopeTest } from "./scope.ts";

/** A chunk found, best first in its list. */
export interface ScoredChunk {
  readonly chunk: number;
  /** Higher is better; only comparable within one list. */
  readonly score: number;
}

/** What of a query was found. */
export interface FoundTerm {
  readonly text: string;
  readonly isExact: boolean;
  /** How much it tells: the logarithm of how few chunks have it, from 0 to 1, where 1 is one chunk of all. */
  readonly rarity: number;
  /** Documents that have it, or chunks where they are many. */
  readonly documents: number;
  /** The chunks that have it; undefined where they are too many to note. */
  readonly chunks: ReadonlySet<number> | undefined;
}

export interface LexicalResult {
  readonly list: readonly ScoredChunk[];
  readonly terms: readonly FoundTerm[];
  /** How many the graph has. */
  readonly chunks: number;
}

/**
 * Index entries that one query may visit. BM25 takes about a microsecond for each, and more of them find nothing
 * better: docs/search.md.
 */
const ENTRY_BUDGET = 10_000;

/** Chunks of a term that are noted. */
const NOTED = 200;

/** Chunks of a term whose documents are counted. */
const FEW = 16;

/** Chunks of a phrase in quotes that are read, to see whether they have its very words. */
const READ = 64;

/** Weight of path, title, heading, text and terms. */
const COLUMN_WEIGHTS = "1.0, 2.0, 1.0, 1.0, 0.5";

/** The distinct words of a text, lower-cased, as the index sees them apart from stemming. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return [...new Set(words)];
}

/** Up to `limit` chunks that contain words of the query, best first. */
export function lexicalSearch(
  db: Database,
  query: string,
  limit: number,
  budget = ENTRY_BUDGET,
): ScoredChunk[] {
  return [...findByWords(db, parseQuery(query, languagesOf(db)), limit, { budget }).list];
}

/** The languages whose stems the graph has; a look at the place of each in the list of entries. */
export function languagesOf(db: Database): string[] {
  openEntries(db);
  const next = db.query<{ term: string }, [string]>(
    "SELECT term FROM temp.index_entries WHERE term >= ? LIMIT 1",
  );
  if (next.get(STEM)?.term.startsWith(STEM) !== true) return [];
  return STEMMED_LANGUAGES.filter((language) => next.get(STEM + language)?.term.startsWith(STEM + language));
}

/** In the temporary database of this connection: the graph itself may be read-only. */
function openEntries(db: Database): void {
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_entries USING fts5vocab('main', 'search_index', 'row')",
  );
}

interface CountedForm {
  readonly form: string;
  readonly n: number;
}

export interface LexicalOptions {
  /** Index entries that may be visited. */
  readonly budget?: number;
  readonly scope?: Scope | undefined;
}

/** The same for a query that was taken apart, with what of it was found where. */
export function findByWords(
  db: Database,
  query: Query,
  limit: number,
  { budget = ENTRY_BUDGET, scope }: LexicalOptions = {},
): LexicalResult {
  const chunks = countChunks(db);
  const index = new IndexEntries(db);
  const forms = new Map<string, number>();
  const terms: FoundTerm[] = [];
  for (const sought of query.sought) {
    const found = index.find(sought);
    for (const { form, n } of found.forms) forms.set(form, n);
    if (found.forms.length > 0) {
      const rarity = rarityOf(found.n, chunks);
      const { text, isExact } = sought;
      const documents = index.documents(found.chunks) ?? found.n;
      terms.push({ text, isExact, rarity, documents, chunks: found.chunks });
    }
  }
  const counted = [...forms].map(([form, n]) => ({ form, n }));
  const expression = affordable(counted, budget);
  if (expression === undefined) return { list: [], terms, chunks };
  return { list: unclipped(best(db, expression, limit, { scope, chunks }), counted, chunks), terms, chunks };
}

/** BM25 of FTS5 for a word that half of the chunks have or more. */
const CLIPPED = 1e-4;

/**
 * With scores that say something where all words stand in half of the chunks, as in a graph of three: FTS5 takes what
 * they tell for nothing. The best one gets what its rarest word would tell by the formula that is never negative (as
 * in Lucene).
 */
function unclipped(
  list: readonly ScoredChunk[],
  counted: readonly CountedForm[],
  chunks: number,
): readonly ScoredChunk[] {
  const best = list[0]?.score ?? 0;
  if (best <= 0 || best >= CLIPPED) return list;
  const least = counted.reduce((fewest, { n }) => Math.min(fewest, n), chunks);
  const scale = Math.log(1 + (Math.max(chunks, least) - least + 0.5) / (least + 0.5)) / best;
  return list.map(({ chunk, score }) => ({ chunk, score: score * scale }));
}

interface Within {
  readonly scope: Scope | undefined;
  /** How many the graph has. */
  readonly chunks: number;
}

function best(db: Database, expression: string, limit: number, { scope, chunks }: Within): ScoredChunk[] {
  const within = scopeClause(scope);
  const takesPart = scopeTest(scope);
  const rows = db.prepare<{ chunk: number; score: number }, [string, string, number]>(
    `SELECT rowid AS chunk, -bm25(search_index, ${COLUMN_WEIGHTS}) AS score FROM search_index
     WHERE search_index MATCH ? AND ${within.sql} ORDER BY score DESC, rowid LIMIT ?`,
  );
  const first = (most: number): { list: ScoredChunk[]; seen: number } => {
    const list: ScoredChunk[] = [];
    let seen = 0;
    for (const { chunk, score } of rows.iterate(expression, within.value, most)) {
      seen++;
      if (takesPart(chunk)) list.push({ chunk, score });
      if (list.length === limit) break;
    }
    return { list, seen };
  };
  const isNamed = scope === undefined || scope.chunks.length <= MOST_NAMED;
  const most = isNamed ? limit : likelyEnough(scope, chunks, limit);
  const { list, seen } = first(most);
  // SQLite sorts all that is found only where the likely part of it was not enough.
  return isNamed || list.length === limit || seen < most ? list : first(-1).list;
}

/** How many of the best are likely to have as many as wanted of those that take part. */
function likelyEnough({ named, chunks: listed }: Scope, chunks: number, limit: number): number {
  const taking = named === "only" ? listed.length : chunks - listed.length;
  return Math.ceil((2 * limit * chunks) / Math.max(1, taking));
}

/** By the packs of vectors, which are few rows; counting a million chunks takes longer than finding them. */
function countChunks(db: Database): number {
  const packed = db
    .query<{ n: number | null }, []>("SELECT sum(length(chunks)) / 8 AS n FROM vector_bits")
    .get();
  return packed?.n || (db.query<{ n: number }, []>("SELECT count(*) AS n FROM chunks").get()?.n ?? 0);
}

/**
 * From 0, as many chunks as not have it, to 1, where only one has it: inverse document frequency against the
 * largest there is.
 */
function rarityOf(n: number, chunks: number): number {
  if (chunks <= 1) return 1;
  return Math.max(0, Math.log((chunks + 1) / n) / Math.log(chunks + 1));
}

class IndexEntries {
  readonly #noted;
  readonly #counted;
  readonly #documents;
  readonly #known = new Map<string, { n: number; chunks: readonly number[] | undefined }>();
  readonly #texts;
  readonly #hasTerms: boolean;

  constructor(db: Database) {
    this.#hasTerms = hasFieldsAndTerms(db);
    this.#noted = db.query("SELECT rowid FROM search_index WHERE search_index MATCH ?");
    this.#documents = db.query<{ n: number }, [string]>(
      "SELECT count(DISTINCT c.node) AS n FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value",
    );
    this.#texts = db.query(
      `SELECT p.id, p.path || char(10) || p.title || char(10) || p.heading || char(10) || p.text
       FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value`,
    );
    this.#counted = db.query<{ n: number }, [string, number]>(
      "SELECT count(*) AS n FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)",
    );
  }

  /** Which forms of what is sought occur, and in which chunks. */
  find(sought: Sought): { forms: CountedForm[]; n: number; chunks: ReadonlySet<number> | undefined } {
    const whole = this.#count(sought.whole);
    const inText = this.#hasTerms ? [] : [`"${sought.text.replaceAll('"', " ")}"`];
    const alike = this.#count([...sought.forms, ...inText]);
    const exact = whole.length > 0 ? whole : alike;
    const forms = exact.length > 0 ? exact : this.#count(sought.instead);
    const all = new Set<number>();
    let isWhole = true;
    let n = 0;
    for (const { form } of forms) {
      const { chunks } = this.#look(form);
      n = Math.max(n, this.#look(form).n);
      if (chunks === undefined) isWhole = false;
      else for (const chunk of chunks) all.add(chunk);
    }
    if (sought.literal !== undefined && isWhole) this.#keepLiteral(all, sought.literal);
    const beside = [...(exact === whole ? alike : []), ...this.#count(sought.parts)];
    if (forms.length === 0) n = beside.reduce((most, each) => Math.max(most, each.n), 0);
    return { forms: [...forms, ...beside], n: Math.max(n, all.size, 1), chunks: isWhole ? all : undefined };
  }

  /** In how many documents a few chunks stand. */
  documents(chunks: ReadonlySet<number> | undefined): number | undefined {
    if (chunks === undefined || chunks.size > FEW) return undefined;
    return Math.max(1, this.#documents.get(JSON.stringify([...chunks]))?.n ?? 1);
  }

  /** Leaves those that have the words as they are written, if some have. */
  #keepLiteral(chunks: Set<number>, literal: string): void {
    if (chunks.size === 0 || chunks.size > READ) return;
    const rows = this.#texts.values(JSON.stringify([...chunks])) as [number, string][];
    const exact = rows.filter(([, text]) => literalOf(text).includes(literal)).map(([id]) => id);
    if (exact.length === 0) return;
    chunks.clear();
    for (const id of exact) chunks.add(id);
  }

  #count(forms: readonly string[]): CountedForm[] {
    const known = this.#hasTerms ? forms : forms.filter((form) => !form.startsWith("{terms}"));
    return known.map((form) => ({ form, n: this.#look(form).n })).filter(({ n }) => n > 0);
  }

  #look(form: string): { n: number; chunks: readonly number[] | undefined } {
    let known = this.#known.get(form);
    if (known === undefined) {
      const n = this.#counted.get(form, ENTRY_BUDGET + 1)?.n ?? 0;
      const isRare = n > 0 && n <= NOTED;
      const noted = isRare ? this.#noted.values(form).map(([chunk]) => chunk as number) : undefined;
      known = { n, chunks: n === 0 ? [] : noted };
      this.#known.set(form, known);
    }
    return known;
  }
}

/** The FTS expression for the rarest forms that the budget allows, or undefined when none occurs at all. */
function affordable(counted: CountedForm[], budget: number): string | undefined {
  if (counted.length === 0) return undefined;
  counted.sort((a, b) => a.n - b.n);
  let spent = 0;
  const chosen = counted.filter(({ n }) => {
    spent += n;
    return spent <= budget;
  });
  if (chosen.length > 0) return anyOf(chosen.slice(0, MAX_FORMS));
  // Only common words: those that stand together are the fewest and the likeliest to be meant.
  return counted.map(({ form }) => `(${form})`).join(" AND ");
}

/** FTS5 takes no deeper expressions than 256, nor phrases without end. */
const MAX_FORMS = 200;

function anyOf(forms: readonly CountedForm[]): string {
  return forms.map(({ form }) => `(${form})`).join(" OR ");
}

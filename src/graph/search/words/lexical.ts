/**
 * Full-text search over the chunks, by BM25.
 *
 * Common words cost time in proportion to how often they occur and say little, so a query spends a bounded number of
 * index entries, on what is rarest first. For what is rare it is also noted which chunks have it: the fusion has to
 * know whether a chunk has all that was asked for.
 */
import type { Database } from "bun:sqlite";
import { parseQuery, type Query, type Sought, wordSought } from "../query/index.ts";
import { MOST_NAMED, type Scope, scopeClause, scopeTest } from "../scope.ts";
import { entriesOf, MOST_SCORED, type ScoredChunk, standingTogether, tellingOf } from "./common-words.ts";
import { type CountedForm, ENTRY_BUDGET, IndexEntries } from "./index-entries.ts";
import { type NearWords, nearWords } from "./near-words.ts";
import { type Looked, type ToTheLetter, toTheLetter } from "./to-the-letter.ts";
import { rarityOf, type ToldBy, toldBy } from "./told-by.ts";
import { languagesOf } from "./vocabulary.ts";

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
  /** It is only nearly what was asked for, of which there is nothing. */
  readonly isNear?: true;
}

/** Words of a query that a chunk has one after the other. */
export interface Run {
  readonly words: number;
  /** Of the query, by how much its words tell, from 0 to 1. */
  readonly part: number;
}

export interface LexicalResult {
  readonly list: readonly ScoredChunk[];
  readonly terms: readonly FoundTerm[];
  /** How many words of the query no chunk has. */
  readonly absent: number;
  /** How many the graph has. */
  readonly chunks: number;
  /** What of the query means one thing, and who has it; undefined where words were not sought. */
  readonly letter?: ToTheLetter;
  /** The chunks that have words of the query one after the other, where they were looked for. */
  readonly runs?: ReadonlyMap<number, Run>;
  /** How much chunks are worth by a number and a word of the query in their names, where that was looked for. */
  readonly numbers?: ReadonlyMap<number, number>;
  /** Words that no document has, with those that were sought in their place; undefined where there are none. */
  readonly near?: readonly NearWords[];
}

/**
 * Weight of path, title, heading, text and terms. `bun run bench relevance` prints what other weights would make of
 * every set of questions.
 */
export const COLUMN_WEIGHTS: ColumnWeights = [1, 2, 1, 1, 0.5];

export type ColumnWeights = readonly [
  path: number,
  title: number,
  heading: number,
  text: number,
  terms: number,
];

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

export interface LexicalOptions {
  /** Index entries that may be visited. */
  readonly budget?: number;
  /** Entries that may be scored where all words are common. */
  readonly mostScored?: number;
  readonly scope?: Scope | undefined;
  /** Where what is looked for is counted, for whoever goes on with it. */
  readonly index?: IndexEntries;
  /** Others than the usual ones, to see what they would find. */
  readonly weights?: ColumnWeights;
}

/** The same for a query that was taken apart, with what of it was found where. */
export function findByWords(
  db: Database,
  query: Query,
  limit: number,
  options: LexicalOptions = {},
): LexicalResult {
  const index = options.index ?? new IndexEntries(db);
  const { looked, counted, ...told } = lookAt(db, index, query);
  const within: Within = {
    scope: options.scope,
    chunks: told.chunks,
    weights: options.weights ?? COLUMN_WEIGHTS,
  };
  const list = listOf(db, { counted, terms: told.terms, index }, limit, {
    ...within,
    budget: options.budget ?? budgetFor(query),
    mostScored: options.mostScored ?? MOST_SCORED,
  });
  const near = nearWords(db, looked, (word) => isFoundIn(db, index, word, within));
  return near.length === 0 ? { list, ...told } : withNear(db, index, { list, ...told, near }, limit, within);
}

/** What of a query means one thing, and who has it, without a list: for who goes by meaning alone. */
export function lookUp(db: Database, query: Query): LexicalResult {
  const { chunks, letter } = lookAt(db, new IndexEntries(db), query);
  return { list: [], terms: [], absent: 0, chunks, letter };
}

interface LookedAt extends Omit<LexicalResult, "list" | "letter"> {
  readonly letter: ToTheLetter;
  readonly looked: readonly Looked[];
  readonly counted: CountedForm[];
}

function lookAt(db: Database, index: IndexEntries, query: Query): LookedAt {
  const chunks = countChunks(db);
  const forms = new Map<string, CountedForm>();
  const terms: FoundTerm[] = [];
  const looked: Looked[] = [];
  const seen = query.sought.map((sought) => ({ sought, found: index.find(sought) }));
  const isThere = ({ found }: (typeof seen)[number]): boolean => found.forms.length > 0;
  // Where a name is found, its letters alone lead to what is something else.
  const letters = new Set(seen.filter(isThere).flatMap(({ sought }) => sought.madeOf ?? []));
  const asSuch = seen.filter((each) => !letters.has(each.sought.text));
  for (const { sought, found } of asSuch) {
    for (const each of found.forms) forms.set(each.form, each);
    const told = toldBy(db, index, { sought, found }, { all: chunks, words: asSuch.length });
    const { rarity } = told;
    const isByStem = found.found !== "nowhere" && index.isByStem(sought);
    looked.push({ sought, found: found.found, rarity, chunks: found.chunks, isByStem });
    // A phrase whose words alone are there is not found.
    if (found.forms.length > 0 && (sought.apart === undefined || found.found !== "parts"))
      terms.push(termOf(index, sought, found.n, told));
  }
  // A date is sought as it is written and as a file may name it: one of the two is enough.
  const found = new Set(terms.map(({ text }) => text));
  const asked = looked.filter(({ sought }) => sought.isBeside !== true && !found.has(sought.text));
  const absent = new Set(asked.map(({ sought }) => sought.text)).size;
  return { terms, absent, chunks, letter: toTheLetter(looked), looked, counted: [...forms.values()] };
}

function termOf(
  index: IndexEntries,
  { text, isExact }: Sought,
  n: number,
  { rarity, chunks, documents }: ToldBy,
): FoundTerm {
  return { text, isExact, rarity, documents: documents ?? index.documents(chunks) ?? n, chunks };
}

interface Listing extends Within {
  readonly budget: number;
  readonly mostScored: number;
}

function listOf(
  db: Database,
  found: {
    readonly counted: CountedForm[];
    readonly terms: readonly FoundTerm[];
    readonly index: IndexEntries;
  },
  limit: number,
  { budget, mostScored, ...within }: Listing,
): readonly ScoredChunk[] {
  const { counted, terms, index } = found;
  const { chunks, scope } = within;
  const chosen = affordable(counted, budget);
  if (chosen === undefined) return [];
  const forms =
    chosen.joined === " AND " ? counted.map(({ form }) => ({ form, estimate: index.estimate(form) })) : [];
  if (entriesOf(forms) > mostScored) {
    const words = terms.flatMap(({ text }) => wordsOf(text));
    const { largestId } = index;
    const common = { forms, words, chunks, largestId, isFiltered: scope !== undefined };
    return standingTogether(common, limit, (expression, last) =>
      best(db, expression, limit, within, last).map(({ chunk }) => chunk),
    );
  }
  const expression = chosen.forms.map(({ form }) => `(${form})`).join(chosen.joined);
  return unclipped(best(db, expression, limit, within), counted, chunks);
}

/** Whether a word of some text is found where it is sought: filters may leave out all that has it. */
function isFoundIn(db: Database, index: IndexEntries, word: string, within: Within): boolean {
  const { forms } = index.find(wordSought(word));
  if (forms.length === 0 || within.scope === undefined) return forms.length > 0;
  return best(db, forms.map(({ form }) => `(${form})`).join(" OR "), 1, within).length > 0;
}

/** What a chunk has by a word that is only nearly one of the query, of what it would have by the word itself. */
const NEARLY = 0.3;

/** With what has the words that are nearly those of the query: fully where nothing else of it is found. */
function withNear(
  db: Database,
  index: IndexEntries,
  found: LexicalResult & { readonly near: readonly NearWords[] },
  limit: number,
  within: Within,
): LexicalResult {
  const sought = found.near.flatMap(({ near }) => near.map(wordSought));
  const looked = sought.map((each) => ({ sought: each, seen: index.find(each) }));
  const forms = looked.flatMap(({ seen }) => seen.forms).filter(({ n }) => n <= ENTRY_BUDGET);
  const terms = looked.map(({ sought: each, seen }): FoundTerm => {
    const { n, chunks } = seen;
    return { ...termOf(index, each, n, { rarity: rarityOf(n, found.chunks), chunks }), isNear: true };
  });
  const told = {
    ...found,
    terms: [...found.terms, ...terms],
    absent: Math.max(0, found.absent - NEARLY * found.near.length),
  };
  if (forms.length === 0) return told;
  const expression = forms.map(({ form }) => `(${form})`).join(" OR ");
  const weight = found.list.length === 0 ? 1 : NEARLY;
  const scores = new Map(found.list.map(({ chunk, score }) => [chunk, score]));
  for (const { chunk, score } of unclipped(best(db, expression, limit, within), forms, found.chunks))
    scores.set(chunk, (scores.get(chunk) ?? 0) + weight * score);
  const list = [...scores].map(([chunk, score]) => ({ chunk, score }));
  list.sort((a, b) => b.score - a.score || a.chunk - b.chunk);
  return { ...told, list: list.slice(0, limit) };
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
  const scale = tellingOf(least, chunks) / best;
  return list.map(({ chunk, score }) => ({ chunk, score: score * scale }));
}

interface Within {
  readonly scope: Scope | undefined;
  readonly weights: ColumnWeights;
  /** How many the graph has. */
  readonly chunks: number;
}

/** @param last where it is given, those with ids up to it, by id and without a score */
function best(
  db: Database,
  expression: string,
  limit: number,
  { scope, chunks, weights }: Within,
  last?: number,
): ScoredChunk[] {
  const within = scopeClause(scope);
  const takesPart = scopeTest(scope);
  const rows = db.query(
    last === undefined
      ? `SELECT rowid, -bm25(search_index, ${weights.join(", ")}) AS score FROM search_index
         WHERE search_index MATCH ? AND ${within.sql} ORDER BY score DESC, rowid LIMIT ?`
      : `SELECT rowid, 0.0 FROM search_index
         WHERE search_index MATCH ? AND ${within.sql} AND rowid <= ${last} ORDER BY rowid LIMIT ?`,
  );
  const first = (most: number): { list: ScoredChunk[]; seen: number } => {
    // One by one, rows would take longer to hand over than to find.
    const found = rows.values(expression, within.value, most) as [number, number][];
    const taking = scope === undefined ? found : found.filter(([chunk]) => takesPart(chunk));
    const list = taking.slice(0, limit).map(([chunk, score]) => ({ chunk, score }));
    return { list, seen: found.length };
  };
  const isNamed = scope === undefined || scope.places.length <= MOST_NAMED;
  const most = isNamed ? limit : likelyEnough(scope, chunks, limit);
  const { list, seen } = first(most);
  // SQLite sorts all that is found only where the likely part of it was not enough.
  return isNamed || list.length === limit || seen < most ? list : first(-1).list;
}

/** How many of the best are likely to have as many as wanted of those that take part. */
function likelyEnough({ named, places }: Scope, chunks: number, limit: number): number {
  const taking = named === "only" ? places.length : chunks - places.length;
  return Math.ceil((2 * limit * chunks) / Math.max(1, taking));
}

/** By the packs of vectors, which are few rows; counting a million chunks takes longer than finding them. */
function countChunks(db: Database): number {
  const packed = db
    .query<{ n: number | null }, []>("SELECT sum(length(chunks)) / 8 AS n FROM vector_bits")
    .get();
  return packed?.n || (db.query<{ n: number }, []>("SELECT count(*) AS n FROM chunks").get()?.n ?? 0);
}

/** The rarest forms that the budget allows, any of which counts, or undefined when none occurs at all. */
function affordable(
  counted: CountedForm[],
  budget: number,
): { readonly forms: readonly CountedForm[]; readonly joined: " OR " | " AND " } | undefined {
  if (counted.length === 0) return undefined;
  counted.sort((a, b) => a.n - b.n);
  let spent = 0;
  const chosen = counted.filter(({ n }) => {
    spent += n;
    return spent <= budget;
  });
  if (chosen.length > 0) return { forms: chosen.slice(0, MAX_FORMS), joined: " OR " };
  // Only common words: those that stand together are the fewest and the likeliest to be meant.
  return { forms: counted, joined: " AND " };
}

/** What each word of a long query may add to the budget: a pasted page is told by many words of middling rarity. */
const ENTRIES_A_WORD = 500;
const MOST_ENTRIES = 100_000;

function budgetFor({ sought }: Query): number {
  return Math.min(MOST_ENTRIES, Math.max(ENTRY_BUDGET, ENTRIES_A_WORD * sought.length));
}

/** FTS5 takes no deeper expressions than 256, nor phrases without end. */
const MAX_FORMS = 200;

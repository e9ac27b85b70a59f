/**
 * Search of the graph: lexical, semantic, or both fused by their scores, with one result a document and its best
 * chunk.
 */
import type { Database } from "bun:sqlite";
import { readTransaction } from "../../sqlite/index.ts";
import { requireProved } from "../proof/index.ts";
import { readGeneration } from "../state.ts";
import { copiesAfterOriginals } from "./conflict-copies.ts";
import { emptyNotesNamed, withEmptyNotes } from "./empty-notes.ts";
import { type ChangedOn, type Filters, hasFilters, letThrough, scopeOf } from "./filters.ts";
import { oneOfEachFile } from "./one-file.ts";
import { inNotesOf, parseQuery } from "./query/index.ts";
import { lexicalDepth, rank, type SearchMode } from "./rank.ts";
import { type Scope, scopeWithout } from "./scope.ts";
import type { SemanticIndex } from "./semantic.ts";
import { describe, type SearchResult } from "./shown/index.ts";
import { currentFirst } from "./superseded.ts";
import { belowNotes, type TemplateTest } from "./templates-below.ts";
import { collapseTranslations } from "./translations.ts";
import {
  asWritten,
  type FoundTerm,
  findByWords,
  firstChunksMeant,
  havingAsWritten,
  IndexEntries,
  type LexicalResult,
  languagesOf,
  lookUp,
  meansOneThing,
  type NamedChunk,
  type NearWords,
  numbersBeside,
  runsIn,
  withoutSlips,
} from "./words/index.ts";

export interface SearchRequest {
  readonly query: string;
  readonly mode: SearchMode;
  /** How many documents to return at most. */
  readonly limit: number;
  /** The query's vector; without one only lexical results are found. */
  readonly vector: Float32Array | undefined;
  /** Which documents it is about; all by default. */
  readonly filters?: Filters | undefined;
  readonly changedOn?: ChangedOn | undefined;
  /** Whether each result says why it was found. */
  readonly explain?: boolean;
  /** Whether a document's path is a symbolic link: of one file, what is none is the result. */
  readonly isLink?: ((id: string) => boolean) | undefined;
  /** Whether a document is a template, which comes after notes that are as good. */
  readonly isTemplate?: TemplateTest | undefined;
  /** What `searchWords` found for the same request before its vector was there. */
  readonly words?: WordsFound | undefined;
}

/** The part of a search that needs no vector. Holds while the graph is of the same generation. */
export interface WordsFound {
  readonly generation: number;
  readonly scope: Scope | undefined;
  /** Words with a minus before them, where documents have them and were left out for it. */
  readonly excluded: readonly string[];
  readonly found: LexicalResult;
  /** First chunks of documents that are called what is asked for. */
  readonly named: readonly NamedChunk[];
}

/** Finds what a request finds by its words alone, so that it need not be done once its vector is there. */
export function searchWords(db: Database, index: SemanticIndex, request: SearchRequest): WordsFound {
  return readTransaction(db, () => wordsIn(db, index, request));
}

/** What a search finds. */
export interface Found {
  /** Best first. */
  readonly results: readonly SearchResult[];
  /** Words of the query that no document has, with those that were sought in their place. */
  readonly near: readonly NearWords[];
  /** Words of the query with a minus before them, where documents were left out for it. */
  readonly excluded: readonly string[];
}

/** Documents for a query, best first; all read from one snapshot of the graph. */
export function searchGraph(db: Database, index: SemanticIndex, request: SearchRequest): SearchResult[] {
  return [...findInGraph(db, index, request).results];
}

/** The same, with what was sought in place of what no document has. */
export function findInGraph(db: Database, index: SemanticIndex, request: SearchRequest): Found {
  return readTransaction(db, () => searchSnapshot(db, index, request));
}

function searchSnapshot(db: Database, index: SemanticIndex, request: SearchRequest): Found {
  const { words } = request;
  const { scope, excluded, found, named } =
    words !== undefined && words.generation === readGeneration(db) ? words : wordsIn(db, index, request);
  const ranking = rank(index, { ...request, scope }, found, named);
  const near = found.near ?? [];
  const shown = [request.query, ...near.flatMap((each) => each.near)].join(" ");
  const describing = { query: shown, found, ranking, explains: request.explain ?? false };
  const ranked = belowNotes(db, ranking.documents, request);
  const files = oneOfEachFile(db, ranked, request.limit, request.isLink ?? never);
  const copies = copiesAfterOriginals(db, files, request.limit);
  const { query, limit } = request;
  const current = currentFirst(db, copies, { query, limit, alone: alone(found.terms, ranking.nodes) });
  const documents = collapseTranslations(db, current, {
    query,
    limit,
    terms: found.terms,
    nodes: ranking.nodes,
  });
  const empty = emptyNotes(db, request, found);
  requireProved(db, [...documents.map(({ node }) => node), ...empty], SHOWN);
  const calledSo = new Set(
    named.flatMap(({ chunk, called }) => (called === "section" ? [] : [ranking.nodes.get(chunk)])),
  );
  const results = withEmptyNotes(db, describe(db, documents, describing), empty, {
    isNamed: (id) => calledSo.has(id),
    limit: request.limit,
    explains: describing.explains,
  });
  return { results, near, excluded };
}

/** The documents that alone have a word of the query. */
function alone(terms: readonly FoundTerm[], nodes: ReadonlyMap<number, string>): ReadonlySet<string> {
  return new Set(
    terms.flatMap(({ documents, chunks, isNear }) =>
      documents === 1 && isNear !== true
        ? [...(chunks ?? [])].flatMap((chunk) => nodes.get(chunk) ?? [])
        : [],
    ),
  );
}

/** Notes without a text that are called what is asked for; by meaning alone, nothing is found by its name. */
function emptyNotes(db: Database, request: SearchRequest, found: LexicalResult): string[] {
  const { query, mode, filters, changedOn } = request;
  const called = mode === "semantic" ? [] : emptyNotesNamed(db, query, found.chunks);
  if (called.length === 0 || !hasFilters(filters)) return called;
  const taking = new Set(letThrough(db, filters, changedOn).map(({ id }) => id));
  return called.filter((id) => taking.has(id));
}

/** What proves the rows that a result is made of (I15). */
const SHOWN = ["document", "fields", "chunks", "terms"] as const;

function wordsIn(db: Database, chunks: SemanticIndex, request: SearchRequest): WordsFound {
  const query = parseQuery(request.query, languagesOf(db), inNotesOf(db));
  const without = scopeWithout(db, query.excluded);
  const excluded = without === undefined ? [] : query.excluded.map(({ text }) => text);
  const scope = hasFilters(request.filters)
    ? scopeOf(db, request.filters, without, request.changedOn)
    : without;
  const generation = readGeneration(db);
  if (request.mode === "semantic") {
    // Words do not count, but an identifier that no document has is not near to what is like it.
    const found = meansOneThing(query.sought) ? lookUp(db, query) : NOTHING;
    return { generation, scope, excluded, found, named: [] };
  }
  const index = new IndexEntries(db);
  const byWords = ofManyDocuments(chunks, request.limit, (depth) =>
    findByWords(db, query, depth, { scope, index }),
  );
  const having = havingAsWritten(db, index, request.query, byWords.list);
  const runs = runsIn(db, index, request.query, byWords);
  const numbers = numbersBeside(db, byWords);
  const found = { ...byWords, runs, numbers, ...(having.size === 0 ? {} : { letter: asWritten(having) }) };
  // What is called as the query was meant is what is asked for, as if it had been typed so.
  const meant = withoutSlips(request.query, found.near ?? []);
  const named = firstChunksMeant(db, [request.query, meant], { entries: index });
  return { generation, scope, excluded, found, named };
}

/** Chunks of a list by words beyond which no further documents are looked for. */
const DEEPEST = 20_000;
const DEEPER = 8;

/**
 * A list by words in which further documents follow where a few long ones fill it: a changelog that says a word in each
 * of a thousand chunks leaves no room for the notes that say it once. Of those only the best chunk is added.
 */
function ofManyDocuments(
  chunks: SemanticIndex,
  limit: number,
  find: (depth: number) => LexicalResult,
): LexicalResult {
  const nodesOf = (from: LexicalResult["list"]) => chunks.nodesOf(from.map(({ chunk }) => chunk));
  const first = lexicalDepth(limit);
  const found = find(first);
  let list = found.list;
  let nodes = new Map<number, string>();
  for (let depth = first; list.length >= depth && depth < DEEPEST; list = find(depth).list) {
    nodes = nodesOf(list);
    if (new Set(nodes.values()).size >= limit) break;
    depth *= DEEPER;
  }
  if (list === found.list) return found;
  nodes = nodesOf(list);
  const seen = new Set(list.slice(0, first).map(({ chunk }) => nodes.get(chunk)));
  const added = list.slice(first).filter(({ chunk }) => {
    const node = nodes.get(chunk);
    return !seen.has(node) && seen.add(node);
  });
  return { ...found, list: [...list.slice(0, first), ...added] };
}

function never(): boolean {
  return false;
}

const NOTHING: LexicalResult = { list: [], terms: [], absent: 0, chunks: 0 };

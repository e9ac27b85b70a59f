/** Search of one project, from words to results: embeds the query, then asks the graph. */
import type { Database } from "bun:sqlite";
import { countPending, databaseError } from "../graph/index.ts";
import {
  asksForSomething,
  type Filters,
  type Found,
  findInGraph,
  hasFilters,
  type NearWords,
  type SearchMode,
  type SearchRequest,
  type SearchResult,
  searchWords,
  type WordsFound,
} from "../graph/search/index.ts";
import { FEW_TEXTS, queryText } from "../ingest/chunking/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError, isoTime } from "../system/index.ts";
import { commitDateOf, commitDates } from "./commit-dates.ts";
import {
  type Answered,
  answerFresh,
  type Checked,
  compareWithFiles,
  type FileState,
  type FreshGraph,
  placeOf,
  type Told,
  textNow,
} from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT, SEARCH_MODES } from "./limits.ts";
import { beginAtNearest, type QueryEmbedding } from "./nearest-sentence.ts";
import { isSymbolicLink } from "./path-inside.ts";
import { readyFilters, whatFiltersLeave } from "./search-filters.ts";
import { templateTest } from "./templates.ts";

export interface SearchDocumentsRequest {
  readonly query: string;
  readonly mode: SearchMode;
  /** Documents to return at most, 1 to 1000. */
  readonly limit: number;
  /** Whether each result says why it was found. */
  readonly explain?: boolean;
  /** Which documents it is about; all by default. */
  readonly filters?: Filters | undefined;
  /** Whether chunks are shown whole, so that nobody needs to know where the part to be shown begins. */
  readonly wholeChunks?: boolean;
}

export interface SearchDocumentsReport {
  readonly query: string;
  readonly mode: SearchMode;
  readonly results: readonly SearchResult[];
  /** Words that no document has, with those that are nearly the same, which were looked for as well. */
  readonly didYouMean?: readonly NearWords[];
  /** Words with a minus before them, where documents were left out for it. */
  readonly excluded?: readonly string[];
  /** Where filters were given and nothing was found: how many documents they leave to be searched. */
  readonly letThrough?: number;
  /** Where that is 0: a sentence that names the filters which no document fits. */
  readonly filterNote?: string;
}

/**
 * Searches the files as they are. Throws `search.empty`, `search.mode`, `search.limit`, `search.filter` (exit 2),
 * `graph.model`, and what opening the graph and the model throw.
 */
export async function searchDocuments(
  project: Project,
  graph: FreshGraph,
  embed: QueryEmbedding,
  asked: SearchDocumentsRequest,
): Promise<SearchDocumentsReport & Told> {
  const { query, mode } = asked;
  checkSearchRequest(asked);
  const request = { ...asked, filters: readyFilters(project.root, asked.filters) };
  // Where nothing has a vector, the query's would be computed for nothing.
  const compares = mode !== "lexical" && graph.use((reader) => mayHaveVectors(reader.db));
  if (!compares) {
    const found = await answerFresh(graph, (reader, checked) =>
      searchAsFilesAre(project, reader, { request, vector: undefined, words: undefined, checked }),
    );
    return { query, mode, ...found };
  }
  const embedding = embed(
    async (embedder) => {
      graph.use((reader) => reader.requireModel(embedder.model.id));
      const { misses } = embedder.stats();
      const vector = await embedder.embed(queryText(query, embedder.model));
      return { vector, isComputed: embedder.stats().misses > misses };
    },
    graph.use((reader) => reader.madeBy),
  ).catch(offeringWords);
  const found = await besideEmbedding(project, graph, request, embedding);
  if (asked.wholeChunks === true) return { query, mode, ...found };
  const choice = { query, vector: (await embedding).vector, results: found.results };
  return { query, mode, ...found, results: await beginAtNearest(graph, embed, choice) };
}

/** A model that is missing or damaged is no reason to find nothing. */
function offeringWords(error: unknown): never {
  if (!(error instanceof AmalfaError) || !/^(?:model|embedding)\./.test(error.code)) throw error;
  const { code, message, hint = "", exit } = error;
  const words = "Until then, search with --mode lexical: that needs no model.";
  throw new AmalfaError(code, message, { hint: `${hint} ${words}`.trim(), exit, cause: error });
}

/**
 * The model, where it has to be loaded, is so in a thread of its own, which takes longer than anything else here:
 * meanwhile files are compared, and the words are searched for.
 */
async function besideEmbedding(
  project: Project,
  graph: FreshGraph,
  request: SearchDocumentsRequest,
  embedding: Promise<{ readonly vector: Float32Array; readonly isComputed: boolean }>,
): Promise<FoundNow & Told> {
  let vector: Float32Array | undefined;
  let words: WordsFound | undefined;
  const until = embedding.then((embedded) => {
    ({ vector } = embedded);
    return embedded.isComputed;
  });
  until.catch(() => {});
  try {
    return await answerFresh(
      graph,
      (reader, checked) => searchAsFilesAre(project, reader, { request, vector, words, checked }),
      {
        until,
        prepare: ({ db, semantic }, { times }) => {
          words = searchWords(db, semantic, graphRequest(project, request, times));
          semantic.load();
        },
      },
    );
  } finally {
    // Whoever asked closes the graph next, and perhaps the embedder.
    await Promise.allSettled([until]);
  }
}

/** Whether there are vectors, or so few are missing that they come with the query's. */
function mayHaveVectors(db: Database): boolean {
  if (db.query("SELECT 1 FROM vectors LIMIT 1").get() !== null) return true;
  const { chunks } = countPending(db);
  return chunks > 0 && chunks <= FEW_TEXTS;
}

/** Results that are left out are made up for by further ones, of which so many are looked at. */
const MOST_LEFT_OUT = 200;

type FoundNow = Omit<SearchDocumentsReport, "query" | "mode">;

interface FreshSearch {
  readonly request: SearchDocumentsRequest;
  readonly vector: Float32Array | undefined;
  readonly words: WordsFound | undefined;
  readonly checked: Checked;
}

function searchAsFilesAre(
  project: Project,
  reader: GraphReader,
  { request, vector, words, checked: { gone, times } }: FreshSearch,
): Answered<FoundNow> {
  const states = new Map<string, FileState>();
  const { limit, filters } = request;
  for (let ask = limit; ; ) {
    const asked = graphRequest(project, { ...request, limit: ask }, times);
    const known = ask === limit ? words : undefined;
    const { results: found, near, excluded } = findWithVector(project, reader, asked, vector, known);
    const unseen = found.map(({ id }) => id).filter((id) => !states.has(id));
    for (const [id, state] of compareWithFiles(project.root, reader.db, unseen, gone)) states.set(id, state);
    const results = found.flatMap((result) =>
      shownNow(project.root, reader.db, result, states.get(result.id)),
    );
    const leftOut = found.length - results.length;
    if (results.length >= limit || found.length < ask || ask - limit >= MOST_LEFT_OUT) {
      const having = (state: FileState) => [...states.keys()].filter((id) => states.get(id) === state);
      return {
        value: {
          results: results.slice(0, limit),
          ...(near.length > 0 ? { didYouMean: near } : {}),
          ...(excluded.length > 0 ? { excluded } : {}),
          ...(results.length === 0 && hasFilters(filters)
            ? whatFiltersLeave(reader.db, filters, asked.changedOn)
            : {}),
        },
        stale: { changed: having("changed"), removed: having("gone"), unreadable: having("unreadable") },
      };
    }
    ask = limit + Math.min(MOST_LEFT_OUT, Math.max(10, 2 * leftOut));
  }
}

/** A chunk of a document that has changed is shown where the file still says it, and where it says it now. */
function shownNow(
  root: string,
  db: Database,
  result: SearchResult,
  state: FileState | undefined,
): SearchResult[] {
  if (state === "same" || state === "unreadable") return [result];
  if (state !== "changed") return [];
  const rows = db
    .query("SELECT text FROM chunks WHERE node = ? AND start_line >= ? AND end_line <= ? ORDER BY ordinal")
    .values(result.id, ...result.lines) as [string][];
  const now = textNow(root, result.id) ?? "";
  const places = rows.map(([text]) => placeOf(text, now));
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined || places.includes(undefined)) return [];
  return [{ ...result, lines: [first[0], last[1]], passages: [] }];
}

/** What is asked of the graph, but for the query's vector. @param times as `Checked` has them */
function graphRequest(
  { root }: Project,
  { query, mode, limit, explain = false, filters }: SearchDocumentsRequest,
  times: Checked["times"] = new Map(),
): SearchRequest {
  // Asked for only where a date is: a history takes longer to read than an answer to find.
  const asksTime = filters?.since !== undefined || filters?.until !== undefined;
  const dates = asksTime ? commitDates(root) : undefined;
  const changedOn =
    dates === undefined ? undefined : (id: string) => commitDateOf(dates, id) ?? timeOf(times, id);
  const isLink = (id: string): boolean => isSymbolicLink(root, id);
  const isTemplate = templateTest(root);
  return { query, mode, limit, vector: undefined, explain, filters, changedOn, isLink, isTemplate };
}

function timeOf(times: Checked["times"], id: string): string | undefined {
  const time = times.get(id);
  return time === undefined ? undefined : (isoTime(time) ?? "");
}

/**
 * The part of a search that needs no model.
 * @param vector the query's vector, by the model that made the graph; undefined in lexical mode
 * @param words what `searchWords` found for the same request, if it was asked
 */
export function searchWithVector(
  project: Project,
  reader: GraphReader,
  request: SearchDocumentsRequest,
  vector: Float32Array | undefined,
  words?: WordsFound,
): readonly SearchResult[] {
  return findWithVector(project, reader, graphRequest(project, request), vector, words).results;
}

/**
 * Goes the way of a search for nothing, so that what it loads and compiles is ready for whoever asks first. Throws what
 * a search throws.
 *
 * @param part where in the graph its words are from, from 0 to 1: other words have other pages of the file read
 */
export function rehearseSearch(project: Project, reader: GraphReader, part: number): void {
  const { db, semantic } = reader;
  const known = db
    .query<{ text: string; vector: Uint8Array }, [number]>(
      "SELECT c.text, v.vector FROM vectors v JOIN chunks c ON c.id = v.chunk " +
        "WHERE v.chunk >= (SELECT max(chunk) FROM vectors) * ? ORDER BY v.chunk LIMIT 1",
    )
    .get(part);
  if (known === null) return;
  const query = known.text.split(/\s+/, REHEARSED_WORDS).join(" ");
  const request = { query, mode: "hybrid", limit: DEFAULT_SEARCH_LIMIT } as const;
  const vector = new Float32Array(known.vector.slice().buffer);
  searchWithVector(
    project,
    reader,
    request,
    vector,
    searchWords(db, semantic, graphRequest(project, request)),
  );
}

const REHEARSED_WORDS = 8;

function findWithVector(
  project: Project,
  reader: GraphReader,
  request: SearchRequest,
  vector: Float32Array | undefined,
  words: WordsFound | undefined,
): Found {
  try {
    return findInGraph(reader.db, reader.semantic, { ...request, vector, words });
  } catch (error) {
    throw databaseError(project.paths.database, error);
  }
}

/** Throws `search.empty`, `search.mode` or `search.limit` (exit 2). */
export function checkSearchRequest({ query, mode, limit }: SearchDocumentsRequest): void {
  if (query.trim() === "") {
    throw new AmalfaError("search.empty", "There is nothing to search for: the query is empty.");
  }
  if (!asksForSomething(query)) {
    throw new AmalfaError(
      "search.empty",
      "There is nothing to search for: the query has no letter, no digit and no other sign that is looked for.",
    );
  }
  if (!SEARCH_MODES.includes(mode)) {
    throw new AmalfaError("search.mode", `"${mode}" is not a search mode.`, {
      hint: `Use one of ${SEARCH_MODES.join(", ")}.`,
    });
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SEARCH_LIMIT) {
    throw new AmalfaError("search.limit", `The limit must be a whole number from 1 to ${MAX_SEARCH_LIMIT}.`);
  }
}

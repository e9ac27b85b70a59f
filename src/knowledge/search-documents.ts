/** Search of one project, from words to results: embeds the query, then asks the graph. */
import type { Embedder } from "../embedding/index.ts";
import { databaseError } from "../graph/index.ts";
import { type SearchMode, type SearchResult, searchGraph } from "../graph/search/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { MAX_SEARCH_LIMIT, SEARCH_MODES } from "./search-limits.ts";

export interface SearchDocumentsRequest {
  readonly query: string;
  readonly mode: SearchMode;
  /** Documents to return at most, 1 to 1000. */
  readonly limit: number;
}

export interface SearchDocumentsReport {
  readonly query: string;
  readonly mode: SearchMode;
  readonly results: readonly SearchResult[];
}

/** Throws `search.empty`, `search.mode`, `search.limit` (exit 2), `graph.model`, and what opening the graph and the model throw. */
export async function searchDocuments(
  project: Project,
  reader: GraphReader,
  embedder: Embedder,
  request: SearchDocumentsRequest,
): Promise<SearchDocumentsReport> {
  const { query, mode } = request;
  checkSearchRequest(request);
  if (mode !== "lexical") reader.requireModel(embedder.model.id);
  const vector = mode === "lexical" ? undefined : await embedder.embed(query);
  return { query, mode, results: searchWithVector(project, reader, request, vector) };
}

/**
 * The part of a search that needs no model.
 * @param vector the query's vector, by the model that made the graph; undefined in lexical mode
 */
export function searchWithVector(
  project: Project,
  reader: GraphReader,
  { query, mode, limit }: SearchDocumentsRequest,
  vector: Float32Array | undefined,
): readonly SearchResult[] {
  try {
    return searchGraph(reader.db, reader.semantic, { query, mode, limit, vector });
  } catch (error) {
    throw databaseError(project.paths.database, error);
  }
}

/** Throws `search.empty`, `search.mode` or `search.limit` (exit 2). */
export function checkSearchRequest({ query, mode, limit }: SearchDocumentsRequest): void {
  if (query.trim() === "") {
    throw new AmalfaError("search.empty", "There is nothing to search for: the query is empty.");
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

/** Resources: the project's figures, and each document under the URI of its id. */
import type {
  ListResourcesResult,
  ReadResourceResult,
  ResourceTemplateType as ResourceTemplate,
} from "@modelcontextprotocol/server";
import { loadReading, loadStats } from "../knowledge/index.ts";
import { AmalfaError, escapedAsInJson, oneLine, startOf } from "../system/index.ts";
import {
  cutAt,
  decodeCursor,
  decodeCursorAfter,
  encodeCursor,
  encodeCursorAfter,
  MAX_RESULT_CHARACTERS,
  shortened,
} from "./paging.ts";
import type { ToolContext } from "./tool.ts";

const { readDocument } = await loadReading();
const { readStats } = await loadStats();

export const SUMMARY = "amalfa://stats/summary";
const DOCUMENT = "amalfa://document/";
/** The same, by what has no place for a host; some clients make one out of the other. */
const PLAIN = "amalfa:///";
/** And as models write it from an id. */
const SHORT = "amalfa://";
const MARKDOWN = "text/markdown";

/** Documents in one part of the list. */
const PAGE_SIZE = 200;

export const RESOURCE_TEMPLATES: readonly ResourceTemplate[] = [
  {
    uriTemplate: `${DOCUMENT}{+id}`,
    name: "document",
    title: "A document",
    description:
      "One markdown document by its path relative to the project root, percent-encoded. " +
      `After ${MAX_RESULT_CHARACTERS} characters it is cut, and a second content names the URI of the rest.`,
    mimeType: MARKDOWN,
  },
];

/** The URI of a document. */
function documentUri(id: string): string {
  return DOCUMENT + id.split("/").map(encodeURIComponent).join("/");
}

/** The summary and, a page at a time, all documents. Without a graph there is only the summary. */
export function listResources(
  { graph }: Pick<ToolContext, "graph">,
  cursor: string | undefined,
): ListResourcesResult {
  const rows =
    cursor === undefined
      ? documentsAfter(graph, "", "none when missing")
      : documentsAfter(graph, decodeCursorAfter(cursor));
  const page = rows.slice(0, PAGE_SIZE);
  const last = page.at(-1)?.[0];
  const summary = {
    uri: SUMMARY,
    name: "stats",
    title: "Figures of the project",
    description: "Documents, chunks, edges, drift from the files, the vector cache.",
    mimeType: "application/json",
  };
  return {
    resources: [
      ...(cursor === undefined ? [summary] : []),
      ...page.map(([id, title]) => ({
        uri: documentUri(id),
        name: escapedAsInJson(id),
        title: oneLine(shortened(title)),
        mimeType: MARKDOWN,
      })),
    ],
    ...(rows.length > PAGE_SIZE && last !== undefined ? { nextCursor: encodeCursorAfter(last) } : {}),
  };
}

/** Going on behind an id rather than at a position: documents that come or go meanwhile shift nothing. */
function documentsAfter(
  graph: ToolContext["graph"],
  id: string,
  without: "none when missing" | "error when missing" = "error when missing",
): [string, string][] {
  try {
    return graph.use(
      ({ db }) =>
        db
          .query("SELECT id, title FROM nodes WHERE id > ? ORDER BY id LIMIT ?")
          .values(id, PAGE_SIZE + 1) as [string, string][],
    );
  } catch (error) {
    const missing = error instanceof AmalfaError && error.code === "database.missing";
    if (missing && without === "none when missing") return [];
    throw error;
  }
}

/** The protocol allows a hundred. */
const MOST_COMPLETIONS = 100;

/** Ids of documents that begin with what is typed, then those that have it elsewhere. */
export function completeId({ graph }: Pick<ToolContext, "graph">, typed: string) {
  const rows = graph.use(
    ({ db }) =>
      db
        .query("SELECT id FROM nodes WHERE instr(id, ?1) > 0 ORDER BY instr(id, ?1) > 1, id LIMIT ?2")
        .values(typed, MOST_COMPLETIONS + 1) as [string][],
  );
  const values = rows.slice(0, MOST_COMPLETIONS).map(([id]) => id);
  return { values, hasMore: rows.length > MOST_COMPLETIONS };
}

/** Throws `resource.unknown`, and what reading a document or the figures throws. */
export function readResource(context: ToolContext, uri: string): ReadResourceResult {
  if (uri === SUMMARY) {
    const text = JSON.stringify(readStats(context.project), undefined, 2);
    return { contents: [{ uri, mimeType: "application/json", text }] };
  }
  const id = documentOfUri(uri);
  if (id === undefined) throw unknownResource(uri);
  const [, query] = uri.split("?", 2);
  const document = context.graph.use((reader) => readDocument(context.project, reader, id));
  const { text } = document;
  const scope = ["document", document.id, Bun.hash.wyhash(text).toString(36)];
  const from = decodeCursor(new URLSearchParams(query).get("cursor") ?? undefined, scope);
  const end = cutAt(text, from);
  const contents = [{ uri, mimeType: MARKDOWN, text: text.slice(from, end) }];
  if (end < text.length) {
    const rest = `${documentUri(document.id)}?cursor=${encodeCursor(scope, end)}`;
    const note = `The document goes on: cut after ${end} of ${text.length} characters. Read ${rest} for the rest.`;
    contents.push({ uri: rest, mimeType: "text/plain", text: note });
  }
  return { contents };
}

/** The id that stands in the URI of a document; undefined where it is none. */
export function documentOfUri(uri: string): string | undefined {
  const beginning = [DOCUMENT, PLAIN, SHORT].find((each) => uri.startsWith(each));
  if (beginning === undefined) return undefined;
  try {
    return decodeURIComponent(uri.slice(beginning.length).split("?", 1)[0] ?? "");
  } catch {
    return undefined;
  }
}

function unknownResource(uri: string): AmalfaError {
  return new AmalfaError("resource.unknown", `There is no resource "${startOf(uri, 200)}".`, {
    hint: `Read ${SUMMARY}, or ${DOCUMENT} followed by a document's id.`,
  });
}

/**
 * Which documents were changed last.
 *
 * Of a file that is as git's last commit has it, the date of its commit counts: a clone gives all files the time at
 * which it was made. Of any other file it is the time of the file.
 */
import { FILE_CHANGED_MS, storedText } from "../graph/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError, calendarDay, isoTime } from "../system/index.ts";
import { unchangedSince } from "./changed-since.ts";
import { recentCommitDates } from "./commit-dates.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told } from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { readyFilters } from "./search-filters.ts";

export interface ChangedDocument {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly changed: string;
}

export interface RecentChanges {
  /** What was changed last comes first. */
  readonly changes: readonly ChangedDocument[];
  /** Documents that fit, shown or not. */
  readonly total: number;
}

export interface RecentChangesRequest {
  readonly limit: number;
  /** `2026`, `2026-11`, `2026-11-28` or `7d`: changed on that day or later. */
  readonly since?: string | undefined;
  /** Only below this folder, relative to the project root. */
  readonly path?: string | undefined;
}

/** So many files are compared with what git has at most: of more, the time of the file counts. */
const MOST_COMPARED = 5_000;

/** Of a file that has no time, or none that means anything. */
const LONG_AGO = new Date(0).toISOString();

/** Throws `search.filter` (exit 2) for a path outside of the project. */
export async function recentChanges(
  project: Project,
  graph: FreshGraph,
  request: RecentChangesRequest,
): Promise<RecentChanges & Told> {
  return answerFresh(graph, (reader, { gone, times }) => {
    const dated = datedDocuments(project.root, reader, request, times).filter(({ id }) => !gone.has(id));
    const shown = dated.slice(0, request.limit);
    const ids = shown.map(({ id }) => id);
    const states = compareWithFiles(project.root, reader.db, ids, gone);
    const having = (state: string): string[] => ids.filter((id) => states.get(id) === state);
    const removed = new Set(having("gone"));
    const changes = shown.filter(({ id }) => !removed.has(id));
    return {
      value: { changes, total: dated.length - removed.size },
      stale: { changed: having("changed"), removed, unreadable: having("unreadable") },
    };
  });
}

function datedDocuments(
  root: string,
  { db }: GraphReader,
  { since = "", path }: RecentChangesRequest,
  times: ReadonlyMap<string, number>,
): ChangedDocument[] {
  const [folder = ""] = readyFilters(root, path === undefined ? undefined : { paths: [path] })?.paths ?? [];
  const from = calendarDay(since);
  const rows = db
    .query(
      `SELECT n.id, n.title, ${FILE_CHANGED_MS}
       FROM nodes n LEFT JOIN file_stats s ON s.node = n.id ORDER BY n.id`,
    )
    .values() as [unknown, unknown, number][];
  const known = rows.map(([id, title, noted]): [string, string, number] => {
    const node = storedText(id, "a document");
    return [node, storedText(title, node), noted];
  });
  const inside = known.filter(([id]) => folder === "" || id === folder || id.startsWith(`${folder}/`));
  if (inside.length === 0 && folder !== "") {
    throw new AmalfaError("folder.unknown", `No document of the graph lies in "${path ?? ""}".`);
  }
  const committed = commitDatesOf(
    root,
    inside.map(([id]) => id),
  );
  return inside
    .map(([id, title, noted]) => ({ id, title, changed: committed(id, times.get(id) ?? noted) }))
    .filter(({ changed }) => changed >= from)
    .sort((a, b) => (a.changed > b.changed ? -1 : a.changed < b.changed ? 1 : a.id < b.id ? -1 : 1));
}

function commitDatesOf(root: string, ids: readonly string[]): (id: string, mtimeMs: number) => string {
  const fromFile = (mtimeMs: number): string => isoTime(mtimeMs) ?? LONG_AGO;
  const history = ids.length <= MOST_COMPARED ? recentCommitDates(root) : undefined;
  if (history === undefined) return (_, mtimeMs) => fromFile(mtimeMs);
  const unchanged = unchangedSince(root, history.head, ids);
  return (id, mtimeMs) => {
    const own = fromFile(mtimeMs);
    if (!unchanged.has(id)) return own;
    const date = history.dateOf(id);
    if (date !== undefined) return date;
    // Committed before what was read of the history.
    return history.oldest !== "" && history.oldest < own ? history.oldest : own;
  };
}

/** From links as written to edges: resolves every link whose meaning may have changed, and stages the outcome. */
import type { Database } from "bun:sqlite";
import { storedText, storedTexts } from "../graph/index.ts";
import type { Edge, EdgeScope, Staging, UnresolvedLink, WriteScope } from "../graph/write/index.ts";
import {
  createLinkResolver,
  isTentative,
  type LinkRoot,
  type LinkTarget,
  writtenType,
} from "./markdown/index.ts";

interface LinkRow {
  readonly node: string;
  readonly type: string;
  readonly target: string;
  readonly anchor: string | null;
  readonly line: number;
}

/** Edges staged at a time, so that half a million links are never held at once. */
const BATCH = 5_000;

/**
 * Which documents' links have to be resolved again: only those of the staged documents, unless a document came, went
 * or changed its names, since any link anywhere may then mean another document.
 */
export function edgeScope(db: Database): EdgeScope {
  const row = db
    .query<{ changed: number }, []>(
      `SELECT EXISTS (SELECT 1 FROM leaving WHERE id NOT IN (SELECT id FROM staged_nodes))
           OR EXISTS (SELECT 1 FROM staged_nodes s WHERE NOT EXISTS
                (SELECT 1 FROM nodes n WHERE n.id = s.id AND n.aliases = s.aliases AND n.title = s.title)) AS changed`,
    )
    .get();
  return row?.changed === 0 ? "staged sources" : "all sources";
}

/**
 * Resolves the links in scope and stages their edges and the unresolved ones. Where everything is written anew,
 * nothing of the old graph is so much as read: whatever is wrong in it must not find its way into the new one.
 */
export function stageEdges(
  staging: Staging,
  scope: EdgeScope,
  write: WriteScope,
  roots: readonly LinkRoot[],
): void {
  const { db } = staging;
  const resolve = createLinkResolver(linkTargets(db, write), roots);
  let edges: Edge[] = [];
  let unresolved: UnresolvedLink[] = [];
  const flush = (): void => {
    staging.addEdges(edges, unresolved);
    edges = [];
    unresolved = [];
  };
  for (const row of linksInScope(db, write === "everything" ? "staged sources" : scope)) {
    // A document that was not read now has its links from the graph, where they may be damaged.
    const source = storedText(row.node, "a document");
    const stored = storedText(row.type, `a link of ${source}`);
    const target = storedText(row.target, `a link of ${source}`);
    const anchor = row.anchor === null ? null : storedText(row.anchor, `a link of ${source}`);
    const { line } = row;
    const type = writtenType(stored);
    const outcome = resolve(source, { type, target, anchor: anchor ?? undefined });
    if (outcome.kind === "unresolved" && !isTentative(stored))
      unresolved.push({ source, line, type, target });
    else if (outcome.kind === "resolved" && outcome.id !== source)
      edges.push({ source, target: outcome.id, type });
    if (edges.length + unresolved.length >= BATCH) flush();
  }
  flush();
}

function linkTargets(db: Database, write: WriteScope): LinkTarget[] {
  const staying = "SELECT id, aliases, title FROM nodes WHERE id NOT IN (SELECT id FROM leaving) UNION ALL ";
  const rows = db
    .query(`${write === "everything" ? "" : staying}SELECT id, aliases, title FROM staged_nodes ORDER BY id`)
    .values() as [unknown, string, unknown][];
  return rows.map(([stored, aliases, title]) => {
    const id = storedText(stored, "a document");
    return { id, aliases: aliases === "[]" ? [] : storedTexts(aliases, id), title: storedText(title, id) };
  });
}

/** Rows one by one: the links of a large graph need not fit into memory. */
function linksInScope(db: Database, scope: EdgeScope): Iterable<LinkRow> {
  const staged = "SELECT node, type, target, anchor, line FROM staged_links";
  const staying =
    "SELECT node, type, target, anchor, line FROM links WHERE node NOT IN (SELECT id FROM leaving) UNION ALL ";
  return db.query<LinkRow, []>(scope === "all sources" ? staying + staged : staged).iterate();
}

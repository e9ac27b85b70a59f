import { z } from "zod/v4";
import { loadExplore, noLinksLine } from "../../knowledge/index.ts";
import { count, cursor, documentId, lineRange, nextCursor, told, toldOf } from "../fields.ts";
import { blocks, inLine, lines, more, named, place } from "../markdown.ts";
import { decodeCursor, nextCursor as followedBy, pageOf, shortened, shortList } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { exploreDocument } = await loadExplore();

const linked = z.array(z.object({ id: z.string(), title: z.string(), type: z.string() }));

type Row =
  | {
      readonly way: "outgoing" | "incoming";
      readonly id: string;
      readonly title: string;
      readonly type: string;
    }
  | { readonly way: "unresolved"; readonly target: string; readonly type: string; readonly line: number };

export const exploreLinksTool = defineTool({
  name: "explore_links",
  title: "Explore links",
  description:
    "List links out of and into a document. Use it for context, " +
    "relations such as depends_on, and what a change touches.",
  annotations: READS_ONLY,
  input: z.strictObject({
    id: documentId,
    /** Whatever its case: link, wikilink, embed, or a relation such as depends_on. */
    relation: z.string().min(1).max(200).optional(),
    cursor,
  }),
  output: z.object({
    id: z.string(),
    title: z.string(),
    relation: z.string().optional(),
    types: z
      .array(z.string())
      .optional()
      .describe("Where there are no links of that relation: those there are."),
    lines: lineRange.optional().describe("Where a heading stands behind the id: its section."),
    outgoing: linked,
    incoming: linked,
    unresolved: z.array(z.object({ target: z.string(), type: z.string(), line: count })),
    totals: z.object({ outgoing: count, incoming: count, unresolved: count }),
    nextCursor,
    ...told,
  }),
  run: async ({ project, graph, fresh }, { id, relation, cursor }) => {
    const links = await exploreDocument(project, fresh, { wanted: id, relation });
    const rows: Row[] = [
      ...links.outgoing.map((link) => ({ way: "outgoing" as const, ...link, title: shortened(link.title) })),
      ...links.incoming.map((link) => ({ way: "incoming" as const, ...link, title: shortened(link.title) })),
      ...links.unresolved.map((link) => ({
        way: "unresolved" as const,
        ...link,
        target: shortened(link.target),
      })),
    ];
    const scope = ["explore_links", links.id, links.lines?.join("-"), relation, graph.state()];
    const { items, next } = pageOf(rows, decodeCursor(cursor, scope));
    const linkedRows = (way: "outgoing" | "incoming") =>
      items.flatMap((row) =>
        row.way === way ? { id: row.id, title: row.title, type: shortened(row.type) } : [],
      );
    return {
      id: links.id,
      title: shortened(links.title),
      ...(relation === undefined ? {} : { relation }),
      ...(links.lines === undefined ? {} : { lines: [...links.lines] }),
      ...(links.types === undefined ? {} : { types: shortList(links.types) }),
      outgoing: linkedRows("outgoing"),
      incoming: linkedRows("incoming"),
      unresolved: items.flatMap((row) =>
        row.way === "unresolved" ? { target: row.target, type: shortened(row.type), line: row.line } : [],
      ),
      totals: {
        outgoing: links.outgoing.length,
        incoming: links.incoming.length,
        unresolved: links.unresolved.length,
      },
      ...followedBy(scope, next),
      ...toldOf(links),
    };
  },
  text: ({ id, title, lines: part, relation, types, outgoing, incoming, unresolved, totals, nextCursor }) =>
    blocks(
      `${part === undefined ? named(id) : place(id, part)} ${inLine(title)}`,
      totals.outgoing + totals.incoming + totals.unresolved > 0
        ? ""
        : noLinksLine({ relation, types }, inLine),
      list(`Links out (${totals.outgoing})`, outgoing.map(linkLine)),
      list(`Links in (${totals.incoming})`, incoming.map(linkLine)),
      list(
        `Lead nowhere (${totals.unresolved})`,
        unresolved.map(({ target, type, line }) => `- ${inLine(target)} (${type}, line ${line})`),
      ),
      more(nextCursor),
    ),
});

function linkLine({ id, title, type }: { id: string; title: string; type: string }): string {
  return `- ${named(id)} ${inLine(title)} (${type})`;
}

function list(title: string, rows: readonly string[]): string {
  return rows.length === 0 ? "" : lines(`${title}:`, rows);
}

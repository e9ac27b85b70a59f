/** What a document links to, what links to it, and which of its links lead nowhere. */
import { type DocumentLinks, guarded, type LinkedDocument, readLinks, storedText } from "../graph/index.ts";
import { requireProved } from "../graph/proof/index.ts";
import { parsedAs } from "../ingest/code/index.ts";
import { storedLinkRoots } from "../ingest/discovery/index.ts";
import { createLinkResolver, loadParser } from "../ingest/markdown/index.ts";
import type { Project } from "../project/index.ts";
import { readTransaction } from "../sqlite/index.ts";
import { isCode } from "../system/files/index.ts";
import {
  type Answered,
  answerFresh,
  compareWithFiles,
  type FreshGraph,
  type Told,
  textNow,
} from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { findDocument, findReference, sectionOf, vanished } from "./read-document.ts";
import { sectionLines } from "./section-lines.ts";

export interface ExploreReport extends DocumentLinks {
  readonly id: string;
  readonly title: string;
  /** Where a heading stands behind the id: first and last line of its section, and only links in it and to it. */
  readonly lines?: readonly [number, number];
  /** The only type of links that was asked for; missing when all were. */
  readonly relation?: string;
  /** Where there is none of that type: the types that there are. */
  readonly types?: readonly string[];
}

export interface ExploreRequest {
  /** A path, an id, an ending of one, or a name. */
  readonly wanted: string;
  readonly relation?: string | undefined;
}

type Parser = Awaited<ReturnType<typeof loadParser>>;

/** The links that the files have now. Throws `document.unknown`, `document.ambiguous` and `document.vanished`. */
export async function exploreDocument(
  project: Project,
  graph: FreshGraph,
  request: ExploreRequest,
): Promise<ExploreReport & Told> {
  let parser: Parser | undefined;
  const load = async (): Promise<void> => {
    parser = await loadParser();
  };
  return answerFresh(graph, (reader, { gone }) => {
    const answered = exploreOrTypes(project, reader, request, { gone, parser });
    return { ...answered, prepare: parser === undefined && answered.needsParser ? load : undefined };
  });
}

interface Now {
  readonly gone: ReadonlySet<string>;
  /** Where documents have changed their links are read anew; undefined until it is known that there are any. */
  readonly parser: Parser | undefined;
}

/** Where there are no links of the type that was asked for, it is said which types there are. */
function exploreOrTypes(
  project: Project,
  reader: GraphReader,
  request: ExploreRequest,
  now: Now,
): ReturnType<typeof exploreAsFilesAre> {
  const asked = exploreAsFilesAre(project, reader, request, now);
  if (request.relation === undefined || linksIn(asked.value).length > 0) return asked;
  const { value, ...every } = exploreAsFilesAre(project, reader, { wanted: request.wanted }, now);
  const types = [...new Set(linksIn(value).map(({ type }) => type))].sort();
  return { ...every, value: { ...asked.value, types } };
}

function linksIn({ outgoing, incoming, unresolved }: DocumentLinks): { readonly type: string }[] {
  return [...outgoing, ...incoming, ...unresolved];
}

function exploreAsFilesAre(
  project: Project,
  reader: GraphReader,
  { wanted, relation }: ExploreRequest,
  { gone, parser }: Now,
): Answered<ExploreReport> & { readonly needsParser: boolean } {
  const report = exploreLinks(project, reader, wanted, relation);
  const { id } = report;
  const near = [...report.outgoing, ...report.incoming].map((link) => link.id);
  const states = compareWithFiles(project.root, reader.db, [id, ...near], gone);
  if (states.get(id) === "gone") throw vanished(id);
  const having = (state: string): string[] => [...states.keys()].filter((each) => states.get(each) === state);
  const [changed, removed] = [having("changed"), having("gone")];
  const isThere = (link: LinkedDocument): boolean => !removed.includes(link.id);
  const links = {
    outgoing: report.outgoing.filter(isThere),
    incoming: report.incoming.filter(isThere),
    unresolved: report.unresolved,
  };
  const stale = { changed, removed, unreadable: having("unreadable") };
  const { heading } = findReference(project, reader, wanted);
  if (heading !== undefined && !isCode(id)) {
    const all = { ...report, ...links };
    if (parser === undefined) return { value: all, stale, needsParser: true };
    const linksOf = linkReader(project, reader, parser, new Set([...gone, ...removed]));
    return {
      value: ofPart(project, all, { id, heading, relation }, { parser, linksOf }),
      stale,
      needsParser: false,
    };
  }
  if (changed.length === 0 || parser === undefined)
    return { value: { ...report, ...links }, stale, needsParser: changed.length > 0 };
  const linksOf = linkReader(project, reader, parser, new Set([...gone, ...removed]));
  const own = changed.includes(id) ? linksOf(id, relation) : links;
  const incoming = links.incoming.filter(
    (link) =>
      !changed.includes(link.id) ||
      linksOf(link.id, link.type).outgoing.some((out) => out.id === id && out.type === link.type),
  );
  const { outgoing, unresolved } = own;
  return { value: { ...report, outgoing, incoming, unresolved }, stale, needsParser: false };
}

/** Only the links that stand in a section of the document, and those that lead to it or into it. */
function ofPart(
  { root }: Project,
  report: ExploreReport,
  { id, heading, relation }: { id: string; heading: string; relation: string | undefined },
  { parser, linksOf }: { readonly parser: Parser; readonly linksOf: ReturnType<typeof linkReader> },
): ExploreReport {
  const text = textNow(root, id) ?? "";
  const rows = text.replace(/\n$/, "").split("\n");
  const parsed = parser.parseDocument(text);
  const [first, last] = sectionOf(id, parsed, rows, heading);
  const part: [number, number] = [first, Math.min(last, rows.length)];
  const isInPart = (line: number | undefined): boolean =>
    line !== undefined && line >= part[0] && line <= part[1];
  const own = linksOf(id, relation, isInPart);
  const incoming = report.incoming.filter((link) =>
    linksOf(link.id, link.type).anchors.some(
      (to) => to.id === id && to.type === link.type && isInPart(sectionLines(parsed, rows, to.anchor)?.[0]),
    ),
  );
  return { ...report, lines: part, outgoing: own.outgoing, unresolved: own.unresolved, incoming };
}

/** A link with the place in the document that it leads to. */
interface AnchoredLink {
  readonly id: string;
  readonly type: string;
  readonly anchor: string;
}

interface LinksNow extends Pick<DocumentLinks, "outgoing" | "unresolved"> {
  readonly anchors: readonly AnchoredLink[];
}

/** Reads the links of documents from their files, as an ingest would resolve them. */
function linkReader(
  { root }: Project,
  { db }: GraphReader,
  { parseDocument }: Parser,
  gone: ReadonlySet<string>,
): (id: string, relation: string | undefined, isMeant?: (line: number) => boolean) => LinksNow {
  const rows = db.query("SELECT id, title, aliases FROM nodes").values() as [string, string, string][];
  const nodes = rows.filter(([id]) => !gone.has(id));
  const titles = new Map(nodes.map(([id, title]) => [id, title]));
  const resolve = createLinkResolver(
    nodes.map(([id, title, aliases]) => ({ id, title, aliases: JSON.parse(aliases) as string[] })),
    storedLinkRoots(db),
  );
  return (id, relation, isMeant = () => true) => {
    const anchors: AnchoredLink[] = [];
    const outgoing = new Map<string, LinkedDocument>();
    const unresolved: DocumentLinks["unresolved"][number][] = [];
    const text = textNow(root, id);
    for (const { type, target, anchor, line, tentative } of text === undefined
      ? []
      : parsedAs(id, text, parseDocument).links) {
      if (relation !== undefined && type.toLowerCase() !== relation.toLowerCase()) continue;
      if (!isMeant(line)) continue;
      const outcome = resolve(id, { type, target, anchor });
      if (outcome.kind === "unresolved" && tentative !== true) unresolved.push({ target, type, line });
      else if (outcome.kind === "resolved" && outcome.id !== id) {
        const title = titles.get(outcome.id) ?? outcome.id;
        outgoing.set(`${type} ${outcome.id}`, { id: outcome.id, title, type });
        if (outcome.anchor !== undefined) anchors.push({ id: outcome.id, type, anchor: outcome.anchor });
      }
    }
    const keys = [...outgoing.keys()].sort();
    return { outgoing: keys.map((key) => outgoing.get(key)!), unresolved, anchors };
  };
}

/** Throws `document.unknown` and `document.ambiguous`. */
export function exploreLinks(
  project: Project,
  reader: GraphReader,
  wanted: string,
  relation?: string,
): ExploreReport {
  // One snapshot: what is shown, and what proves it.
  return guarded(project.paths.database, () =>
    readTransaction(reader.db, () => linksOf(project, reader, wanted, relation)),
  );
}

function linksOf(
  project: Project,
  reader: GraphReader,
  wanted: string,
  relation: string | undefined,
): ExploreReport {
  const id = findDocument(project, reader, wanted);
  const title = reader.db
    .query<{ title: string }, [string]>("SELECT title FROM nodes WHERE id = ?")
    .get(id)?.title;
  const asked = relation === undefined ? {} : { relation };
  const links = readLinks(reader.db, id, relation);
  requireProved(reader.db, [id], ["document", "edges", "unresolved"]);
  requireProved(
    reader.db,
    links.incoming.map((link) => link.id),
    ["document", "edges"],
  );
  return { id, title: storedText(title ?? id, id), ...asked, ...links };
}

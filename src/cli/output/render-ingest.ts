/** What `init` and `rebuild` did, for people. */

import type { IngestReport } from "../../ingest/index.ts";
import type { Needs } from "../../maintenance/index.ts";
import { MARKDOWN_EXTENSIONS } from "../../system/files/index.ts";
import { formatBytes, formatCount, formatDuration, formatModel, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

/** The result of `init` and `rebuild`, as in the contract. */
export interface IngestResult extends IngestReport {
  readonly command: string;
  /** Absolute path of the project root. */
  readonly root: string;
  /** Whether that is another folder than the one where the command was called. */
  readonly isElsewhere: boolean;
  readonly dryRun: boolean;
  readonly durationMs: number;
  /** Of a dry run only; missing where nothing would be ingested or nobody can tell. */
  readonly needs?: Needs | undefined;
  /** Services that stood still meanwhile; of `rebuild` only. */
  readonly paused?: readonly string[];
  /** Files that were moved to quarantine; of `rebuild` only. */
  readonly quarantined?: readonly string[];
  /** Why the database was not kept; of `rebuild` only. */
  readonly replacedBecause?: string;
}

export function renderIngest(result: IngestResult, terminal: Terminal): string {
  const style = styleFor(terminal);
  const rows = [
    ["documents", documentsLine(result)],
    ["graph", graphLine(result)],
    ["vectors", vectorsLine(result)],
    ...(result.needs === undefined ? [] : needsRows(result.needs)),
    ...(result.paused ?? []).map((service) => ["paused", service]),
    ...(result.replacedBecause === undefined ? [] : [["replaced", escaped(result.replacedBecause)]]),
    ...(result.quarantined ?? []).map((path) => ["quarantined", escaped(path)]),
  ];
  const columns = [{ style: style.aside }, {}];
  return [
    headline(result, style),
    ...(isEmpty(result) ? [style.aside(EMPTY_ADVICE)] : []),
    ...renderTable(columns, rows, Number.POSITIVE_INFINITY).map((line) => `  ${line}`),
    ...otherTrees(result, style),
    ...unreadFrontMatter(result, style),
    ...failures(result, style),
  ].join("\n");
}

export const EMPTY_ADVICE =
  `Documents end in ${MARKDOWN_EXTENSIONS.join(", ")}; ` +
  `"amalfa list-sources" shows where they are looked for.`;

function isEmpty({ dryRun, documents: { found, removed, failed } }: IngestResult): boolean {
  return !dryRun && found === 0 && removed === 0 && failed.length === 0;
}

/**
 * The project is named unless it is where the command was called: a folder inside one may be meant as one of its own.
 */
function headline(result: IngestResult, style: Style): string {
  const { command, dryRun, documents, embedding, graph, durationMs, root, isElsewhere } = result;
  const { found, added, changed, removed, failed } = documents;
  const count = formatNumberOf(found, "document");
  const time = style.aside(`in ${formatDuration(durationMs)}`);
  const same = added + changed + removed + failed.length === 0;
  // Vectors that an interrupted ingest has left are computed although no document has changed.
  const complete = embedding.texts === 0;
  if (dryRun)
    return (
      `${style.title(`${command} would ${same && complete ? "change nothing" : "do this"}`)} ` +
      `${style.aside("(dry run, nothing was written)")}`
    );
  if (isEmpty(result)) return style.warning(`No markdown was found in the sources of ${escaped(root)}`);
  // A rebuild may have mended what it found.
  const nothing = command === "rebuild" ? "no file changed" : "nothing changed";
  const what = same ? `${count}, ${nothing}` : `${formatNumberOf(graph.nodes, "document")} in the graph`;
  const place = isElsewhere ? ` ${style.aside(`of ${escaped(root)}`)}` : "";
  return `${failed.length === 0 ? style.good(what) : style.warning(what)}${place} ${time}`;
}

function documentsLine({ documents }: IngestResult): string {
  const parts = (["added", "changed", "removed", "unchanged"] as const).map(
    (kind) => [documents[kind], `${formatCount(documents[kind])} ${kind}`] as const,
  );
  const some: string[] = parts.filter(([count]) => count > 0).map(([, text]) => text);
  const failed = documents.failed.length;
  if (failed > 0) some.push(`${formatCount(failed)} failed`);
  const { kept = 0 } = documents;
  if (kept > 0) some.push(`${formatCount(kept)} not looked at, which stay as they were`);
  return some.length === 0 ? "none" : `${some.join(", ")}${rewrittenClause(documents)}`;
}

function rewrittenClause({ rewritten = 0 }: IngestResult["documents"]): string {
  if (rewritten === 0) return "";
  const which = `${formatCount(rewritten)} of them`;
  return `; rows of ${which} were not as the files give them, and were replaced`;
}

function graphLine({ graph }: IngestResult): string {
  const parts = [
    formatNumberOf(graph.nodes, "node"),
    formatNumberOf(graph.chunks, "chunk"),
    formatNumberOf(graph.edges, "edge"),
  ];
  if (graph.unresolvedLinks > 0) parts.push(formatNumberOf(graph.unresolvedLinks, "unresolved link"));
  return parts.join(", ");
}

function vectorsLine({ embedding: { texts, hits, misses, model }, dryRun }: IngestResult): string {
  if (texts === 0) return "nothing to embed";
  const computed = `${formatCount(misses)} ${dryRun ? "to compute" : "computed"}`;
  return `${computed}, ${formatCount(hits)} from the cache (${escaped(formatModel(model))})`;
}

function needsRows({ disk, memory }: Needs): string[][] {
  return [
    ["disk", `about ${formatBytes(disk.needed)}, ${formatBytes(disk.free)} free`],
    ["memory", `about ${formatBytes(memory.needed)}, ${formatBytes(memory.free)} free`],
  ];
}

/** Said when they leave, once: afterwards the graph holds none of them. */
function otherTrees({ otherTrees: trees, dryRun }: IngestResult, style: Style): string[] {
  if (trees.length === 0) return [];
  const rows = trees.map(({ path, documents }) => [escaped(path), formatNumberOf(documents, "document")]);
  return [
    "",
    style.warning(
      `Git repositories and worktrees below the project root ${dryRun ? "would leave" : "have left"} the graph:`,
    ),
    ...renderTable([{ style: style.reference }, {}], rows, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
    style.aside('  They are not part of this project. To get some of it back, name it in "sources".'),
  ];
}

/** Said once, when the document is read: it is in the graph, without the values at fault. */
function unreadFrontMatter({ frontMatter, dryRun }: IngestResult, style: Style): string[] {
  if (frontMatter.length === 0) return [];
  const rows = frontMatter.map(({ path, line, error }) => [`${escaped(path)}:${line}`, escaped(error)]);
  const what = formatNumberOf(new Set(frontMatter.map(({ path }) => path)).size, "document");
  const rest = dryRun ? "the rest would be ingested" : "the rest is in the graph";
  return [
    "",
    style.warning(`The front matter of ${what} has faults; ${rest}:`),
    ...renderTable([{ style: style.reference }, {}], rows, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
  ];
}

const CONVERTED = "From Windows-1252, for one: iconv -f WINDOWS-1252 -t UTF-8 OLD.md > NEW.md";

/** Every one is named in full, however long the list and the names: nothing may get lost here. */
function failures({ documents: { failed } }: IngestResult, style: Style): string[] {
  if (failed.length === 0) return [];
  const rows = failed.map(({ path, error }) => [escaped(path), escaped(error)]);
  return [
    "",
    style.bad(
      `${formatNumberOf(failed.length, "document or folder", "documents or folders")} could not be ingested:`,
    ),
    ...renderTable([{ style: style.reference }, {}], rows, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
    ...(failed.some(({ error }) => error.startsWith("is not UTF-"))
      ? [style.aside(`  Save a file that is not UTF-8 as UTF-8, and run the command again.\n  ${CONVERTED}`)]
      : []),
  ];
}

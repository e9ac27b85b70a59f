/**
 * A gate for CI: is the markdown sound?
 *
 * Judges the files themselves, so it needs no graph, no model and no network. Where there is a graph, it also says whether that can be read and is up to
 * date. An error is what makes something unfindable or a link lead nowhere; all else is a warning.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { guarded, openGraphIfPresent } from "../graph/index.ts";
import { type DiscoveredFile, type Discovery, discover } from "../ingest/discovery/index.ts";
import { findDrift } from "../ingest/index.ts";
import {
  createLinkResolver,
  decodeMarkdown,
  loadParser,
  type ParsedDocument,
  pathOfLink,
  type RawLink,
} from "../ingest/markdown/index.ts";
import { readFailure, readRegularFile } from "../ingest/reading/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import { anchorsOf, hasAnchor } from "./heading-anchors.ts";

const { parseDocument } = await loadParser();

export interface ValidationProblem {
  readonly severity: "error" | "warning";
  /** Dotted and stable; see docs/mcp.md. */
  readonly code: string;
  /** A document's id, a source, or the path of a file; null for the project as a whole. */
  readonly path: string | null;
  /** Counted from 1; null where there is none. */
  readonly line: number | null;
  readonly message: string;
}

export interface ValidationReport {
  readonly root: string;
  /** Documents that were looked at. */
  readonly documents: number;
  /** Whether there is a graph; without one only the files are judged. */
  readonly graph: "compared" | "none" | "unreadable";
  readonly summary: { readonly errors: number; readonly warnings: number };
  /** Errors first, then by path and line. */
  readonly problems: readonly ValidationProblem[];
}

/** What is kept of a document while all others are read. */
interface Examined {
  readonly id: string;
  readonly title: string | undefined;
  readonly aliases: readonly string[];
  readonly links: readonly RawLink[];
  readonly innerLinks: readonly RawLink[];
  /** Undefined where the document cannot be read; links to it lead somewhere all the same. */
  readonly anchors: ReadonlySet<string> | undefined;
}

export function validate(project: Project): ValidationReport {
  const { root, settings } = project;
  const discovery = discover({ root, sources: settings.sources, excludePatterns: settings.excludePatterns });
  const problems: ValidationProblem[] = [...discoveryProblems(discovery)];
  const documents = discovery.files.map((file) => examine(file, problems));
  checkLinks(root, documents, problems);
  checkNames(documents, problems);
  const graph = checkGraph(project, discovery, problems);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return {
    root,
    documents: discovery.files.length,
    graph,
    summary: { errors, warnings: problems.length - errors },
    problems: problems.sort(inOrder),
  };
}

function inOrder(a: ValidationProblem, b: ValidationProblem): number {
  if (a.severity !== b.severity) return a.severity === "error" ? -1 : 1;
  if (a.path !== b.path) return (a.path ?? "") < (b.path ?? "") ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.message < b.message ? -1 : 1);
}

function problem(
  severity: ValidationProblem["severity"],
  code: string,
  place: { readonly path?: string; readonly line?: number },
  message: string,
): ValidationProblem {
  return { severity, code, path: place.path ?? null, line: place.line ?? null, message };
}

function discoveryProblems({ missingSources, failed, files }: Discovery): ValidationProblem[] {
  const problems = [
    ...missingSources.map((path) =>
      problem("error", "source.missing", { path }, "the source does not exist"),
    ),
    ...failed.map(({ path, error }) => problem("error", "document.failed", { path }, error)),
  ];
  if (files.length === 0 && problems.length === 0) {
    problems.push(problem("error", "source.empty", {}, "the sources hold no document"));
  }
  return problems;
}

function examine(file: DiscoveredFile, problems: ValidationProblem[]): Examined {
  let parsed: ParsedDocument;
  try {
    parsed = parseDocument(decodeMarkdown(readRegularFile(file.path)));
  } catch (error) {
    problems.push(problem("error", "document.failed", { path: file.id }, readFailure(error)));
    return { id: file.id, title: undefined, aliases: [], links: [], innerLinks: [], anchors: undefined };
  }
  if (parsed.frontMatter?.problem !== undefined) {
    const message = `the front matter is ignored: ${parsed.frontMatter.problem}`;
    problems.push(problem("error", "front-matter.unreadable", { path: file.id, line: 1 }, message));
  }
  if (parsed.blocks.length === 0) {
    problems.push(problem("warning", "document.empty", { path: file.id }, "the document has no text"));
  }
  const { title, aliases, links, innerLinks } = parsed;
  return { id: file.id, title, aliases, links, innerLinks, anchors: anchorsOf(parsed) };
}

function checkLinks(root: string, documents: readonly Examined[], problems: ValidationProblem[]): void {
  const resolve = createLinkResolver(documents);
  const anchors = new Map(documents.map((document) => [document.id, document.anchors]));
  for (const { id, links, innerLinks } of documents) {
    for (const { anchor, line } of innerLinks) {
      if (anchor === undefined || hasAnchor(anchors.get(id) ?? new Set(), anchor)) continue;
      const message = `the document itself has no heading or anchor "${anchor}"`;
      problems.push(problem("warning", "link.anchor", { path: id, line }, message));
    }
    for (const link of links) {
      const outcome = resolve(id, link);
      if (outcome.kind === "external") continue;
      const place = { path: id, line: link.line };
      if (outcome.kind === "unresolved" && isBlockReference(link)) continue;
      if (outcome.kind === "unresolved") {
        problems.push(unresolvedLink(root, link, place));
        continue;
      }
      const known = anchors.get(outcome.id);
      if (link.anchor !== undefined && known !== undefined && !hasAnchor(known, link.anchor)) {
        const message = `${outcome.id} has no heading or anchor "${link.anchor}"`;
        problems.push(problem("warning", "link.anchor", place, message));
      }
    }
  }
}

/** `[[^block]]`, which leads to a block of whatever document has it. */
function isBlockReference({ type, target }: RawLink): boolean {
  return type !== "link" && target.startsWith("^");
}

/** A link that works for readers of the files leads somewhere, though to no document. */
function unresolvedLink(
  root: string,
  { type, target }: RawLink,
  place: { readonly path: string; readonly line: number },
): ValidationProblem {
  const what = `${type} to "${target}"`;
  const path = type === "link" ? pathOfLink(place.path, target) : undefined;
  if (path !== undefined && isFile(join(root, path))) {
    const message = `${what} leads to a file that is not among the documents`;
    return problem("warning", "link.excluded", place, message);
  }
  return problem("error", "link.unresolved", place, `${what} leads nowhere`);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

interface NameOwners {
  readonly written: string;
  readonly ids: readonly string[];
}

/** A wikilink to a name that several documents have leads to one of them only. */
function checkNames(documents: readonly Examined[], problems: ValidationProblem[]): void {
  /** By the name as links compare it; `written` is how its first owner writes it. */
  const owners = (namesOf: (document: Examined) => readonly string[]): NameOwners[] => {
    const byName = new Map<string, { readonly written: string; readonly ids: Set<string> }>();
    for (const document of documents) {
      for (const written of namesOf(document)) {
        const name = written.normalize("NFC").toLowerCase();
        const owner = byName.get(name);
        if (owner === undefined) byName.set(name, { written, ids: new Set([document.id]) });
        else owner.ids.add(document.id);
      }
    }
    return [...byName.values()].map(({ written, ids }) => ({ written, ids: [...ids] }));
  };
  const report = (code: string, what: string, names: readonly NameOwners[]): void => {
    for (const { written, ids } of names) {
      const [first, ...others] = ids;
      if (first === undefined || others.length === 0) continue;
      const listed = others.slice(0, 3).join(", ") + (others.length > 3 ? ", …" : "");
      problems.push(
        problem("warning", code, { path: first }, `the ${what} "${written}" is also that of ${listed}`),
      );
    }
  };
  report(
    "alias.duplicate",
    "alias",
    owners(({ aliases }) => aliases),
  );
  report(
    "title.duplicate",
    "title",
    owners(({ title }) => (title === undefined ? [] : [title])),
  );
}

function checkGraph(
  project: Project,
  discovery: Discovery,
  problems: ValidationProblem[],
): ValidationReport["graph"] {
  const path = project.paths.database;
  try {
    const drift = guarded(path, () => {
      using db = openGraphIfPresent(path);
      return db === undefined ? undefined : findDrift(project, discovery, db);
    });
    if (drift === undefined) return "none";
    const { added, changed, removed, refusal } = drift;
    if (added + changed + removed > 0) {
      const next = refusal === null ? "run `amalfa init`" : `an ingest would refuse to run: ${refusal}`;
      const message = `the graph is behind the files: ${added} added, ${changed} changed, ${removed} removed; ${next}`;
      problems.push(problem("warning", "graph.drift", {}, message));
    }
    return "compared";
  } catch (error) {
    if (!(error instanceof AmalfaError)) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    problems.push(problem("error", error.code, { path }, `${error.message}${hint}`));
    return "unreadable";
  }
}

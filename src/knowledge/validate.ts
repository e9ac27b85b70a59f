/**
 * A gate for CI: is the markdown sound?
 *
 * Judges the files themselves, so it needs no graph, no model and no network. Where there is a graph, it also says
 * whether that can be read and is up to date. An error is what makes something unfindable or a link lead nowhere; all
 * else is a warning, unless the settings say otherwise of a rule.
 */
import { guarded, openGraphToReadIfPresent } from "../graph/index.ts";
import { parsedAs } from "../ingest/code/index.ts";
import { type DiscoveredFile, type Discovery, discover, findLinkRoots } from "../ingest/discovery/index.ts";
import { findDrift } from "../ingest/index.ts";
import {
  decodeMarkdown,
  documentId,
  loadParser,
  type ParsedDocument,
  TranslatedPages,
} from "../ingest/markdown/index.ts";
import { readRegularFile, whyUnreadable } from "../ingest/reading/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError, statedDate } from "../system/index.ts";
import { changedSince } from "./changed-since.ts";
import { anchorsOf } from "./section-lines.ts";
import { type TemplateTest, templateTest } from "./templates.ts";
import {
  checkLinks,
  type Examined,
  type Found,
  type LinkCounts,
  severityOf,
  type ValidationProblem,
} from "./validate-links.ts";

export type { ValidationProblem } from "./validate-links.ts";

const { parseDocument } = await loadParser();

export interface ValidationReport {
  readonly root: string;
  /** Documents that were looked at. */
  readonly documents: number;
  /** With `--since`: the revision, and how many documents differ from it. */
  readonly since?: string;
  readonly changed?: number;
  /** Whether there is a graph; without one only the files are judged. */
  readonly graph: "compared" | "none" | "unreadable";
  /** Of all documents, as an ingest counts them. */
  readonly links: LinkCounts;
  readonly summary: { readonly errors: number; readonly warnings: number };
  /** Errors first, then by path and line. */
  readonly problems: readonly ValidationProblem[];
}

export interface ValidateOptions {
  /** Only what differs from this commit is judged, and what that did to others. */
  readonly since?: string;
}

/** Throws `since.unknown` (exit 2). */
export function validate(project: Project, { since }: ValidateOptions = {}): ValidationReport {
  const { root, settings } = project;
  const discovery = discover({ root, sources: settings.sources, excludePatterns: settings.excludePatterns });
  const ids = discovery.files.map(({ id }) => id);
  const changes = since === undefined ? undefined : changedSince(root, since, ids);
  const found: Found[] = [...discoveryProblems(discovery)];
  const isTemplate = templateTest(root);
  const documents = discovery.files.map((file) => examine(file, found, isTemplate));
  const roots = findLinkRoots(project, discovery.files);
  const removed = (changes?.removed ?? []).map(documentId);
  const checks = {
    root,
    roots,
    rootsAre: settings.links.roots.length > 0 ? ("settled" as const) : ("guessed" as const),
    removed,
  };
  const { found: wrongLinks, links } = checkLinks(documents, checks);
  found.push(...wrongLinks, ...checkNames(documents, new TranslatedPages(ids, roots)));
  const graph = checkGraph(project, discovery, found);
  const touched = new Set([...(changes?.changed ?? []), ...removed]);
  const judged = changes === undefined ? found : found.filter((each) => isTouched(each, touched, ids));
  const problems = judged.flatMap(({ code, path, line, message }) => {
    const severity = severityOf(code, settings.validate.rules);
    return severity === "off" ? [] : { severity, code, path: path ?? null, line: line ?? null, message };
  });
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return {
    root,
    documents: discovery.files.length,
    ...(changes === undefined ? {} : { since: since!, changed: changes.changed.size }),
    graph,
    links,
    summary: { errors, warnings: problems.length - errors },
    problems: problems.sort(inOrder),
  };
}

/** What is about no document, a source for one, is nobody's and everybody's. */
function isTouched({ path, concerns }: Found, touched: ReadonlySet<string>, ids: readonly string[]): boolean {
  if (path === undefined || touched.has(path)) return true;
  return concerns?.some((id) => touched.has(id)) ?? !ids.includes(path);
}

function inOrder(a: ValidationProblem, b: ValidationProblem): number {
  if (a.severity !== b.severity) return a.severity === "error" ? -1 : 1;
  if (a.path !== b.path) return (a.path ?? "") < (b.path ?? "") ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.message < b.message ? -1 : 1);
}

function* discoveryProblems({ missingSources, failed, files }: Discovery): Generator<Found> {
  for (const path of missingSources)
    yield { code: "source.missing", path, message: "the source does not exist" };
  for (const { path, error } of failed) yield { code: "document.failed", path, message: error };
  if (files.length === 0 && missingSources.length + failed.length === 0) {
    yield { code: "source.empty", message: "the sources hold no document" };
  }
}

function examine(file: DiscoveredFile, found: Found[], isTemplate: TemplateTest): Examined {
  const path = file.id;
  let parsed: ParsedDocument;
  try {
    parsed = parsedAs(path, decodeMarkdown(readRegularFile(file.path)), parseDocument);
  } catch (error) {
    const hint = error instanceof AmalfaError && error.hint !== undefined ? `. ${error.hint}` : "";
    found.push({ code: "document.failed", path, message: `${whyUnreadable(error)}${hint}` });
    const nothing = { links: [], innerLinks: [], attachments: [], aliases: [] };
    return { id: path, title: undefined, ...nothing, isTemplate: false, anchors: undefined };
  }
  const { faults = [], data } = parsed.frontMatter ?? {};
  const fate = data?.size === 0 ? "the front matter is ignored" : "a value of the front matter is lost";
  for (const { problem, line, asText } of faults) {
    found.push(
      asText
        ? { code: "front-matter.unquoted", path, line, message: problem }
        : { code: "front-matter.unreadable", path, line, message: `${fate}: ${problem}` },
    );
  }
  const template = isTemplate(path, () => parsed.text);
  if (!template) found.push(...untoldDates(path, parsed));
  if (parsed.blocks.length === 0) {
    found.push({ code: "document.empty", path, message: "the document has no text" });
  }
  const { title, aliases, links, innerLinks, attachments } = parsed;
  return {
    id: path,
    title,
    aliases,
    links,
    innerLinks,
    attachments,
    isTemplate: template,
    anchors: anchorsOf(parsed),
  };
}

/** What a search by date does not understand; a year alone is right, though no day. */
function untoldDates(path: string, { fields, frontMatter, text }: ParsedDocument): Found[] {
  if (frontMatter === undefined) return [];
  const lines = text.split("\n", frontMatter.endLine);
  return ["date", "created"].flatMap((key) => {
    const untold = fields[key]?.find((value) => !/^\d{0,4}$/.test(value) && statedDate(value) === undefined);
    if (untold === undefined) return [];
    const line = lines.findIndex((each) => new RegExp(`^["']?${key}["']?\\s*[:=]`, "i").test(each)) + 1;
    const message = `the ${key} "${untold}" is not understood by searches by date: write it as 2024-03-05`;
    return { code: "front-matter.date", path, ...(line > 0 ? { line } : {}), message };
  });
}

interface NameOwners {
  readonly written: string;
  readonly ids: readonly string[];
}

/**
 * A wikilink to a name that several documents have leads to one of them only. Translations of one page may well have
 * one title, and that of a template is for what is made from it.
 */
function checkNames(documents: readonly Examined[], pages: TranslatedPages): Found[] {
  const found: Found[] = [];
  /** By the name as links compare it; `written` is how its first owner writes it. */
  const owners = (namesOf: (document: Examined) => readonly string[]): NameOwners[] => {
    const byName = new Map<string, { readonly written: string; readonly ids: Set<string> }>();
    for (const document of documents.filter((each) => !each.isTemplate)) {
      for (const written of namesOf(document)) {
        const name = written.normalize("NFC").toLowerCase();
        const owner = byName.get(name);
        if (owner === undefined) byName.set(name, { written, ids: new Set([document.id]) });
        else owner.ids.add(document.id);
      }
    }
    return [...byName.values()].map(({ written, ids }) => ({ written, ids: [...ids] }));
  };
  const report = (
    code: "alias.duplicate" | "title.duplicate",
    what: string,
    names: readonly NameOwners[],
  ): void => {
    for (const { written, ids } of names) {
      const [first, ...same] = ids;
      const others = same.filter((id) => !pages.isTranslation(first ?? "", id));
      if (first === undefined || others.length === 0) continue;
      const listed = others.slice(0, 3).join(", ") + (others.length > 3 ? ", …" : "");
      const message = `the ${what} "${written}" is also that of ${listed}`;
      found.push({ code, path: first, message, concerns: others });
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
  return found;
}

function checkGraph(project: Project, discovery: Discovery, found: Found[]): ValidationReport["graph"] {
  const path = project.paths.database;
  try {
    const drift = guarded(path, () => {
      using db = openGraphToReadIfPresent(path)?.db;
      return db === undefined ? undefined : findDrift(project, discovery, db);
    });
    if (drift === undefined) return "none";
    const { added, changed, removed, refusal } = drift;
    if (added + changed + removed > 0) {
      const next = refusal === null ? "run `amalfa init`" : `an ingest would refuse to run: ${refusal}`;
      const message = `the graph is behind the files: ${added} added, ${changed} changed, ${removed} removed; ${next}`;
      found.push({ code: "graph.drift", message });
    }
    return "compared";
  } catch (error) {
    if (!(error instanceof AmalfaError)) throw error;
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    const code = error.code as `database.${string}`;
    found.push({ code, path, message: `${error.message}${hint}` });
    return "unreadable";
  }
}

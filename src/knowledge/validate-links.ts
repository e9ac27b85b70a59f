/** Whether links lead somewhere: to a document, to a place in it, or to a file. */

import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import {
  createLinkResolver,
  HUGO_REFERENCE,
  type LinkResolver,
  type LinkRoot,
  MARKDOWN_EXTENSION,
  type RawLink,
  type Resolution,
} from "../ingest/markdown/index.ts";
import {
  DEFAULT_SEVERITIES,
  isNeverIngested,
  type RuleSeverity,
  type ValidationRule,
} from "../project/index.ts";
import { hasAnchor } from "./section-lines.ts";

/* A problem that `validate` found, and how much it matters. */

export interface ValidationProblem {
  readonly severity: "error" | "warning";
  /** The rule: dotted and stable; see docs/notes.md. */
  readonly code: string;
  /** A document's id, a source, or the path of a file; null for the project as a whole. */
  readonly path: string | null;
  /** Counted from 1; null where there is none. */
  readonly line: number | null;
  readonly message: string;
}

/** A problem before anybody has said what it is worth. */
export interface Found {
  readonly code: ValidationRule | `database.${string}`;
  readonly path?: string;
  readonly line?: number;
  readonly message: string;
  /** Other documents that it is about: a change of any of them may have made it. */
  readonly concerns?: readonly string[];
}

/**
 * What the settings say of the rule, else what it is worth by itself. What is no rule, such as a graph that cannot be
 * read, is an error.
 */
export function severityOf(code: string, rules: Readonly<Record<string, RuleSeverity>>): RuleSeverity {
  const defaults: Readonly<Record<string, RuleSeverity>> = DEFAULT_SEVERITIES;
  return rules[code] ?? defaults[code] ?? "error";
}

/* Files of a project that are no documents, as links lead to them. */

/** Answers whether something lies at a path or bears a name. Each place is looked at once. */
class ProjectFiles {
  readonly #root: string;
  readonly #kinds = new Map<string, "file" | "folder" | "nothing">();
  #names: ReadonlySet<string> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @param path below the project root; an accented letter may be one character or two */
  kindOf(path: string): "file" | "folder" | "nothing" {
    for (const written of new Set([path, path.normalize("NFC"), path.normalize("NFD")])) {
      const kind = this.#look(written);
      if (kind !== "nothing") return kind;
    }
    return "nothing";
  }

  /** Whether any file of the project has this name, in whatever folder, as notes refer to their attachments. */
  hasName(name: string): boolean {
    this.#names ??= new Set(namesBelow(this.#root));
    return this.#names.has(fold(name));
  }

  #look(path: string): "file" | "folder" | "nothing" {
    const known = this.#kinds.get(path);
    if (known !== undefined) return known;
    const kind = kindAt(join(this.#root, path));
    this.#kinds.set(path, kind);
    return kind;
  }
}

function kindAt(path: string): "file" | "folder" | "nothing" {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? "nothing" : found.isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

function* namesBelow(root: string): Generator<string> {
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory()) {
        if (!isNeverIngested(entry.name)) pending.push(join(folder, entry.name));
      } else yield fold(entry.name);
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** What is kept of a document while all others are read. */
export interface Examined {
  readonly id: string;
  readonly title: string | undefined;
  readonly aliases: readonly string[];
  readonly links: readonly RawLink[];
  readonly innerLinks: readonly RawLink[];
  readonly attachments: readonly RawLink[];
  /** Whether others are made from it. */
  readonly isTemplate: boolean;
  /** Undefined where the document cannot be read; links to it lead somewhere all the same. */
  readonly anchors: ReadonlySet<string> | undefined;
}

export interface LinkChecks {
  readonly root: string;
  readonly roots: readonly LinkRoot[];
  /** Whether somebody said what links that begin with `/` are relative to; what is guessed may not be all there is. */
  readonly rootsAre: "settled" | "guessed";
  /** Ids of documents that a change has removed: a link that led to one of them was broken by that. */
  readonly removed: readonly string[];
}

/** Links of all documents, whichever of them are judged. */
export interface LinkCounts {
  /** Lead to no document: what the graph calls unresolved, each once a line. */
  readonly unresolved: number;
  /** Of those the ones that are no problem: they lead to a folder, or to a block of whatever document has it. */
  readonly elsewhere: number;
}

export function checkLinks(
  documents: readonly Examined[],
  checks: LinkChecks,
): { readonly found: readonly Found[]; readonly links: LinkCounts } {
  const checker = new LinkChecker(documents, checks);
  const found = documents.flatMap((document) => [...checker.check(document)]);
  return { found, links: checker.counts };
}

class LinkChecker {
  readonly #checks: LinkChecks;
  readonly #resolve: LinkResolver;
  readonly #resolveBefore: LinkResolver;
  readonly #anchors: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  readonly #files: ProjectFiles;
  #unresolved = 0;
  #elsewhere = 0;

  constructor(documents: readonly Examined[], checks: LinkChecks) {
    this.#checks = checks;
    this.#resolve = createLinkResolver(documents, checks.roots);
    this.#resolveBefore = createLinkResolver(
      checks.removed.map((id) => ({ id, aliases: [] })),
      checks.roots,
    );
    this.#anchors = new Map(documents.map((document) => [document.id, document.anchors]));
    this.#files = new ProjectFiles(checks.root);
  }

  get counts(): LinkCounts {
    return { unresolved: this.#unresolved, elsewhere: this.#elsewhere };
  }

  *check({ id, links, innerLinks, attachments }: Examined): Generator<Found> {
    for (const { anchor, line } of innerLinks) {
      if (anchor === undefined || hasAnchor(this.#anchors.get(id) ?? new Set(), anchor)) continue;
      const message = `the document itself has no heading or anchor "${anchor}"`;
      yield { code: "link.anchor", path: id, line, message };
    }
    // One link twice in a line is one problem, and one unresolved link of the graph.
    const met = new Set<string>();
    for (const link of links) {
      const outcome = this.#resolve(id, link);
      const found = this.#judge(id, link, outcome);
      const isUnresolved = outcome.kind === "unresolved" && link.tentative !== true;
      const key = JSON.stringify([link.line, link.type, link.target, isUnresolved ? "" : found?.message]);
      if (met.has(key)) continue;
      met.add(key);
      if (isUnresolved) this.#unresolved++;
      if (isUnresolved && found === undefined) this.#elsewhere++;
      if (found !== undefined) yield { path: id, line: link.line, ...found };
    }
    for (const attachment of attachments) {
      const link = { ...attachment, type: "link" };
      const found = this.#missingFile(link, "shows", this.#resolve(id, link));
      if (found !== undefined) yield { path: id, line: link.line, ...found };
    }
  }

  #judge(id: string, link: RawLink, outcome: Resolution): Found | undefined {
    if (outcome.kind === "resolved") return this.#wrongAnchor(outcome);
    if (outcome.kind === "external" || link.tentative === true || isBlockReference(link)) return undefined;
    const what = `${link.type} to "${link.target}"`;
    if (outcome.kind === "file") return this.#missingFile(link, what, outcome);
    const isName = link.type === "wikilink" || link.type === "embed";
    // Of a reference of Hugo a site is not built that has no such page.
    const isPath =
      link.type === "link" || link.type === HUGO_REFERENCE || MARKDOWN_EXTENSION.test(link.target);
    const there = isPath ? this.#whatIsThere(outcome.paths) : "nothing";
    if (there === "folder") return undefined;
    if (there === "file") {
      return { code: "link.excluded", message: `${what} leads to a file that is not among the documents` };
    }
    const before = this.#resolveBefore(id, link);
    const concerns = before.kind === "resolved" ? [before.id] : [];
    const message = `${what} leads nowhere`;
    if (isDaily(link.target) && (isName || isDaily(id))) return { code: "link.daily", message, concerns };
    if (!isPath || (link.type === "wikilink" && isName)) return { code: "link.unwritten", message, concerns };
    return { code: this.#codeOf(link.target), message, concerns };
  }

  #wrongAnchor({ id, anchor }: Extract<Resolution, { kind: "resolved" }>): Found | undefined {
    const known = this.#anchors.get(id);
    if (anchor === undefined || known === undefined || hasAnchor(known, anchor)) return undefined;
    const message = `${id} has no heading or anchor "${anchor}"`;
    return { code: "link.anchor", message, concerns: [id] };
  }

  /** @param what names the link, beginning in lower case; "shows" for what a document shows */
  #missingFile(link: RawLink, what: string, outcome: Resolution): Found | undefined {
    if (outcome.kind !== "file" && outcome.kind !== "unresolved") return undefined;
    if (outcome.paths.length === 0 || this.#whatIsThere(outcome.paths) !== "nothing") return undefined;
    const name = basename(outcome.paths[0]!);
    const isFile = /\.[a-z][a-z\d]{0,9}$/i.test(name);
    // Notes name what they show, wherever it lies; a path says where.
    if (isFile && (link.type !== "link" || !link.target.includes("/")) && this.#files.hasName(name))
      return undefined;
    const message =
      what === "shows" ? `"${link.target}" is embedded here and does not exist` : `${what} leads nowhere`;
    const missing = isFile || outcome.kind === "file" ? "attachment.missing" : "link.unresolved";
    return { code: link.target.startsWith("/") ? this.#codeOf(link.target, missing) : missing, message };
  }

  /**
   * Of a site, only those who know all its roots can say that a page is missing: some are made by code, some come
   * from elsewhere.
   */
  #codeOf(target: string, otherwise: Found["code"] = "link.unresolved"): Found["code"] {
    return target.startsWith("/") && this.#checks.rootsAre === "guessed" && !MARKDOWN_EXTENSION.test(target)
      ? "link.site"
      : otherwise;
  }

  #whatIsThere(paths: readonly string[]): "file" | "folder" | "nothing" {
    const kinds = paths.map((path) => this.#files.kindOf(path));
    return kinds.find((kind) => kind === "file") ?? kinds.find((kind) => kind === "folder") ?? "nothing";
  }
}

/** `[[^block]]`, which leads to a block of whatever document has it. */
function isBlockReference({ type, target }: RawLink): boolean {
  return type !== "link" && target.startsWith("^");
}

const DATES = [
  String.raw`\d{4}([-_.]?)(?:\d{2}\1\d{2}|\d{2}|w\d{2}|q\d)`,
  String.raw`\d{1,2}([-_.])\d{1,2}\2\d{4}`,
  String.raw`[a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}`,
];
const DATE = new RegExp(`^(?:${DATES.join("|")})$`, "i");

/**
 * Whether a name is that of a day, a week, a month or a quarter: notes for them link to neighbours that may never be
 * written.
 */
function isDaily(target: string): boolean {
  return DATE.test(basename(target).replace(MARKDOWN_EXTENSION, ""));
}

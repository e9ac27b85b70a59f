/**
 * From a source as it is written to the place where its walk starts, and to the ignore rules that hold there.
 */
import { lstatSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { isSourceOfCode, parseSource, readIgnoreFiles, repositoryTop } from "../../project/index.ts";
import { isCode, isMarkdown, realPath } from "../../system/files/index.ts";
import { AmalfaError, systemErrorCode } from "../../system/index.ts";
import { documentId } from "../markdown/index.ts";
import type { Findings, GlobFilter, Tree } from "./findings.ts";
import { extendRules, type IgnoreRules, isIgnored, readRules, rulesOfPatterns } from "./ignore.ts";
import { IN_THE_CLOUD, placeholdersOf } from "./placeholders.ts";
import { addFile, addUnreadableFolder, describeAccessFailure, isInside } from "./walk.ts";

/** A source and what is there. */
export interface LocatedSource {
  /** In normal form. */
  readonly source: string;
  readonly kind: "file" | "folder" | "glob";
  readonly state: "found" | "missing" | "unreadable";
  /** Relative to the project root: a file's path, or a folder's, which is empty or ends with `/`. */
  readonly base: string;
  readonly filter: GlobFilter | undefined;
}

/** Looks at the surroundings of a project once, before its sources are walked. */
export function openTree(root: string, excludePatterns: readonly string[]): Tree {
  const repository = repositoryTop(root);
  const top = repository ?? root;
  const between = relative(top, root).replaceAll(sep, "/");
  return {
    root,
    top,
    fromTop: between === "" ? "" : `${between}/`,
    outermost: rulesOfRepository(repository),
    excluded: rulesOfPatterns(excludePatterns),
    realRoot: realPath(root),
  };
}

/** What git leaves out of a repository apart from what its `.gitignore` files say, which take precedence. */
function rulesOfRepository(top: string | undefined): IgnoreRules {
  if (top === undefined) return undefined;
  return readIgnoreFiles(top).reduce<IgnoreRules>((rules, text) => extendRules(rules, "", text), undefined);
}

/**
 * Finds out what a source is. One that may not be looked at is recorded as failed and unobserved.
 * Throws `AmalfaError` `config.invalid` (exit 2) for one that leads outside the project root.
 */
export function locateSource(tree: Tree, written: string, findings: Findings): LocatedSource {
  const parsed = parseSource(tree.root, written);
  if ("problem" in parsed) throw unusable(`sources: ${parsed.problem}`);
  const { source } = parsed;
  // A file whose name only looks like a glob is what was meant.
  const glob = parsed.glob && !entryExists(`${tree.root}/${source}`);
  const base = glob ? parsed.base : source;
  const look = lookAtBase(tree, base, findings);
  const kind = glob ? "glob" : look.kind;
  // A glob starts from a folder; where there is a file instead, nothing can match.
  const state = glob && look.state === "found" && look.kind === "file" ? "missing" : look.state;
  const isFolder = kind !== "file" && base !== ".";
  return {
    source,
    kind,
    state,
    base: base === "." ? "" : isFolder ? `${base}/` : base,
    filter: glob ? globFilter(source, base, isSourceOfCode(tree.root, source)) : undefined,
  };
}

/** A source that is one file. Ignore rules do not matter, since it is named. */
export function addExplicitFile(tree: Tree, path: string, findings: Findings): number {
  if (!isMarkdown(path) && !isCode(path)) {
    findings.failed.set(
      path,
      "is a source, but not a markdown file (.md, .markdown, .mdown, .mkd, .mdx), nor code (.ts, .js, .py, .go, .rs)",
    );
    return 0;
  }
  return addFile(tree, path, "link", findings) ? 1 : 0;
}

/**
 * The rules of the folders above a source, or none at all when they ignore the source itself: who names an ignored
 * folder wants it.
 */
export function rulesAbove(tree: Tree, base: string, findings: Findings): IgnoreRules {
  const fromTop = (tree.fromTop + base).replace(/\/$/, "");
  if (fromTop === "") return tree.outermost;
  const segments = fromTop.split("/");
  let rules = tree.outermost;
  for (let depth = 0; depth < segments.length; depth++) {
    const folder = segments
      .slice(0, depth)
      .map((segment) => `${segment}/`)
      .join("");
    rules = extendRules(rules, folder, readGitignore(tree, folder, findings));
  }
  return isIgnored(rules, `${fromTop}/`) ? undefined : rules;
}

export function readGitignore(tree: Tree, folder: string, findings: Findings): string {
  const path = `${tree.top}/${folder}.gitignore`;
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? readRules(path) : "";
  } catch (error) {
    findings.failed.set(
      relative(tree.root, path).replaceAll(sep, "/"),
      describeAccessFailure(error, "entry"),
    );
    return "";
  }
}

function lookAtBase(tree: Tree, base: string, findings: Findings): Pick<LocatedSource, "kind" | "state"> {
  const path = `${tree.root}/${base}`;
  const kind = isMarkdown(base) || isCode(base) ? "file" : "folder";
  try {
    const real = realPath(path);
    if (!isInside(tree.realRoot, real)) {
      throw unusable(`sources: "${base}" is a link to ${real}, outside the project root ${tree.root}`);
    }
    return { kind: statSync(real).isDirectory() ? "folder" : "file", state: "found" };
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    const code = systemErrorCode(error);
    if (code === "ENOENT" && kind === "file" && isInTheCloud(path)) {
      findings.failed.set(base, IN_THE_CLOUD);
      findings.unobserved.add(documentId(base));
      return { kind, state: "unreadable" };
    }
    if (code === "ENOENT" || code === "ENOTDIR") return { kind, state: "missing" };
    addUnreadableFolder(base === "." ? "" : base, error, findings);
    if (base !== ".") findings.unobserved.add(documentId(base));
    return { kind, state: "unreadable" };
  }
}

function isInTheCloud(path: string): boolean {
  return placeholdersOf(basename(path)).some((name) => entryExists(join(dirname(path), name)));
}

function unusable(message: string): AmalfaError {
  const hint =
    "Name sources inside the project root, or run the command with --root on a folder that contains them.";
  return new AmalfaError("config.invalid", message, { hint });
}

function globFilter(source: string, base: string, code: boolean): GlobFilter {
  const rest = source.slice(base === "." ? 0 : base.length + 1);
  const segments = rest.split("/");
  const braces = /\{[^}]*\//.test(rest);
  const plain = source.split("/").findIndex((segment) => segment.includes("**"));
  const prefixes = braces ? [] : source.split("/").slice(0, plain === -1 ? -1 : plain);
  const anyDepth = rest.includes("**") || braces;
  return {
    glob: new Bun.Glob(source),
    depth: anyDepth ? Number.POSITIVE_INFINITY : segments.length - 1,
    folders: prefixes.map((_, depth) => new Bun.Glob(prefixes.slice(0, depth + 1).join("/"))),
    code,
    hidden: segments.filter((segment) => segment.startsWith(".")).map((segment) => new Bun.Glob(segment)),
  };
}

function entryExists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

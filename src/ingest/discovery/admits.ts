/**
 * Whether a path would be a document if a file lay there: what a walk of the sources decides of what it meets, asked of
 * a place where nothing need be yet.
 */
import { isNeverIngested, treeOf } from "../../project/index.ts";
import { isMarkdown } from "../../system/files/index.ts";
import { isBackupFolder } from "./backups.ts";
import type { SourceOptions } from "./discover.ts";
import { type GlobFilter, newFindings, type Tree } from "./findings.ts";
import { extendRules, type IgnoreRules, isDocumentIgnored, isIgnored } from "./ignore.ts";
import { locateSource, openTree, readGitignore, rulesAbove } from "./sources.ts";

/**
 * @param path relative to the project root, with `/` between its segments, in normal form
 * Throws what `discover` throws.
 */
export function admitsDocument(options: SourceOptions, path: string): boolean {
  if (!isMarkdown(path)) return false;
  const tree = openTree(options.root, options.excludePatterns);
  return options.sources.some((source) => admitsFrom(tree, source, path));
}

function admitsFrom(tree: Tree, written: string, path: string): boolean {
  const findings = newFindings();
  const { base, filter, kind } = locateSource(tree, written, findings);
  if (kind === "file") return path === base;
  if (!path.startsWith(base) || (base !== "" && isIgnored(tree.excluded, base))) return false;
  const segments = path.slice(base.length).split("/");
  const folders = segments.slice(0, -1);
  if (filter !== undefined && (folders.length > filter.depth || !filter.glob.match(path))) return false;
  if (segments.some((name) => name.startsWith(".") && !admitsHidden(filter, name))) return false;
  let rules = extended(tree, base, rulesAbove(tree, base, findings));
  let folder = base;
  for (const name of folders) {
    folder += `${name}/`;
    if (isNeverIngested(name) || isOtherTree(tree, folder, filter)) return false;
    if (isBackupFolder(tree.root, folder)) return false;
    if (isIgnored(rules, tree.fromTop + folder) || isIgnored(tree.excluded, folder)) return false;
    rules = extended(tree, folder, rules);
  }
  return !isDocumentIgnored(rules, tree.fromTop + path) && !isDocumentIgnored(tree.excluded, path);
}

/** With those of a folder's own `.gitignore`. */
function extended(tree: Tree, folder: string, rules: IgnoreRules): IgnoreRules {
  return extendRules(rules, tree.fromTop + folder, readGitignore(tree, tree.fromTop + folder, newFindings()));
}

function isOtherTree(tree: Tree, folder: string, filter: GlobFilter | undefined): boolean {
  const place = `${tree.root}/${folder.slice(0, -1)}`;
  if (treeOf(place) !== "own") return false;
  return filter?.folders.some((glob) => glob.match(folder.slice(0, -1))) !== true;
}

function admitsHidden(filter: GlobFilter | undefined, name: string): boolean {
  return filter?.hidden.some((segment) => segment.match(name)) === true;
}

/**
 * Finds the documents of a project: which files, how large, how old.
 *
 * Reads folders, `.gitignore` files and `stat` results, never a document. Symbolic links to folders are not followed,
 * so that loops are harmless; nothing outside the project root becomes a document. Whatever could not be looked at is
 * named twice: in `failed` for people (I12), and in `unobserved` for the planner, which must not take it for
 * deleted (I11).
 *
 * It is synchronous on purpose: a thread pool costs more than the system calls it would overlap.
 */

import { type DiscoveredFile, type Findings, newFindings, type Tree } from "./findings.ts";
import { isIgnored } from "./ignore.ts";
import { addExplicitFile, locateSource, openTree, rulesAbove } from "./sources.ts";
import { walkFolder } from "./walk.ts";

/** A file or folder that could not be looked at, or cannot be a document. */
export interface DiscoveryFailure {
  /** Relative to the project root; bytes that are not UTF-8 are written as `\xHH`. */
  readonly path: string;
  readonly error: string;
}

/** What one source came to. */
export interface DiscoveredSource {
  readonly source: string;
  readonly kind: "file" | "folder" | "glob";
  /** For a glob: whether the folder exists that it starts from. */
  readonly exists: boolean;
  /** How many documents it contains; one in several sources counts in each. */
  readonly documents: number;
}

export interface Discovery {
  /** Sorted by id, in order of UTF-16 code units; each once, however many sources contain it. */
  readonly files: readonly DiscoveredFile[];
  readonly failed: readonly DiscoveryFailure[];
  /** Ids, and prefixes of ids (ending with `/`, or empty for everything), whose absence proves nothing. */
  readonly unobserved: readonly string[];
  readonly missingSources: readonly string[];
  /** Temporary files that a killed process has left beside documents, relative to the project root. */
  readonly leftovers: readonly string[];
  /**
   * Prefixes of ids, of folders that are git trees of their own and that no source names: nothing in them is a
   * document.
   */
  readonly otherTrees: readonly string[];
  readonly sources: readonly DiscoveredSource[];
}

/**
 * Walks the sources.
 * @param options.root absolute path of the project root.
 * @param options.sources files, folders or globs relative to it.
 * @param options.excludePatterns gitignore syntax, relative to it; they hold even where a source is named explicitly.
 * Throws `AmalfaError` `config.invalid` (exit 2) for a source that leads outside the project root.
 */
export function discover(options: SourceOptions): Discovery {
  const tree = openTree(options.root, options.excludePatterns);
  const findings = newFindings();
  const sources = drained(walkSources(tree, options.sources, findings));
  return discoveryOf(findings, sources);
}

/** What `discover` walks. */
export interface SourceOptions {
  readonly root: string;
  readonly sources: readonly string[];
  readonly excludePatterns: readonly string[];
}

/** What was found, in order. */
export function discoveryOf(findings: Findings, sources: readonly DiscoveredSource[]): Discovery {
  // Without a comparison function the sort is by UTF-16 code units, and several times as fast.
  const ids = [...findings.files.keys()].sort();
  return {
    files: ids.map((id) => findings.files.get(id)!),
    failed: [...findings.failed]
      .map(([path, error]) => ({ path, error }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    unobserved: [...findings.unobserved].sort(),
    missingSources: sources.filter(({ exists }) => !exists).map(({ source }) => source),
    leftovers: [...findings.leftovers].sort(),
    otherTrees: [...findings.otherTrees].sort(),
    sources,
  };
}

function drained<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Walks the sources one after the other, pausing after each folder. */
export function* walkSources(
  tree: Tree,
  sources: readonly string[],
  findings: Findings,
): Generator<void, DiscoveredSource[]> {
  const found: DiscoveredSource[] = [];
  for (const source of sources) found.push(yield* discoverSource(tree, source, findings));
  return found;
}

function* discoverSource(tree: Tree, written: string, findings: Findings): Generator<void, DiscoveredSource> {
  const place = locateSource(tree, written, findings);
  const { source, kind } = place;
  if (place.state !== "found") return { source, kind, exists: place.state === "unreadable", documents: 0 };
  if (place.base !== "" && isIgnored(tree.excluded, place.base))
    return { source, kind, exists: true, documents: 0 };
  const documents =
    kind === "file"
      ? addExplicitFile(tree, place.base, findings)
      : yield* walkFolder(
          tree,
          { relative: place.base, rules: rulesAbove(tree, place.base, findings) },
          place.filter,
          findings,
        );
  return { source, kind, exists: true, documents };
}

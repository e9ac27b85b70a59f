import type { FileAccess } from "../plan.ts";
import type { IgnoreRules } from "./ignore.ts";

export interface DiscoveredFile {
  /** The document's identity, from its path relative to the project root. */
  readonly id: string;
  /** Absolute path. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, with fractions where the file system keeps them. */
  readonly mtimeMs: number;
  /**
   * The same of its entry in the file system: it grows with every change, also of what only looks like the same file.
   */
  readonly ctimeMs: number;
  /** Its number in the file system. */
  readonly inode: number;
  readonly access: FileAccess;
}

/** The project being walked. */
export interface Tree {
  /** Absolute path of the project root. */
  readonly root: string;
  /** The project root as seen from the folder that ignore rules start at: empty, or ending with `/`. */
  readonly fromTop: string;
  /** Absolute path of the folder that ignore rules start at: the top of the enclosing repository, or the root. */
  readonly top: string;
  /** Rules that all `.gitignore` files take precedence over: those of the repository and of its user. */
  readonly outermost: IgnoreRules;
  /** The settings' `excludePatterns`. */
  readonly excluded: IgnoreRules;
  /** The project root without symbolic links in its path. */
  readonly realRoot: string;
}

/** What the walks add to. */
export interface Findings {
  /** By id. */
  readonly files: Map<string, DiscoveredFile>;
  /** Path relative to the project root, to the reason. */
  readonly failed: Map<string, string>;
  readonly unobserved: Set<string>;
  /** Temporary files beside documents, relative to the project root. */
  readonly leftovers: Set<string>;
  /** Folders that are git trees of their own, and none of the project's; as prefixes of ids. */
  readonly otherTrees: Set<string>;
  /** Where it is there, files are only noted in it, by their ids, and looked at later. */
  readonly deferred?: Map<string, DeferredFile>;
}

/** A file that was seen in its folder and not looked at. */
export interface DeferredFile {
  /** Relative to the project root. */
  readonly relative: string;
  readonly kind: "link" | "entry";
}

/** What a glob admits; absent for a folder, which admits everything that is not hidden. */
export interface GlobFilter {
  readonly glob: Bun.Glob;
  /** How many folders below the base a match can lie. */
  readonly depth: number;
  /** The folders that the glob names one by one, before it takes whatever is below. */
  readonly folders: readonly Bun.Glob[];
  /** Whether it names an extension of code: only by such a source is code a document. */
  readonly code: boolean;
  /** Segments of the glob that begin with a dot: only by them are hidden names admitted. */
  readonly hidden: readonly Bun.Glob[];
}

/** A folder to be walked. */
export interface Folder {
  /** Relative to the project root: empty, or ending with `/`. */
  readonly relative: string;
  /** The rules of the folders above it. */
  readonly rules: IgnoreRules;
}

export interface Visit extends Folder {
  readonly depth: number;
  /**
   * Whether any rule could match the name of a document here; a folder's thousands then need not be tested one by
   * one.
   */
  readonly testDocuments: boolean;
}

export function newFindings(): Findings {
  return {
    files: new Map(),
    failed: new Map(),
    unobserved: new Set(),
    leftovers: new Set(),
    otherTrees: new Set(),
  };
}

/** Walks a folder and everything in it, pausing after each folder. Returns how many documents it contains. */

/**
 * What an ingest has to do: a pure function of what was found and what the graph holds.
 *
 * It knows nothing of the database or the parser. Documents are only ever taken for removed when their absence was
 * observed (I11).
 */

/** A file as the file system shows it now. */
export interface FoundFile {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly mtimeMs: number;
  /** When its entry was last changed, in milliseconds, and its number in the file system. */
  readonly ctimeMs?: number;
  readonly inode?: number;
  /** "in doubt" when its permissions seem to keep this user from reading it. */
  readonly access: FileAccess;
}

export type FileAccess = "granted" | "in doubt";

/** What the file system said of a document when it was last read. */
export interface KnownFile {
  readonly size: number;
  readonly mtimeMs: number;
  /** -1 where they are not known. */
  readonly ctimeMs?: number;
  readonly inode?: number;
}

export interface Observation<File extends FoundFile> {
  /** Each id once. */
  readonly found: readonly File[];
  /** Ids, and prefixes of ids that end with "/" or are empty, that could not be looked at. */
  readonly unobserved: readonly string[];
  readonly known: ReadonlyMap<string, KnownFile>;
  /** Read everything: because it was asked for, or because the settings that shape the graph are others. */
  readonly readAll: "read all" | "read changed";
}

export interface IngestPlan<File extends FoundFile> {
  /** Files to read; whether their content changed shows then. */
  readonly read: readonly File[];
  /** How many files were recognised as unchanged without reading them. */
  readonly unchanged: number;
  /** Documents whose absence was observed. */
  readonly absent: readonly string[];
}

export function planIngest<File extends FoundFile>(observation: Observation<File>): IngestPlan<File> {
  const { found, known } = observation;
  const readAll = observation.readAll === "read all";
  let recognised = 0;
  const read = found.filter((file) => {
    const before = known.get(file.id);
    if (before !== undefined) recognised++;
    return readAll || before === undefined || !isAsKnown(file, before) || file.access === "in doubt";
  });
  // When each known document was found none is absent, which is the common case and saves looking each up again.
  const absent = recognised === known.size ? [] : absentDocuments(observation);
  return { read, unchanged: found.length - read.length, absent };
}

function absentDocuments({ found, known, unobserved }: Observation<FoundFile>): string[] {
  const present = new Set(found.map(({ id }) => id));
  const covers = coverage(unobserved);
  return [...known.keys()].filter((id) => !present.has(id) && !covers(id));
}

/**
 * Whether nothing that the file system tells of a file has changed. A file that another one has replaced may have
 * kept its size and time, but not its number and the time of its entry; where only those are others the content has
 * the last word, since copies, permissions and network folders change them as well.
 */
export function isAsKnown(file: Omit<FoundFile, "id" | "access">, known: KnownFile): boolean {
  return (
    known.size === file.size &&
    known.mtimeMs === file.mtimeMs &&
    isSameOrUnknown(known.ctimeMs, file.ctimeMs) &&
    isSameOrUnknown(known.inode, file.inode)
  );
}

function isSameOrUnknown(known = -1, found = -1): boolean {
  return known === -1 || found === -1 || known === found;
}

function coverage(unobserved: readonly string[]): (id: string) => boolean {
  const exact = new Set(unobserved);
  const prefixes = unobserved.filter((entry) => entry === "" || entry.endsWith("/"));
  return (id) => exact.has(id) || prefixes.some((prefix) => id.startsWith(prefix));
}

export interface RemovalCheck {
  /** Documents in the graph before. */
  readonly known: number;
  readonly absent: readonly string[];
  /** How many of the absent ones are not lost: they moved, or git has taken them away and keeps them. */
  readonly accountedFor: number;
  readonly missingSources: readonly string[];
  /** Sources that contributed documents before and contain none now, as an unmounted folder does. */
  readonly emptiedSources: readonly string[];
}

/** Why an ingest must not go on without being told to, or undefined (I11). */
export function refusalReason(check: RemovalCheck): string | undefined {
  if (check.missingSources.length > 0) {
    return `${quoted(check.missingSources)} cannot be found or read`;
  }
  if (check.emptiedSources.length > 0) {
    return `${quoted(check.emptiedSources)} held documents before and holds none now`;
  }
  const gone = check.absent.length - check.accountedFor;
  if (gone * 2 > check.known) return `${gone} of ${check.known} documents would be removed from the graph`;
  return undefined;
}

function quoted(sources: readonly string[]): string {
  const label = sources.length === 1 ? "The source" : "The sources";
  return `${label} ${sources.map((source) => `"${source}"`).join(", ")}`;
}

/** A source that is a folder, a file or the fixed part of a glob, as the ids of its documents begin. */
export interface SourceIds {
  readonly source: string;
  /** "" for the project root, else "folder/" or the id of a single file. */
  readonly prefix: string;
}

/** Sources whose documents are all known and none of which was found. */
export function emptiedSources(
  sources: readonly SourceIds[],
  found: readonly FoundFile[],
  known: ReadonlyMap<string, KnownFile>,
): string[] {
  return sources
    .filter(({ prefix }) => {
      const contains = (id: string): boolean => id.startsWith(prefix);
      return [...known.keys()].some(contains) && !found.some(({ id }) => contains(id));
    })
    .map(({ source }) => source);
}

/**
 * Documents that the graph holds and that lie in a git tree of its own, below the project root: they are none of the
 * project's.
 */
export interface OtherTree {
  /** Relative to the project root, as an id is written. */
  readonly path: string;
  /** How many of them leave the graph. */
  readonly documents: number;
}

/** @param trees prefixes of ids */
export function leavingWithTrees(absent: readonly string[], trees: readonly string[]): OtherTree[] {
  if (absent.length === 0) return [];
  return trees
    .map((prefix) => ({
      path: prefix.replace(/\/$/, ""),
      documents: absent.filter((id) => id.startsWith(prefix)).length,
    }))
    .filter(({ documents }) => documents > 0);
}

/** Documents in git trees of their own that the plan would take out, and that stay until an ingest lists them. */
export interface KeptTrees {
  readonly trees: readonly OtherTree[];
  /** Prefixes of ids to be taken for unobserved. */
  readonly prefixes: readonly string[];
  /** The documents in them that the graph holds. */
  readonly documents: readonly string[];
}

/**
 * Documents that the graph holds in git trees of their own. They leave with an ingest that somebody runs and that
 * lists them; an answer that takes out what is gone on its way would lose them without a word.
 */
export function treesToKeep(known: ReadonlyMap<string, KnownFile>, trees: readonly string[]): KeptTrees {
  const prefixes = trees.filter((tree) => tree.endsWith("/"));
  const documents =
    prefixes.length === 0
      ? []
      : [...known.keys()].filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));
  return { trees: leavingWithTrees(documents, prefixes), prefixes, documents };
}

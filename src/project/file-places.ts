/**
 * Where the files that the settings may move, the graph and the vector cache, must not lie: on one another, or where
 * amalfa keeps something else. Either would be written over, or moved to quarantine as a graph or a cache that cannot
 * be read. Nor may a new one have a name that no database has where it lies outside of the project, whose programs may
 * run it, or where a link leads, which may be a note yet to be written.
 *
 * Places are compared as they really are, symbolic links followed, and without regard to case: what is one file on
 * some disks is not worth being two on others.
 */
import { lstatSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  DATA_DIRECTORY,
  hasDatabaseName,
  isBelow,
  isSameFile,
  isUncertain,
  realPlace,
} from "../system/files/index.ts";
import type { ConfigProblem } from "./config-error.ts";
import { type ProjectPaths, projectPaths, SETTINGS_FILES } from "./paths.ts";
import type { Settings } from "./settings.ts";

/**
 * What is written beside a database under its name: SQLite's own files, and the graph that a rebuild has not
 * completed.
 */
const SIDE_FILES = ["", "-wal", "-shm", "-journal", ".rebuilding"];

/** What earlier versions kept in `.amalfa`, some of which may be somebody's work. */
const EARLIER_ENTRIES = ["agent", "sessions", "backups", "stats-history.json"];

const EXAMPLES = { database: ".amalfa/resonance.db", "cache.path": ".amalfa/cache/vector_cache.sqlite" };

type Key = keyof typeof EXAMPLES;

/**
 * What is wrong with the places of the graph and of the vector cache, wherever the settings or a symbolic link put
 * them.
 */
export function misplacedFiles(
  root: string,
  settings: Pick<Settings, "database" | "cache">,
): ConfigProblem[] {
  const defaults = projectPaths(root);
  const paths = projectPaths(root, { database: settings.database, vectorCache: settings.cache.path });
  const graph = { name: "the graph", files: [paths.database, defaults.database] };
  const cache = { name: "the vector cache", files: [paths.vectorCache, defaults.vectorCache] };
  const given = {
    database: settings.database !== undefined,
    "cache.path": settings.cache.path !== undefined,
  };
  // Of two files that are one, the setting is named that is there to be corrected.
  const answersFor = (key: Key) => given[key] || (key === "database" && !given["cache.path"]);
  const place = placeFinder();
  const problems: ConfigProblem[] = [];
  /** Where the settings say nothing of the place, it is a link in it that leads astray. */
  const problemOf = (key: Key, path: string, what: string): ConfigProblem => ({
    key,
    message: messageFor(key, path, what),
    ...(given[key] || !isLink(path)
      ? {}
      : { first: `remove the link ${path}, or let it lead to a database, then run \`amalfa doctor\` again` }),
  });
  const check = (key: Key, path: string, other: typeof graph) => {
    const meets = (file: string) => isSameFile(path, file) || coincide(place(path), place(file));
    const taken =
      answersFor(key) && other.files.some(meets) ? other.name : keeperOf(key, defaults, path, place);
    const strange = strangeness(root, path, place) ?? othersGraph(key, root, path);
    if (isUncertain(realPlace(path))) problems.push(problemOf(key, path, UNCERTAIN));
    else if (taken !== undefined) problems.push(problemOf(key, path, `the place of ${taken}`));
    else if (strange !== undefined) problems.push(problemOf(key, path, strange));
  };
  check("database", paths.database, cache);
  check("cache.path", paths.vectorCache, graph);
  return problems;
}

const UNCERTAIN = "where a name is not valid UTF-8, so that it cannot be told from another place";

const OUTSIDE =
  "outside of the project, where a new file has to end in .db, .sqlite or .sqlite3: " +
  "programs run files of other names, such as a shell's settings";

const LINKED =
  "where a symbolic link leads, so that a new file has to end in .db, .sqlite or .sqlite3: " +
  "an empty one of another name may be a note that is yet to be written";

/**
 * A folder that somebody got from elsewhere brings its settings along, and links: neither may name the graph of another
 * project of the user, which an ingest would replace.
 */
function othersGraph(key: Key, root: string, path: string): string | undefined {
  const owner = key === "database" ? otherProjectAt(root, path) : undefined;
  return owner === undefined ? undefined : `where the project ${owner} keeps its own`;
}

/** The root of another project in whose `.amalfa` a file lies, symbolic links followed. */
export function otherProjectAt(root: string, path: string): string | undefined {
  const place = placeFinder();
  for (let folder = dirname(realPlace(path)); folder !== dirname(folder); folder = dirname(folder)) {
    if (basename(folder) !== DATA_DIRECTORY) continue;
    const isOwn = place(folder) === place(projectPaths(root).data) || isBelow(place(folder), place(root));
    if (!isOwn) return dirname(folder);
  }
  return undefined;
}

/** A folder that somebody got from elsewhere brings its settings along, and links. */
function strangeness(root: string, path: string, place: PlaceFinder): string | undefined {
  const real = place(path);
  if (hasDatabaseName(real) || holdsSomething(path)) return undefined;
  if (!isBelow(place(root), real)) return OUTSIDE;
  return isLink(path) && !isBelow(place(projectPaths(root).data), real) ? LINKED : undefined;
}

/** What may not be looked at cannot be written either. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

/** What is there already is looked into before anything is written to it. */
function holdsSomething(path: string): boolean {
  try {
    return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  } catch {
    // What cannot be looked at cannot be written either.
    return true;
  }
}

function messageFor(key: Key, path: string, what: string): string {
  const real = realPlace(path);
  const way = real === path ? "" : `, which leads to ${JSON.stringify(real)}`;
  return (
    `expected a path of its own such as ${EXAMPLES[key]}, ` + `found ${JSON.stringify(path)}${way}, ${what}`
  );
}

type PlaceFinder = (path: string) => string;

/** Places for comparisons only: some file systems tell neither case nor the ways to write an accented letter apart. */
function placeFinder(): PlaceFinder {
  const known = new Map<string, string>();
  return (path) => {
    const found = known.get(path) ?? realPlace(path).normalize("NFC").toLowerCase();
    known.set(path, found);
    return found;
  };
}

function coincide(one: string, other: string): boolean {
  return belongsTo(one, other) || belongsTo(other, one);
}

/** Whether a place is that of a database or of what is written beside it under its name. */
export function belongsTo(place: string, database: string): boolean {
  return SIDE_FILES.some((end) => place === database + end);
}

function keeperOf(key: Key, paths: ProjectPaths, path: string, place: PlaceFinder): string | undefined {
  const real = place(path);
  const is = (other: string) => real === place(other);
  const within = (folder: string) => isBelow(place(folder), real);
  if ([paths.data, paths.cacheDirectory, paths.runtime, paths.root].some(is)) {
    return "a folder that amalfa needs";
  }
  if (SETTINGS_FILES.some((name) => is(join(paths.root, name)))) return "the settings";
  const folders: readonly (readonly [string, string])[] = [
    [paths.logs, "the logs"],
    [paths.quarantine, "the quarantine"],
    [paths.models, "the models"],
    ...EARLIER_ENTRIES.map((name) => [join(paths.data, name), "what an earlier version left"] as const),
  ];
  const found = folders.find(([folder]) => is(folder) || within(folder));
  if (found !== undefined) return found[1];
  if (key === "database" && within(paths.cacheDirectory)) return "vectors and models";
  // Earlier versions kept the graph among the locks and PID files, and settings still say so.
  const allowed = key === "database" && hasDatabaseName(real);
  return within(paths.runtime) && !allowed ? "locks and PID files" : undefined;
}

/**
 * Where the files that the settings may move, the graph and the vector cache, must not lie: on one another, or where amalfa keeps
 * something else. Either would be written over.
 */
import { basename, sep } from "node:path";
import type { ConfigProblem } from "./config-error.ts";
import { type ProjectPaths, projectPaths } from "./paths.ts";
import type { Settings } from "./settings.ts";

const DATABASE_NAME = /\.(?:db|sqlite|sqlite3)$/i;

/** What SQLite adds to the name of a database for files of its own. */
const SIDE_FILES = ["", "-wal", "-shm", "-journal"];

/** What is wrong with the places of the graph and of the vector cache; both as absolute paths. */
export function misplacedFiles(
  root: string,
  settings: Pick<Settings, "database" | "cache">,
): ConfigProblem[] {
  const vectorCache = settings.cache.path;
  const defaults = projectPaths(root);
  const paths = projectPaths(root, { database: settings.database, vectorCache });
  const problems: ConfigProblem[] = [];
  const check = (key: string, path: string | undefined, other: { name: string; files: string[] }) => {
    if (path === undefined) return;
    const taken = other.files.some((file) => coincide(path, file)) ? other.name : keeperOf(defaults, path);
    if (taken === undefined) return;
    problems.push({
      key,
      message: `expected a path of its own, found ${JSON.stringify(path)}, the place of ${taken}`,
    });
  };
  check("database", settings.database, {
    name: "the vector cache",
    files: [paths.vectorCache, defaults.vectorCache],
  });
  check("cache.path", vectorCache, { name: "the graph", files: [paths.database, defaults.database] });
  return problems;
}

function coincide(one: string, other: string): boolean {
  return SIDE_FILES.some((end) => one === other + end || other === one + end);
}

function keeperOf(paths: ProjectPaths, path: string): string | undefined {
  const within = (folder: string) => path === folder || path.startsWith(folder + sep);
  const folders = [paths.data, paths.cacheDirectory, paths.runtime, paths.root];
  if (folders.includes(path)) return "a folder that amalfa needs";
  if (within(paths.logs)) return "the logs";
  if (within(paths.quarantine)) return "the quarantine";
  if (within(paths.models)) return "the models";
  // Earlier versions kept the graph among the locks and PID files, and settings still say so.
  if (within(paths.runtime) && !DATABASE_NAME.test(basename(path))) return "locks and PID files";
  return undefined;
}

/**
 * From a working directory to a project: root, settings, paths.
 *
 * Nothing is ever silently replaced by a default: a settings file either validates as a whole or is an error that
 * names the file, the key and the expected value.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { misplacedFiles } from "./file-places.ts";
import { type ProjectPaths, projectPaths } from "./paths.ts";
import { findProjectRoot, settingsFileIn } from "./root.ts";
import type { SettingsFile } from "./schema.ts";
import { DEFAULT_MODEL, DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import { parseSource } from "./sources.ts";

export { findProjectRoot } from "./root.ts";

/** A project as every command needs it. */
export interface Project {
  /** Absolute path. */
  readonly root: string;
  readonly settings: Settings;
  /** Absolute path of the settings file; `undefined` when the project has none. */
  readonly settingsFile: string | undefined;
  readonly paths: ProjectPaths;
  /** What the user should know but need not act on, as sentences. */
  readonly warnings: readonly string[];
}

/** What earlier versions of amalfa used; its weights are not in the catalogue. */
const LEGACY_MODELS: ReadonlySet<string> = new Set([
  "BAAI/bge-small-en-v1.5",
  "bge-small-en-v1.5",
  "fast-bge-small-en-v1.5",
]);

/**
 * Finds the project root and reads its settings.
 * Throws `AmalfaError` with exit status 2: `root.invalid`, or `config.invalid` (a `ConfigError`).
 */
export async function loadProject(options: { root?: string | undefined; cwd: string }): Promise<Project> {
  const root = findProjectRoot(options);
  const file = settingsFileIn(root);
  const warnings: string[] = [];
  const settings = file === undefined ? DEFAULT_SETTINGS : await loadSettings(root, file, warnings);
  requireOwnPlaces(root, file, settings);
  const paths = projectPaths(root, { database: settings.database, vectorCache: settings.cache.path });
  return { root, settings, settingsFile: file, paths, warnings };
}

/**
 * Checks the configured model against the catalogue, which is a layer above this one and therefore handed in.
 * Throws a `ConfigError` when the catalogue has no such model, or one with other dimensions.
 */
export function requireKnownModel(
  project: Pick<Project, "settings" | "settingsFile" | "root">,
  models: readonly { readonly name: string; readonly dimensions: number }[],
): void {
  const { model, dimensions } = project.settings;
  const file = project.settingsFile ?? project.root;
  const known = models.find(({ name }) => name === model);
  if (known === undefined) {
    const names = models.map(({ name }) => `"${name}"`).join(" or ");
    throw new ConfigError(file, [
      { key: "embeddings.model", message: `expected ${names}, found "${model}"` },
    ]);
  }
  if (dimensions !== undefined && dimensions !== known.dimensions) {
    const message = `expected ${known.dimensions}, which is what ${model} has, found ${dimensions}`;
    throw new ConfigError(file, [{ key: "embeddings.dimensions", message }]);
  }
}

async function loadSettings(root: string, file: string, warnings: string[]): Promise<Settings> {
  const [{ readSettingsFile }, { validateSettingsFile }] = await Promise.all([
    import("./read-settings-file.ts"),
    import("./schema.ts"),
  ]);
  const found = validateSettingsFile(file, await readSettingsFile(file));
  const settings: Settings = {
    sources: resolveSources(root, file, found),
    excludePatterns: found.excludePatterns ?? DEFAULT_SETTINGS.excludePatterns,
    database: found.database === undefined ? undefined : resolvePath(root, found.database),
    ...resolveModel(file, found, warnings),
    watch: {
      enabled: found.watch?.enabled ?? DEFAULT_SETTINGS.watch.enabled,
      debounceMs: found.watch?.debounce ?? DEFAULT_SETTINGS.watch.debounceMs,
    },
    cache: {
      maxBytes: found.cache?.maxBytes ?? DEFAULT_SETTINGS.cache.maxBytes,
      maxAgeMs: found.cache?.maxAge ?? DEFAULT_SETTINGS.cache.maxAgeMs,
      path: found.cache?.path === undefined ? undefined : resolvePath(root, found.cache.path),
    },
  };
  return settings;
}

/** Without settings as well, since a symbolic link leads as far as a setting does. */
function requireOwnPlaces(root: string, file: string | undefined, settings: Settings): void {
  const problems = misplacedFiles(root, settings);
  if (problems.length === 0) return;
  throw new ConfigError(
    file ?? root,
    problems,
    "Nothing was changed. Name a file of its own in the settings, or remove the symbolic link that leads there, and run the command again.",
  );
}

function resolveSources(root: string, file: string, found: SettingsFile): readonly string[] {
  if (found.source !== undefined && found.sources !== undefined && !found.sources.includes(found.source)) {
    throw new ConfigError(file, [
      { key: "source", message: 'expected only "sources", found both; move it there' },
    ]);
  }
  const key = (index: number) => (found.sources === undefined ? "source" : `sources[${index}]`);
  const problems: ConfigProblem[] = [];
  const sources = new Set<string>();
  const written = found.sources ?? (found.source === undefined ? DEFAULT_SETTINGS.sources : [found.source]);
  written.forEach((source, index) => {
    const parsed = parseSource(root, source);
    if ("problem" in parsed) problems.push({ key: key(index), message: parsed.problem });
    else sources.add(parsed.source);
  });
  if (problems.length > 0) {
    const hint =
      "Name sources inside the project root, or run the command with --root on a folder that contains them.";
    throw new ConfigError(file, problems, hint);
  }
  return [...sources];
}

/**
 * The model of earlier versions becomes the default one, with a warning. Its dimensions are then nobody's claim any
 * more, so they are not compared.
 */
function resolveModel(
  file: string,
  found: SettingsFile,
  warnings: string[],
): Pick<Settings, "model" | "dimensions"> {
  const model = found.embeddings?.model;
  if (model === undefined || !LEGACY_MODELS.has(model)) {
    return { model: model ?? DEFAULT_MODEL, dimensions: found.embeddings?.dimensions };
  }
  warnings.push(
    `${file}: embeddings.model: ${model} belongs to an earlier version of amalfa; ${DEFAULT_MODEL} is used instead. ` +
      "Remove the key, or name that model, to be rid of this message.",
  );
  return { model: DEFAULT_MODEL, dimensions: undefined };
}

function resolvePath(root: string, path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(root, path);
}

/**
 * From a working directory to a project: root, settings, paths.
 *
 * Nothing is ever silently replaced by a default: a settings file either validates as a whole or is an error that
 * names the file, the key and the expected value.
 */

import { homedir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { realPath } from "../system/files/index.ts";
import { messageOf } from "../system/index.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { misplacedFiles, otherProjectAt } from "./file-places.ts";
import { haveOneOwner, linkedWorktree, lookAt, orUndefined, repositoryTop } from "./git/index.ts";
import { CATALOGUE, catalogueEntry } from "./model-catalogue.ts";
import { canonicalModelName, describeModel, findModel } from "./models.ts";
import { findProjectRoot, type ProjectPaths, projectPaths, settingsFileIn } from "./paths.ts";
import type { SettingsFile } from "./schema.ts";
import { DEFAULT_MODEL, DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import { parseSource } from "./sources.ts";

/* From what the settings call a model to the model that is meant, and what is wrong with either. */

/** A model as far as it has to be known to compare the settings with it. */
interface KnownModel {
  readonly name: string;
  readonly dimensions: number;
}

interface ModelSetting extends Pick<Settings, "model" | "dimensions"> {
  /** What was written, where that is an earlier version's model and another one is used until its user chooses. */
  readonly replaced: string | undefined;
}

/** What the settings of earlier versions name, mostly because a file was written with it. */
const EARLIER_MODELS: ReadonlySet<string> = new Set([
  "BAAI/bge-small-en-v1.5",
  "bge-small-en-v1.5",
  "fast-bge-small-en-v1.5",
]);

/**
 * The model of earlier versions is used where its files are on this machine. Where they are not, the default one is,
 * with a word about it, and the dimensions are nobody's claim any more, so that they are not compared.
 */
function resolveModel(written: string | undefined, dimensions: number | undefined): ModelSetting {
  if (written === undefined) return { model: DEFAULT_MODEL, dimensions, replaced: undefined };
  if (EARLIER_MODELS.has(written) && findModel(written) === undefined) {
    return { model: DEFAULT_MODEL, dimensions: undefined, replaced: written };
  }
  return { model: canonicalModelName(written) ?? written, dimensions, replaced: undefined };
}

/** What whoever comes from an earlier version has to choose. */
function replacedModelWarning(file: string, written: string): string {
  const name = catalogueEntry(written)?.name ?? written;
  return (
    `${file}: embeddings.model: ${written} belongs to an earlier version of amalfa and is not on this machine; ` +
    `${DEFAULT_MODEL} is used instead. Choose: \`amalfa models use ${DEFAULT_MODEL}\` keeps that one, ` +
    `\`amalfa models pull ${name}\` fetches the other.`
  );
}

/** @param models those that come with amalfa */
function modelProblems(
  { model, dimensions }: Pick<Settings, "model" | "dimensions">,
  models: readonly KnownModel[],
): ConfigProblem[] {
  const known = models.find(({ name }) => name === model) ?? describeModel(model);
  if (known === undefined) {
    const names = new Set([...models, ...CATALOGUE].map(({ name }) => `"${name}"`));
    const expected = `${[...names].join(", ")} or one that was added with \`amalfa models add\``;
    return [{ key: "embeddings.model", message: `expected ${expected}, found "${model}"` }];
  }
  if (dimensions === undefined || dimensions === known.dimensions) return [];
  const message = `expected ${known.dimensions}, which is what ${model} has, found ${dimensions}`;
  return [{ key: "embeddings.dimensions", message }];
}

/*
 * The vector cache of the main working tree, for a linked one: what was computed for one of them is there for all.
 *
 * It is used where it is, and stays that project's: only where git's own files say on both sides that the two belong
 * together, where all of it belongs to one user, and where no link leads elsewhere.
 */

/**
 * The paths of the project in the main working tree whose vector cache this one uses; undefined where it has its own.
 */
export function sharedCacheOwner(root: string): ProjectPaths | undefined {
  return orUndefined(() => {
    const top = repositoryTop(root);
    const worktree = top === undefined ? undefined : linkedWorktree(top);
    if (top === undefined || worktree === undefined) return undefined;
    const { commonDirectory } = worktree;
    // A bare repository has no working tree of its own.
    if (basename(commonDirectory) !== ".git") return undefined;
    const main = projectPaths(join(dirname(commonDirectory), relative(top, root)));
    if (main.root === root || realPath(main.cacheDirectory) !== main.cacheDirectory) return undefined;
    if (lookAt(main.vectorCache)?.isFile() !== true) return undefined;
    const owned = [root, commonDirectory, main.root, main.data, main.cacheDirectory, main.vectorCache];
    return haveOneOwner(owned) ? main : undefined;
  });
}

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
  /** `off`: no remote vector cache is used, whatever settings and environment name. */
  readonly remoteCache?: "off";
}

export interface LoadOptions {
  /** `--root`, as given. */
  readonly root?: string | undefined;
  readonly cwd: string;
  /** Absolute path of a settings file that holds instead of the project's own. */
  readonly settingsFile?: string | undefined;
  /**
   * The models there are. Without them the configured model is not looked at, which is for those who compute no
   * vectors.
   */
  readonly models?: readonly KnownModel[];
  /** `off` where no remote vector cache is to be used. */
  readonly remoteCache?: "off" | undefined;
}

/**
 * Finds the project root and reads its settings. Throws `AmalfaError` with exit status 2: `root.invalid`, or
 * `config.invalid` (a `ConfigError` with everything that is wrong).
 */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const root = findProjectRoot(options);
  const file = options.settingsFile ?? settingsFileIn(root);
  try {
    return await load(root, file, options);
  } catch (error) {
    throw await (await import("./linked-settings.ts")).withoutForeignContent(root, file, error);
  }
}

async function load(root: string, file: string | undefined, options: LoadOptions): Promise<Project> {
  const { settings, warnings, ...wrong } =
    file === undefined ? NO_SETTINGS : await loadSettings(root, file, options.models);
  // Without settings as well, since a symbolic link leads as far as a setting does.
  refuse(file ?? root, { ...wrong, places: misplacedFiles(root, settings) });
  const shared = settings.cache.path === undefined ? sharedCacheOwner(root) : undefined;
  const vectorCache = settings.cache.path ?? shared?.vectorCache;
  const other =
    shared === undefined ? otherProjectAt(root, projectPaths(root, { vectorCache }).vectorCache) : undefined;
  const paths = projectPaths(root, {
    database: settings.database,
    vectorCache,
    cacheOwner: shared?.root ?? other,
  });
  // A folder that somebody got from elsewhere must not throw away what is in the cache of another of his projects.
  const bounds = other === undefined ? {} : { maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: undefined };
  const remoteCache = options.remoteCache === "off" ? { remoteCache: options.remoteCache } : {};
  return {
    root,
    settings: { ...settings, cache: { ...settings.cache, ...bounds } },
    settingsFile: file,
    paths,
    warnings,
    ...remoteCache,
  };
}

/** What was read, and what is wrong with it. */
interface LoadedSettings extends Pick<Project, "settings" | "warnings"> {
  readonly values: readonly ConfigProblem[];
  readonly sources: readonly ConfigProblem[];
}

const NO_SETTINGS: LoadedSettings = { settings: DEFAULT_SETTINGS, warnings: [], values: [], sources: [] };

const SOURCES_HINT =
  "Name sources inside the project root, or run the command with --root on a folder that contains them.";
const PLACES_HINT =
  "Nothing was changed. Name a file of its own in the settings, or " +
  "remove the symbolic link that leads there, and run the command again.";

/** Throws everything that is wrong at once, with the hint for its kind when all of it is of one kind. */
function refuse(
  file: string,
  { values, places, sources }: Record<"values" | "places" | "sources", readonly ConfigProblem[]>,
): void {
  const problems = [...values, ...places, ...sources];
  if (problems.length === 0) return;
  if (sources.length === problems.length) throw new ConfigError(file, problems, SOURCES_HINT);
  if (places.length === problems.length) throw new ConfigError(file, problems, PLACES_HINT);
  throw new ConfigError(file, problems);
}

async function loadSettings(
  root: string,
  file: string,
  models: readonly KnownModel[] | undefined,
): Promise<LoadedSettings> {
  const [{ readSettingsFile }, { validateSettingsFile }, { remoteSettingsOf }] = await Promise.all([
    import("./settings-file.ts"),
    import("./schema.ts"),
    import("./schema-parts.ts"),
  ]);
  const { found, problems } = validated(file, await readSettingsFile(file), validateSettingsFile);
  const sources = resolveSources(root, found);
  const model = resolveModel(found.embeddings?.model, found.embeddings?.dimensions);
  const settings: Settings = {
    sources: sources.sources,
    excludePatterns: found.excludePatterns ?? DEFAULT_SETTINGS.excludePatterns,
    database: found.database === undefined ? undefined : resolvePath(root, found.database),
    model: model.model,
    dimensions: model.dimensions,
    registry: found.registry ?? DEFAULT_SETTINGS.registry,
    search: { refresh: found.search?.refresh ?? DEFAULT_SETTINGS.search.refresh },
    watch: {
      enabled: found.watch?.enabled ?? DEFAULT_SETTINGS.watch.enabled,
      debounceMs: found.watch?.debounce ?? DEFAULT_SETTINGS.watch.debounceMs,
    },
    cache: {
      maxBytes: found.cache?.maxBytes ?? DEFAULT_SETTINGS.cache.maxBytes,
      maxAgeMs: found.cache?.maxAge ?? DEFAULT_SETTINGS.cache.maxAgeMs,
      path: found.cache?.path === undefined ? undefined : resolvePath(root, found.cache.path),
      remote: remoteSettingsOf(found.cache),
    },
    links: { roots: found.links?.roots ?? DEFAULT_SETTINGS.links.roots },
    validate: { rules: found.validate?.rules ?? DEFAULT_SETTINGS.validate.rules },
  };
  return {
    settings,
    warnings: model.replaced === undefined ? [] : [replacedModelWarning(file, model.replaced)],
    values: [
      ...problems,
      ...sources.conflicts,
      ...(models === undefined ? [] : modelProblems(settings, models)),
    ],
    sources: sources.problems,
  };
}

/** What a module exports may be an object with a will of its own, which throws when it is looked at. */
function validated<Result>(file: string, value: object, validate: (value: object) => Result): Result {
  try {
    return validate(value);
  } catch (error) {
    throw new ConfigError(file, [{ key: "", message: `cannot be looked at: ${messageOf(error)}` }]);
  }
}

interface ResolvedSources {
  readonly sources: readonly string[];
  /** With the keys. */
  readonly conflicts: readonly ConfigProblem[];
  /** With what the sources are. */
  readonly problems: readonly ConfigProblem[];
}

function resolveSources(root: string, found: SettingsFile): ResolvedSources {
  if (found.source !== undefined && found.sources !== undefined && !found.sources.includes(found.source)) {
    const message = 'expected only "sources", found both; move it there';
    return { sources: found.sources, conflicts: [{ key: "source", message }], problems: [] };
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
  return { sources: [...sources], conflicts: [], problems };
}

function resolvePath(root: string, path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(root, path);
}

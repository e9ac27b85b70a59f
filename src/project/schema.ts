/**
 * The schema of a settings file.
 *
 * Strict: an unknown key is a problem, because a misspelt one would otherwise be replaced by a default in silence.
 * The exception are keys that earlier versions of amalfa wrote for features that do not exist here.
 *
 * This module loads zod, which costs start-up time: import it only when there is a settings file.
 */
import { z } from "zod";
import { isMarkdown } from "../system/files/index.ts";
import { type ConfigProblem, MOST_LISTED } from "./config-error.ts";
import { nearestKey } from "./near-keys.ts";
import {
  ageExpected,
  group,
  parsed,
  remoteKeys,
  switchable,
  text,
  type UserSettings,
  userSettingsFile,
} from "./schema-parts.ts";
import { DEFAULT_MODEL, DEFAULT_SETTINGS, VALIDATION_RULES } from "./settings.ts";
import { describeValue } from "./settings-file.ts";
import { parseAge, parseSize, SHORTEST_AGE_MS, SIZE_FORMAT, SMALLEST_CACHE_BYTES } from "./units.ts";

const LONGEST_DEBOUNCE_MS = 3_600_000;

const fileExpected = "a path without NUL that has no extension of markdown, because the file is written over";
const path = text("a path").refine((found) => !found.includes("\0") && !isMarkdown(found.trimEnd()), {
  error: fileExpected,
});
const ignored = z
  .unknown()
  .optional()
  .meta({ deprecated: true, description: "Of an earlier version. It is accepted and does nothing." });

const debounceExpected = `a number of milliseconds from 0 to ${LONGEST_DEBOUNCE_MS}`;
const dimensionsExpected = "a positive whole number";
const sizeExpected = `at least 1 MiB, as ${SIZE_FORMAT}`;
const watch = group({
  enabled: switchable
    .optional()
    .meta({ description: "Whether the watcher may run.", default: DEFAULT_SETTINGS.watch.enabled }),
  debounce: z
    .number({ error: debounceExpected })
    .min(0, { error: debounceExpected })
    .max(LONGEST_DEBOUNCE_MS, { error: debounceExpected })
    .optional()
    .meta({
      description: "Milliseconds of quiet before the watcher ingests.",
      default: DEFAULT_SETTINGS.watch.debounceMs,
    }),
  notifications: ignored,
});

const embeddings = group({
  model: text("the name of a model").optional().meta({
    description:
      "The model, by its name in `amalfa models list`. With another one the next `amalfa init` computes every vector.",
    default: DEFAULT_MODEL,
  }),
  dimensions: z
    .int({ error: dimensionsExpected })
    .positive({ error: dimensionsExpected })
    .optional()
    .meta({ description: "Optional. When it is given, it must be the number of dimensions of the model." }),
});

const cache = group({
  maxBytes: parsed(sizeExpected, parseSize, SMALLEST_CACHE_BYTES)
    .optional()
    .meta({
      description:
        "How large the vector cache may become, at least 1 MiB: a number of bytes, or a size with a unit " +
        "(`kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`). Beyond it the least recently used vectors go.",
      type: ["integer", "string"],
      default: "512MiB",
    }),
  maxAge: parsed(ageExpected, parseAge, SHORTEST_AGE_MS)
    .optional()
    .meta({
      description:
        "Vectors unused for longer than this go: at least a minute, at most 100 years, such as `90d` " +
        "(units `s`, `min`, `h`, `d`, `w`, `y`). Without it vectors stay whatever their age.",
      type: "string",
    }),
  path: path.optional().meta({
    description:
      "The file of the vector cache. It may lie outside the project, so that several checkouts share one cache.",
    default: ".amalfa/cache/vector_cache.sqlite",
  }),
  ...remoteKeys,
});

const search = group({
  refresh: switchable.optional().meta({
    description:
      "Whether a few documents that have changed are brought in before an answer. With `false` answers come " +
      "from the graph as it is; they leave out what is gone, and say how far the graph is behind.",
    default: DEFAULT_SETTINGS.search.refresh,
  }),
});

const rootExpected = "a folder inside the project, relative to the root";
const folder = text(rootExpected)
  .refine((found) => !/^[/~]|^[a-z]:|(?:^|\/)\.\.(?:\/|$)|\0/i.test(found), { error: rootExpected })
  .transform((found) => {
    const path = found.trim().replace(/^(?:\.\/+)+|\/+$/g, "");
    return path === "." || path === "" ? "" : `${path}/`;
  });
const rootsExpected = 'a list of folders, or an object such as {"/docs": "website/docs"}';

/** A list of folders that stand for `/`, or folders by the path that links call them. */
const roots = z.union(
  [
    z.array(folder).transform((folders) => folders.map((each) => ({ prefix: "/", folder: each }))),
    z.record(z.string(), z.union([folder, z.array(folder)], { error: rootExpected })).transform((byPrefix) =>
      Object.entries(byPrefix).flatMap(([written, folders]) => {
        const path = written.replace(/^\/+|\/+$/g, "");
        return [folders].flat().map((each) => ({ prefix: path === "" ? "/" : `/${path}/`, folder: each }));
      }),
    ),
  ],
  { error: rootsExpected },
);

const links = group({
  roots: roots.optional().meta({
    description:
      "What links that begin with `/` are relative to: folders, or the folder for each beginning of a link, " +
      'such as `{"/docs": "website/docs"}`.',
    default: DEFAULT_SETTINGS.links.roots,
  }),
});

const severity = z.enum(["error", "warning", "off"], { error: '"error", "warning" or "off"' });
const validate = group({
  rules: z
    .strictObject(Object.fromEntries(VALIDATION_RULES.map((rule) => [rule, severity.optional()])), {
      error: "an object of rules",
    })
    .transform((rules) => rules as Record<string, z.output<typeof severity>>)
    .optional()
    .meta({
      description: 'What each rule of `amalfa validate` is worth: `"error"`, `"warning"` or `"off"`.',
      default: DEFAULT_SETTINGS.validate.rules,
    }),
});

/** The schema of a settings file; `schemas/settings.json` and the reference of the settings are made from it. */
export const settingsFile = group({
  $schema: z.unknown().optional().meta({ description: "The schema of this file, for editors." }),
  sources: z
    .array(text("a path or a glob"), { error: "a list of paths and globs" })
    .min(1, { error: "a list of at least one path or glob" })
    .optional()
    .meta({
      description:
        "Where documents are: files, folders or globs, relative to the project root and inside it. " +
        "Globs that end in extensions of code, such as `src/**/*.ts`, take code.",
      default: DEFAULT_SETTINGS.sources,
    }),
  source: text("a path or a glob").optional().meta({ description: "A single source, instead of `sources`." }),
  excludePatterns: z
    .array(
      text("a pattern in gitignore syntax").max(4_096, { error: "a pattern of at most 4,096 characters" }),
      { error: "a list of patterns in gitignore syntax" },
    )
    .optional()
    .meta({
      description:
        "What to leave out: patterns in gitignore syntax, relative to the project root. They win over everything else.",
      default: DEFAULT_SETTINGS.excludePatterns,
    }),
  database: path
    .optional()
    .meta({ description: "The file in which the graph is kept.", default: ".amalfa/resonance.db" }),
  registry: switchable.optional().meta({
    description:
      "Whether `init` puts the project into its user's list of projects, which `search --all-projects` goes through.",
    default: DEFAULT_SETTINGS.registry,
  }),
  embeddings: embeddings.optional(),
  watch: watch.optional(),
  cache: cache.optional(),
  search: search.optional(),
  links: links.optional(),
  validate: validate.optional(),
  sonar: ignored,
  ember: ignored,
  langExtract: ignored,
  graph: ignored,
  fixtures: ignored,
  scratchpad: ignored,
});

/** A settings file that passed validation; sizes in bytes, ages in milliseconds. */
export type SettingsFile = z.output<typeof settingsFile>;

/** What a settings file may contain, for messages; the keys kept only for earlier versions are left out. */
const KEYS_OF: ReadonlyMap<string, string> = new Map([
  ["", "sources, excludePatterns, database, registry, embeddings, watch, cache, search, links, validate"],
  ["watch", "enabled, debounce"],
  ["embeddings", "model, dimensions"],
  ["cache", "maxBytes, maxAge, path, remote, remoteMode, remoteTtl, remotePlain"],
  ["search", "refresh"],
  ["links", "roots"],
  ["validate", "rules"],
  ["validate.rules", VALIDATION_RULES.join(", ")],
]);

/** A setting, and what is told of it. */
export interface SettingKey {
  /** As in `watch.debounce`. */
  readonly key: string;
  /** As a settings file would have it; undefined where there is none. */
  readonly preset: unknown;
  /** Of an earlier version: it is accepted and does nothing. */
  readonly isIgnored: boolean;
}

/** Every key of a settings file, in the order of the schema; groups stand for what is in them. */
export function settingKeys(): readonly SettingKey[] {
  return keysIn(settingsFile, "");
}

function keysIn(object: z.ZodObject, prefix: string): SettingKey[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`;
    const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    if (inner instanceof z.ZodObject) return keysIn(inner, `${key}.`);
    const about = z.globalRegistry.get(schema as z.ZodType);
    return [{ key, preset: about?.default, isIgnored: about?.deprecated === true }];
  });
}

/** What an unknown key in a group may have been meant to be; a setting may stand in the wrong one, a rule does not. */
function possibleKeys(group: string): readonly string[] {
  if (group === "validate.rules") return VALIDATION_RULES.map((rule) => `${group}.${rule}`);
  const keys = settingKeys().flatMap(({ key, isIgnored }) => (isIgnored ? [] : [key]));
  const groups = keys.flatMap((key) => (key.includes(".") ? [key.slice(0, key.indexOf("."))] : []));
  return [...keys, ...new Set(groups)];
}

const USER_KEYS_OF: ReadonlyMap<string, string> = new Map([
  ["", "cache"],
  ["cache", Object.keys(remoteKeys).join(", ")],
]);

/** What is right in a settings file, and everything that is wrong with it. */
export interface ValidatedSettings {
  /** What is wrong is left out of it, so that the rest can be looked at more closely in the same round. */
  readonly found: SettingsFile;
  readonly problems: readonly ConfigProblem[];
}

/** Validates the contents of the settings of a user. */
export function validateUserSettings(value: object): {
  readonly found: UserSettings;
  readonly problems: readonly ConfigProblem[];
} {
  const result = userSettingsFile.safeParse(value);
  if (result.success) return { found: result.data, problems: [] };
  return {
    found: {},
    problems: result.error.issues.flatMap((issue) => problemsOf(issue, value, USER_KEYS_OF)),
  };
}

/** Validates the contents of a settings file. */
export function validateSettingsFile(value: object): ValidatedSettings {
  const result = settingsFile.safeParse(value);
  if (result.success) return { found: result.data, problems: [] };
  const { issues } = result.error;
  const rest = settingsFile.safeParse(withoutParts(value, issues.flatMap(faultyPaths)));
  return {
    found: rest.success ? rest.data : {},
    problems: issues.flatMap((issue) => problemsOf(issue, value)),
  };
}

function faultyPaths(issue: z.core.$ZodIssue): PropertyKey[][] {
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((name) => [...issue.path, name])
    : [[...issue.path]];
}

/**
 * A copy without the parts at the paths, made once for all of them, since there may be thousands. An item of a list
 * makes way for one that is right, so that the others keep their places.
 */
function withoutParts(value: object, paths: readonly (readonly PropertyKey[])[]): object {
  const byStep = Map.groupBy(paths, ([step]) => step);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (byStep.has(index) ? "." : item));
  const rest = Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    const within = byStep.get(key)?.map(([, ...deeper]) => deeper);
    if (within === undefined) return [[key, part]];
    return within.some(({ length }) => length === 0) || !isObject(part)
      ? []
      : [[key, withoutParts(part, within)]];
  });
  return Object.fromEntries(rest);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function problemsOf(issue: z.core.$ZodIssue, value: object, keysOf = KEYS_OF): ConfigProblem[] {
  const key = keyPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = keysOf.get(key) ?? "";
    const possible = possibleKeys(key);
    return issue.keys.map((name, place) => {
      const unknown = keyPath([...issue.path, name]);
      const meant = place < MOST_LISTED ? nearestKey(unknown, possible) : undefined;
      const advice = meant === undefined ? "" : `; did you mean "${meant}"?`;
      return { key: unknown, message: `unknown key; expected one of ${known}${advice}` };
    });
  }
  if (issue.code === "invalid_union") {
    // Where a value is of one of the shapes, what is wrong lies within it.
    const within = issue.errors.find((faults) => faults.every(({ path }) => path.length > 0));
    const faults = within?.map((fault) => ({ ...fault, path: [...issue.path, ...fault.path] }));
    if (faults !== undefined) return faults.flatMap((fault) => problemsOf(fault, value, keysOf));
  }
  if (issue.code === "custom" && issue.params?.secret === true) {
    return [{ key, message: `expected ${issue.message}; what was found is not shown` }];
  }
  const found = issue.path.reduce<unknown>(
    (parent, step) => (parent as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  return [{ key, message: `expected ${issue.message}, found ${describeValue(found)}` }];
}

function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}

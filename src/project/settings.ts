/**
 * What a project may configure, with every default filled in.
 *
 * Nothing here touches the file system; `load.ts` produces these values.
 */

/** The catalogue name of the model that is used when the settings name none. */
export const DEFAULT_MODEL = "all-MiniLM-L6-v2";

/** Settings of the watcher. */
export interface WatchSettings {
  readonly enabled: boolean;
  /** How long the files must be quiet before a batch starts, in milliseconds. */
  readonly debounceMs: number;
}

/** What may be done with a remote vector cache; with `read` nothing is ever written to it. */
export type RemoteMode = "read" | "readwrite";

/** What settings say of a remote vector cache; whether it is used is decided elsewhere (`remote/decide.ts`). */
export interface RemoteSettings {
  /** The address, without a password or anything else that could be a secret. */
  readonly url: string | undefined;
  readonly mode: RemoteMode | undefined;
  /** How long a server keeps what is sent to it, in milliseconds. */
  readonly ttlMs: number | undefined;
  /** Whether a connection to another machine may go without encryption. */
  readonly isPlain: boolean;
}

/** Settings of the vector cache. */
export interface CacheSettings {
  /** The cap on the cache's size in bytes; beyond it the least recently used rows go. */
  readonly maxBytes: number;
  /** Rows unused for longer than this go, in milliseconds; `undefined` keeps them whatever their age. */
  readonly maxAgeMs: number | undefined;
  /** Absolute path of the cache file; `undefined` is the usual place under `.amalfa/`. */
  readonly path: string | undefined;
  /** `undefined` where the project's settings name none. */
  readonly remote?: RemoteSettings | undefined;
}

/** Settings of everything that answers from the graph. */
export interface SearchSettings {
  /** Whether a few documents that have changed are brought in before an answer. */
  readonly refresh: boolean;
}

/** A folder that links which begin with `/` may be relative to. */
export interface LinkRootSetting {
  /** What links call it: `/`, or a path with `/` at both ends. */
  readonly prefix: string;
  /** Below the project root: empty, or ending with `/`. */
  readonly folder: string;
}

/** Settings of how links are read. */
export interface LinkSettings {
  /** In the order in which they are tried. */
  readonly roots: readonly LinkRootSetting[];
}

/** The settings of one project, validated, with paths made absolute and defaults applied. */
export interface Settings {
  /** Files, folders or globs, relative to the project root, `/`-separated; `.` is the whole project root. */
  readonly sources: readonly string[];
  /** Patterns in gitignore syntax, relative to the project root. */
  readonly excludePatterns: readonly string[];
  /** Absolute path of the graph's database; `undefined` is the usual place under `.amalfa/`. */
  readonly database: string | undefined;
  /**
   * The model's catalogue name. Whether the catalogue knows it is checked where the catalogue is handed to
   * `loadProject`.
   */
  readonly model: string;
  /** The number of dimensions that the settings say the model has; `undefined` when they do not say. */
  readonly dimensions: number | undefined;
  /** Whether `init` puts the project into its user's list of projects. */
  readonly registry: boolean;
  readonly watch: WatchSettings;
  readonly cache: CacheSettings;
  readonly search: SearchSettings;
  readonly links: LinkSettings;
  /** What each rule of `validate` is worth that the settings name. */
  readonly validate: { readonly rules: Readonly<Record<string, RuleSeverity>> };
}

export type RuleSeverity = "error" | "warning" | "off";

/** What holds where the settings say nothing. */
export const DEFAULT_SETTINGS: Settings = {
  registry: true,
  sources: ["."],
  excludePatterns: [],
  database: undefined,
  model: DEFAULT_MODEL,
  dimensions: undefined,
  watch: { enabled: true, debounceMs: 1_000 },
  cache: { maxBytes: 512 * 1024 * 1024, maxAgeMs: undefined, path: undefined },
  search: { refresh: true },
  links: { roots: [] },
  validate: { rules: {} },
};

/** How long whoever needs the maintenance lock waits for another holder unless told otherwise, in seconds. */
export const DEFAULT_LOCK_WAIT_SECONDS = 10;

/** From this size on the log of a service is rotated, in bytes. */
export const LOG_LIMIT_BYTES = 5 * 1024 * 1024;

/* The rules of `validate` that the settings may give another severity, and what each is worth otherwise. */

/** In the order of docs/notes.md. What makes something unfindable, or a link lead nowhere, is an error. */
export const DEFAULT_SEVERITIES = {
  "source.missing": "error",
  "source.empty": "error",
  "document.failed": "error",
  "front-matter.unreadable": "error",
  "link.unresolved": "error",
  "attachment.missing": "error",
  "front-matter.unquoted": "warning",
  "front-matter.date": "warning",
  "link.unwritten": "warning",
  "link.daily": "warning",
  "link.site": "warning",
  "link.excluded": "warning",
  "link.anchor": "warning",
  "alias.duplicate": "warning",
  "title.duplicate": "warning",
  "document.empty": "warning",
  "graph.drift": "warning",
} as const satisfies Readonly<Record<string, RuleSeverity>>;

export type ValidationRule = keyof typeof DEFAULT_SEVERITIES;

export const VALIDATION_RULES = Object.keys(DEFAULT_SEVERITIES) as readonly ValidationRule[];

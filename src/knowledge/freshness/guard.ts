/**
 * Before each answer: are the files still what the graph says, and if not, can the difference be brought in?
 *
 * The sources are walked for a bounded time. A few documents that came, changed or went are ingested at once, words
 * and links, without a model; larger differences are named. Nothing in here fails an answer: where a lock is held, a
 * folder may not be written or a source cannot be read, the answer says so, and whoever shows a document compares it
 * with its file.
 */
import { statSync } from "node:fs";
import type { Embedder } from "../../embedding/index.ts";
import { isOfEarlierSchema, readFileStats, readMeta } from "../../graph/index.ts";
import { FEW_TEXTS } from "../../ingest/chunking/index.ts";
import { type Discovery, Survey } from "../../ingest/discovery/index.ts";
import {
  type Differences,
  findDifferences,
  fingerprintOf,
  loadIngest,
  loadPendingVectors,
  type OtherTree,
  treesToKeep,
} from "../../ingest/index.ts";
import { findModel, type Project, settingsFileIn, walkBudgetMs } from "../../project/index.ts";
import { AmalfaError, foreseen } from "../../system/index.ts";
import { type GraphReader, type GraphStamp, graphStamp, isSameGraph } from "../graph-reader.ts";
import type { Told } from "../told.ts";
import { readPending } from "./pending.ts";
import { NO_WAIT_MS, takeLock } from "./refresh-lock.ts";
import { type Checked, type StaleDocuments, withStale } from "./stale.ts";

/** Documents that are brought in before an answer, at most. */
export const MOST_DOCUMENTS = 20;
/** So many files that only look other than they were are noted as they look now; fewer are read again each time. */
const WORTH_NOTING = 16;

export interface GuardOptions {
  readonly project: Project;
  /** Whether differences are brought in. */
  readonly refresh: boolean;
  /** Runs `work` on the graph. */
  readonly use: <T>(work: (reader: GraphReader) => T) => T;
  /** An embedder of which only what the cache has is asked; the guard closes it. */
  readonly openEmbedder: () => Promise<Embedder>;
  /**
   * Runs `work` with an embedder whose model is loaded already, here or in the vector daemon, or answers undefined
   * where there is none.
   */
  readonly withWarm?: <T>(work: (embedder: Embedder) => Promise<T>) => Promise<T | undefined>;
}

interface Look {
  readonly differences: Differences;
  readonly discovery: Discovery;
  readonly isComplete: boolean;
  /** Why nothing may be brought in, a clause. */
  readonly obstacle: string | undefined;
  /** Documents in git trees of their own, which stay until an ingest has listed them. */
  /** Where it found all as the graph knows it. */
  readonly quiet: Omit<Quiet, "checked"> | undefined;
  readonly staying: { readonly documents: readonly string[]; readonly trees: readonly OtherTree[] };
}

/** A check that found nothing to bring in, nothing in doubt and nothing left to look at. */
interface Quiet {
  readonly survey: Survey;
  readonly graph: GraphStamp;
  readonly known: ReturnType<typeof readFileStats>;
  readonly checked: Checked;
}

const NO_DIFFERENCES = { added: [], changed: [], removed: [] } as const;
const UNKNOWN: Checked = {
  freshness: { state: "unknown", added: 0, changed: 0, removed: 0 },
  differences: NO_DIFFERENCES,
  gone: new Set(),
};

/** Whether every file is what the graph read, by all that the file system tells of it. */
function isAsKnown({ added, changed, removed, failed, restamped, refusal }: Differences): boolean {
  return added.length + changed.length + removed.length + failed.length + restamped === 0 && refusal === null;
}

const OTHER_SETTINGS: Checked = {
  ...UNKNOWN,
  freshness: {
    ...UNKNOWN.freshness,
    reason: "the settings have changed since this process began; start it again",
  },
};

/** Another text whenever the settings file may be another one. */
function settingsStamp({ root }: Project): string {
  const file = settingsFileIn(root);
  const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false, bigint: true });
  return `${file} ${stat?.ino} ${stat?.size} ${stat?.mtimeNs} ${stat?.ctimeNs}`;
}

export class FreshnessGuard {
  readonly #options: GuardOptions;
  readonly #budgetMs = walkBudgetMs(process.env);
  #coming: Promise<Checked> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** The check that began last, and when. */
  #last: { readonly began: number; readonly checked: Promise<Checked> } | undefined;
  readonly #first = new Set<string>();
  /** A walk of more folders than one answer has time for; the next one goes on with it. */
  #unfinished: Survey | undefined;
  #from: string | undefined;

  /** While walks find all as this one did, it holds, and the very same is answered. */
  #quiet: Quiet | undefined;

  readonly #settings: string;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#settings = settingsStamp(options.project);
  }

  /**
   * Compares, and brings in what may be brought in. Calls that come before the walk begins share it; one that comes
   * later waits for a walk of its own, since what was written before it came must be seen.
   *
   * @param first documents to be looked at before the others
   * @param came when whoever asks came, by `performance.now()`: it may have waited while others were served
   */
  check(first: Iterable<string> = [], came: number = performance.now()): Promise<Checked> {
    const wanted = [...first];
    if (wanted.length === 0 && this.#last !== undefined && this.#last.began > came) return this.#last.checked;
    for (const id of wanted) this.#first.add(id);
    if (this.#coming !== undefined) return this.#coming;
    const coming: Promise<Checked> = this.#running
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        this.#coming = undefined;
        this.#last = { began: performance.now(), checked: coming };
        return this.#check();
      });
    this.#coming = coming;
    this.#running = coming.catch(() => {});
    return coming;
  }

  /** Looks at the files before anybody asks, so that the first check has less to do. Brings nothing in. */
  lookAhead(): Promise<void> {
    const looked = this.#running.then(async () => {
      if (settingsStamp(this.#options.project) !== this.#settings) return;
      const look = this.#options.use((reader) => this.#look(reader));
      if (look === undefined || "checked" in look || look.quiet === undefined) return;
      this.#quiet = { ...look.quiet, checked: await this.#bringIn(look) };
    });
    this.#running = looked.catch(() => {});
    return looked;
  }

  /**
   * What an answer says of itself. @param stale documents that were found other than the graph says, after the check
   */
  tell(checked: Checked, reader: GraphReader, stale: StaleDocuments = { changed: [], removed: [] }): Told {
    const pending = readPending(this.#options.project.paths, reader.db);
    const freshness = withStale(checked, stale);
    return { freshness, ...(pending === undefined ? {} : { pending }) };
  }

  /**
   * Computes vectors that are missing, where they are few and a model is in memory by now, so that the answer ranks by
   * meaning what was written a moment ago. Where an ingest is at work, that does it. Whatever goes wrong, they stay
   * pending, as the answer says.
   */
  async computeFew(): Promise<void> {
    const { project, refresh, use, withWarm } = this.#options;
    if (!refresh) return;
    const waiting = use(({ db, view }) => (view === "complete" ? readPending(project.paths, db) : undefined));
    if (waiting === undefined || waiting.chunks > FEW_TEXTS || waiting.secondsLeft !== undefined) return;
    const { computePending } = await loadPendingVectors();
    const compute = withWarm?.((embedder) =>
      computePending(project.paths.database, {
        embedder,
        atMost: FEW_TEXTS,
        withLock: async (write) => {
          using _ = await takeLock(project, NO_WAIT_MS);
          await write();
        },
      }),
    );
    await compute?.catch(() => {});
  }

  async #check(): Promise<Checked> {
    // Whoever began with other settings would bring in what they leave out now, and take out what they added.
    if (settingsStamp(this.#options.project) !== this.#settings) return OTHER_SETTINGS;
    const look = this.#options.use((reader) => this.#look(reader));
    if (look === undefined) return UNKNOWN;
    if ("checked" in look) return look.checked;
    const checked = withStaying(await this.#bringIn(look), look.staying);
    this.#quiet = look.quiet === undefined ? undefined : { ...look.quiet, checked };
    return checked;
  }

  async #bringIn(look: Look): Promise<Checked> {
    const { differences, isComplete, obstacle } = look;
    const { added, changed, removed } = differences;
    const counts = { added: added.length, changed: changed.length, removed: removed.length };
    const gone = new Set(removed);
    if (added.length + changed.length + removed.length === 0) {
      if (differences.restamped >= WORTH_NOTING && obstacle === undefined) await this.#refresh(look);
      return { freshness: { state: isComplete ? "current" : "unknown", ...counts }, differences, gone };
    }
    const failure = obstacle ?? (await this.#refresh(look));
    if (failure !== undefined) {
      return { freshness: { state: "behind", ...counts, reason: failure }, differences, gone };
    }
    const state = isComplete ? "refreshed" : "unknown";
    return { freshness: { state, ...counts }, differences, gone: new Set() };
  }

  /** Undefined where the sources could not be walked, or not far enough to say anything. */
  #look({ db, view }: GraphReader): Look | Quiet | undefined {
    const { project } = this.#options;
    const until = performance.now() + this.#budgetMs;
    const graph = graphStamp(db);
    const before =
      this.#quiet !== undefined && isSameGraph(this.#quiet.graph, graph) ? this.#quiet : undefined;
    this.#quiet = undefined;
    const known = before?.known ?? readFileStats(db);
    const first = new Set(this.#first);
    this.#first.clear();
    try {
      const begun = this.#unfinished;
      const { root, settings } = project;
      const { sources, excludePatterns } = settings;
      const survey = begun ?? new Survey({ root, sources, excludePatterns, known, first, from: this.#from });
      survey.goOn(until);
      this.#unfinished = survey.isListed ? undefined : survey;
      this.#from = survey.stoppedAt;
      if (before !== undefined && begun === undefined && survey.isLike(before.survey)) {
        this.#quiet = before;
        return before;
      }
      const found = survey.discovery();
      if (found === undefined) return undefined;
      const staying = treesToKeep(known, found.otherTrees);
      const discovery =
        staying.documents.length === 0
          ? found
          : { ...found, unobserved: [...found.unobserved, ...staying.prefixes] };
      const differences = findDifferences(project, discovery, { db, known, until });
      // What a walk found that began before this call is worth bringing in, and proves nothing.
      const isComplete = begun === undefined && survey.isComplete && differences.unverified === 0;
      const obstacle = view === "complete" ? this.#obstacle(differences, db) : "the graph cannot be written";
      const isQuiet = isComplete && isAsKnown(differences) && staying.documents.length === 0;
      const quiet = isQuiet ? { survey, graph, known } : undefined;
      return { differences, discovery, isComplete, obstacle, staying, quiet };
    } catch (error) {
      if (error instanceof AmalfaError && error.code.startsWith("database.")) throw error;
      this.#unfinished = undefined;
      return undefined;
    }
  }

  #obstacle({ added, changed, removed, refusal }: Differences, db: GraphReader["db"]): string | undefined {
    const { project, refresh } = this.#options;
    const model = findModel(project.settings.model);
    if (refusal !== null) return `an ingest would refuse to run: ${refusal}`;
    if (isOfEarlierSchema(db)) return "the graph has an earlier schema; `amalfa init` upgrades it";
    if (model === undefined || readMeta(db, "fingerprint") !== fingerprintOf(model.id))
      return "the model or the way documents are cut has changed; run `amalfa init`";
    if (!refresh) return "run `amalfa init`";
    const documents = added.length + changed.length + removed.length;
    return documents > MOST_DOCUMENTS
      ? "too many to bring in before an answer; run `amalfa init`"
      : undefined;
  }

  /** @returns why it could not be done, a clause */
  async #refresh({ discovery }: Look): Promise<string | undefined> {
    const { project } = this.#options;
    try {
      using _ = await takeLock(project);
      const warm = await this.#options
        .withWarm?.((embedder) => this.#ingest(embedder, "few", discovery))
        .catch(() => undefined);
      if (warm === undefined) {
        await using embedder = await this.#options.openEmbedder();
        await this.#ingest(embedder, "known", discovery);
      }
      return undefined;
    } catch (error) {
      const code = error instanceof AmalfaError ? error.code : foreseen(error)?.code;
      if (/^(lock\.held|database\.(busy|changed))$/.test(code ?? "")) return "another command is at work";
      // An `init` could no more do it than this.
      if (/^(lock\.unavailable|database\.(full|unusable)|files\.(read-only|full|denied))$/.test(code ?? ""))
        return "the graph cannot be written; `amalfa doctor --check layout.access` says why";
      return "it could not be brought in; run `amalfa init`";
    }
  }

  async #ingest(embedder: Embedder, vectors: "few" | "known", discovery: Discovery): Promise<true> {
    const { ingest } = await loadIngest();
    const { project } = this.#options;
    await ingest({
      project,
      embedder,
      mode: "incremental",
      allowEmpty: false,
      dryRun: false,
      vectors,
      discovery,
    });
    return true;
  }
}

/** Trees that a line names. */
const NAMED_TREES = 3;

/** They are shown, since their files say what the graph says, and the answer says that they are about to leave. */
function withStaying(checked: Checked, { documents, trees }: Look["staying"]): Checked {
  const { freshness, differences, gone } = checked;
  if (documents.length === 0 || freshness.state === "unknown") return checked;
  const names = trees.slice(0, NAMED_TREES).map(({ path }) => path);
  const list = names.join(", ") + (trees.length > names.length ? ", …" : "");
  const kept =
    `${documents.length} in git repositories or worktrees of their own (${list}), ` +
    "which `amalfa init` lists and removes from the graph";
  const isBehind = freshness.state === "behind";
  // What was brought in is no difference any more.
  const left = isBehind ? differences : NO_DIFFERENCES;
  return {
    freshness: {
      state: "behind",
      added: left.added.length,
      changed: left.changed.length,
      removed: left.removed.length + documents.length,
      reason: isBehind && freshness.reason !== undefined ? `${freshness.reason}; ${kept}` : kept,
    },
    differences: { ...left, removed: [...left.removed, ...documents] },
    gone,
  };
}

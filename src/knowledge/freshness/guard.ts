/**
 * Before each answer: are the files still what the graph says, and if not, can the difference be brought in?
 *
 * The sources are walked for a bounded time. A few documents that came, changed or went are ingested at once, words
 * and links, without a model; larger differences are named. Nothing in here fails an answer: where a lock is held, a
 * folder may not be written or a source cannot be read, the answer says so, and whoever shows a document compares it
 * with its file.
 */
import { statSync } from "node:fs";
import { readFileStats } from "../../graph/index.ts";
import { FEW_TEXTS } from "../../ingest/chunking/index.ts";
import { Survey } from "../../ingest/discovery/index.ts";
import { type Differences, findDifferences, loadPendingVectors, treesToKeep } from "../../ingest/index.ts";
import { type Project, settingsFileIn, walkBudgetMs } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { type GraphReader, type GraphStamp, graphStamp, isSameGraph } from "../graph-reader.ts";
import type { Told } from "../told.ts";
import {
  bringIn,
  type GuardOptions,
  type Look,
  NO_DIFFERENCES,
  obstacleTo,
  withStaying,
} from "./bring-in.ts";
import { readPending } from "./pending.ts";
import { NO_WAIT_MS, takeLock } from "./refresh-lock.ts";
import { type Checked, type StaleDocuments, withStale } from "./stale.ts";
import { type Found, ownWalks, type Turn, type Walks } from "./walks.ts";

/** A check that found nothing to bring in, nothing in doubt and nothing left to look at. */
interface Quiet extends Found {
  readonly graph: GraphStamp;
  /** Undefined where somebody else has walked. */
  readonly known: ReturnType<typeof readFileStats> | undefined;
  readonly checked: Checked;
}

/** Any walk at all will do. */
const ANY = -1;
const UNKNOWN: Checked = {
  freshness: { state: "unknown", added: 0, changed: 0, removed: 0 },
  differences: NO_DIFFERENCES,
  gone: new Set(),
  times: new Map(),
};

/** A new one each time: who holds on to what was answered knows by it whether that still holds. */
function current(): Checked {
  const freshness = { state: "current", added: 0, changed: 0, removed: 0 } as const;
  return { freshness, differences: NO_DIFFERENCES, gone: new Set(), times: new Map() };
}

/** Whether every file is what the graph read, by all that the file system tells of it. */
function isAsKnown({ added, changed, removed, failed, restamped, refusal }: Differences): boolean {
  return (
    added.length + changed.length + removed.length + failed.length + restamped.length === 0 &&
    refusal === null
  );
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
  readonly #walks: Walks;
  /** The check whose walk began last, and the number of that. */
  #last: { readonly walk: number; readonly checked: Promise<Checked> } | undefined;
  /** The walk that is to come has to have a greater number. */
  #after = 0;
  readonly #first = new Set<string>();
  /** A walk of more folders than one answer has time for; the next one goes on with it. */
  #unfinished: Survey | undefined;
  #from: string | undefined;

  /** While walks find all as the graph knows it, and nothing else than this one, the very same is answered. */
  #quiet: Quiet | undefined;

  readonly #settings: string;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#settings = settingsStamp(options.project);
    this.#walks = options.sharing?.walks ?? ownWalks();
  }

  /** How many walks have begun. */
  walksBegun(): number {
    return this.#walks.begun();
  }

  /**
   * Compares, and brings in what may be brought in. Calls that come before the walk begins share it; one that comes
   * later waits for a walk of its own, since what was written before it came must be seen.
   *
   * @param first documents to be looked at before the others
   * @param came how many walks had begun when whoever asks came: it may have waited while others were served
   */
  check(first: Iterable<string> = [], came: number = this.walksBegun()): Promise<Checked> {
    const wanted = [...first];
    if (wanted.length === 0 && this.#last !== undefined && this.#last.walk > came) return this.#last.checked;
    for (const id of wanted) this.#first.add(id);
    // That a document is not what the graph says was found out just now.
    this.#after = Math.max(this.#after, wanted.length === 0 ? came : this.walksBegun());
    if (this.#coming !== undefined) return this.#coming;
    const coming: Promise<Checked> = this.#running
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        this.#coming = undefined;
        const after = this.#after;
        this.#after = 0;
        return this.#check(after, (walk) => {
          this.#last = { walk, checked: coming };
        });
      });
    this.#coming = coming;
    this.#running = coming.catch(() => {});
    return coming;
  }

  /** Looks at the files before anybody asks, so that the first check has less to do. Brings nothing in. */
  lookAhead(): Promise<void> {
    const looked = this.#running.then(async () => {
      const turn = await this.#walks.turn(ANY, false);
      if (turn.kind === "walk") this.#walk(turn);
      else this.#adopt(turn.found);
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

  /** @param begin told of the walk that it rests on, before that begins */
  async #check(after: number, begin: (walk: number) => void): Promise<Checked> {
    for (let own = false; ; own = true) {
      const turn = await this.#walks.turn(after, own);
      if (turn.kind === "walk") {
        begin(turn.number);
        const look = this.#walk(turn);
        return "freshness" in look ? look : withStaying(await bringIn(this.#options, look), look.staying);
      }
      const checked = this.#adopt(turn.found);
      if (checked === undefined) continue;
      begin(turn.number);
      return checked;
    }
  }

  #walk({ ended }: Extract<Turn, { kind: "walk" }>): Checked | Look {
    let quiet: Quiet | undefined;
    try {
      // Whoever began with other settings would bring in what they leave out now, and take out what they added.
      if (settingsStamp(this.#options.project) !== this.#settings) return OTHER_SETTINGS;
      const look = this.#options.use((reader) => this.#look(reader));
      if (look === undefined) return UNKNOWN;
      if (!("checked" in look)) return look;
      quiet = look;
      return quiet.checked;
    } finally {
      ended(quiet);
    }
  }

  /** Takes over what another process has found, where it is true of the graph that is read here; else undefined. */
  #adopt({ of, besides }: Found): Checked | undefined {
    return this.#options.use((reader) => {
      if (this.#ownState(reader) !== of) return undefined;
      const graph = graphStamp(reader.db);
      const before = this.#before(graph);
      this.#first.clear();
      this.#quiet =
        before?.besides === besides
          ? before
          : { graph, of, besides, known: before?.known, checked: current() };
      return this.#quiet.checked;
    });
  }

  /** What was found of the very same graph. */
  #before(graph: GraphStamp): Quiet | undefined {
    return this.#quiet !== undefined && isSameGraph(this.#quiet.graph, graph) ? this.#quiet : undefined;
  }

  #ownState(reader: GraphReader): string {
    const { sharing } = this.#options;
    return sharing === undefined ? "" : `${this.#settings} ${sharing.stateOf(reader)}`;
  }

  /** Undefined where the sources could not be walked, or not far enough to say anything. */
  #look(reader: GraphReader): Look | Quiet | undefined {
    const { db, view } = reader;
    const { project } = this.#options;
    const until = performance.now() + this.#budgetMs;
    const graph = graphStamp(db);
    const before = this.#before(graph);
    const of = this.#ownState(reader);
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
      const besides = survey.besides();
      const isAsBefore = before?.besides === besides;
      if (begun === undefined && survey.findsAllAsKnown && (isAsBefore || survey.leavesNoDoubt)) {
        const checked = isAsBefore ? before.checked : current();
        this.#quiet = { graph, of, besides, known, checked };
        return this.#quiet;
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
      const obstacle =
        view === "complete" ? obstacleTo(this.#options, differences, db) : "the graph cannot be written";
      if (isComplete && isAsKnown(differences) && staying.documents.length === 0) {
        this.#quiet = { graph, of, besides, known, checked: current() };
        return this.#quiet;
      }
      return { differences, discovery, isComplete, obstacle, staying };
    } catch (error) {
      if (error instanceof AmalfaError && error.code.startsWith("database.")) throw error;
      this.#unfinished = undefined;
      return undefined;
    }
  }
}

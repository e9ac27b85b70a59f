/**
 * `amalfa rebuild`: everything is read, cut and embedded again through the vector cache, and replaces the graph.
 *
 * - A sound database stays the same file: all rows change in one transaction, so that readers see the old graph or
 *   the new one (I4) and running servers need no restart.
 * - One that cannot become the graph is built anew beside it, and goes to quarantine when the new one is complete: a
 *   rebuild that is refused, interrupted or killed before has changed nothing.
 * - The vector cache is never deleted or emptied.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { relative, sep } from "node:path";
import { databaseError } from "../../graph/index.ts";
import { type IngestReport, loadIngest } from "../../ingest/index.ts";
import { type DocumentReader, type EarlyReading, loadReadAhead } from "../../ingest/reading/index.ts";
import {
  makeFolderOf,
  type Project,
  planQuarantine,
  type QuarantineMove,
  quarantine,
  useOf,
} from "../../project/index.ts";
import { withMaintenanceLock } from "../../project/lock/index.ts";
import { runningServices } from "../../services/index.ts";
import { BESIDE, openToWrite, sqliteFault } from "../../sqlite/index.ts";
import { oddKindAt, requireHeldRoot, requireOwnPlace } from "../../system/files/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { type LockedIngestOptions, tellingProgress } from "../init.ts";
import {
  BUILDING_SUFFIX,
  type DatabaseCondition,
  databasePlace,
  examineDatabase,
  realDatabasePath,
} from "./condition.ts";
import { type FileReplacement, planRebuild, type RebuildPlan, type RowReplacement } from "./plan.ts";

const { ingest } = await loadIngest();
const { beginEarlyReading } = await loadReadAhead();

export interface RebuildOptions extends LockedIngestOptions {
  /** A thread that reads documents, where one was started already. */
  readonly reader?: DocumentReader | undefined;
  readonly onWarning: (message: string) => void;
}

export interface RebuildReport extends IngestReport {
  /** What was found right for the database, and what there is to fall back on. */
  readonly plan: RebuildPlan;
  readonly paused: readonly string[];
  /** Where what was moved aside lies now, relative to the project root. */
  readonly quarantined: readonly string[];
  /** Why the database was not kept; absent when it was. */
  readonly replacedBecause?: string;
}

/**
 * Throws what `ingest` throws, `lock.held` and `database.in-use` (exit 4), and `database.foreign` where what lies in
 * the place of the database outside `.amalfa` is not recognisable as amalfa's.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  const { project, dryRun, waitSeconds, signal, onWait } = options;
  if (dryRun) return predict(options);
  return withMaintenanceLock(project.paths, { command: "rebuild", waitSeconds, signal, onWait }, (lock) =>
    perform({ ...options, onProgress: tellingProgress(lock, options.onProgress) }),
  );
}

async function predict(options: RebuildOptions): Promise<RebuildReport> {
  const { project } = options;
  const plan = planFor(project, examineDatabase(project.paths.database, "look"));
  const startFrom = plan.kind === "replace rows" ? plan.countFrom : "nothing";
  const report = await ingest({ ...ingestOptions(options), dryRun: true, startFrom });
  const replaced = plan.kind === "replace rows" ? undefined : plan;
  return { ...report, plan, paused: pausedServices(project), ...outcomeOf(project, replaced) };
}

async function perform(options: RebuildOptions): Promise<RebuildReport> {
  const { project } = options;
  const paused = pausedServices(project);
  options.onProgress({ phase: "discover" });
  await using reading = beginEarlyReading(project, options.embedder.model, options.reader);
  const plan = planFor(project, examineDatabase(project.paths.database, "roll back"));
  const done = await (plan.kind === "replace rows"
    ? replaceRows(options, plan, reading)
    : replaceFile(options, plan, reading));
  // The graph that was written has gone with its folder.
  requireHeldRoot(project.root);
  return { ...done, plan, paused };
}

/** What carrying a plan out led to. */
type Done = Omit<RebuildReport, "plan" | "paused">;

async function replaceRows(
  options: RebuildOptions,
  { fallback }: RowReplacement,
  reading: EarlyReading,
): Promise<Done> {
  try {
    const report = await ingest({ ...ingestOptions(options), reading });
    checkpoint(options);
    return { ...report, ...outcomeOf(options.project, undefined) };
  } catch (error) {
    if (!(error instanceof AmalfaError && isFaultOfTheFile(error))) throw error;
    // What was read has been used up.
    return replaceFile(options, { ...fallback, reason: error.message }, undefined);
  }
}

/**
 * Whether it is what the file holds that stands in the way, not a disk that is full or a folder that may not be
 * written.
 */
function isFaultOfTheFile({ code, cause }: AmalfaError): boolean {
  if (code === "database.damaged") return true;
  return code === "database.unusable" && sqliteFault(cause) === "contradiction";
}

/** The watcher is the one service that waits for the lock; the others go on serving the old graph, then the new one. */
function pausedServices({ paths }: Project): string[] {
  return runningServices(paths)
    .map(({ service }) => service)
    .filter((service) => service === "watcher");
}

function planFor(project: Project, condition: DatabaseCondition): RebuildPlan {
  const { paths } = project;
  const database = realDatabasePath(paths.database);
  // The main file first: a log without its database is harmless, the reverse loses rows.
  const files = [database, ...BESIDE.map((end) => database + end)];
  const moves = planQuarantine(paths, files, new Date());
  return planRebuild({ condition, database, place: databasePlace(paths), moves });
}

function ingestOptions({ project, embedder, allowEmpty, signal, onProgress }: RebuildOptions) {
  return { project, embedder, mode: "rebuild", allowEmpty, dryRun: false, signal, onProgress } as const;
}

/** Call before anything is moved. @param replaced undefined where the file stays */
function outcomeOf(project: Project, replaced: FileReplacement | undefined) {
  if (replaced === undefined) return { quarantined: [] };
  return {
    quarantined: present(replaced.moves).map(({ to }) => relative(project.root, to).replaceAll(sep, "/")),
    replacedBecause: replaced.reason,
  };
}

function present(moves: readonly QuarantineMove[]): QuarantineMove[] {
  return moves.filter(({ from }) => existsSync(from));
}

/** Builds the new database beside the old one, which then makes room for it. */
async function replaceFile(
  options: RebuildOptions,
  plan: FileReplacement,
  reading: EarlyReading | undefined,
): Promise<Done> {
  const { project } = options;
  for (const { to } of plan.moves) requireOwnPlace(to);
  requireUnused(plan.moves);
  const building = `${plan.database}${BUILDING_SUFFIX}`;
  removeDatabase(building);
  const beside: Project = { ...project, paths: { ...project.paths, database: building } };
  try {
    const target = { ...ingestOptions(options), project: beside };
    const report = await ingest(reading === undefined ? target : { ...target, reading });
    foldLog(building);
    requireHeldRoot(project.root);
    requireUnused(plan.moves);
    const outcome = outcomeOf(project, plan);
    quarantine(present(plan.moves));
    makeFolderOf(plan.database);
    requireOwnPlace(plan.database);
    renameSync(building, plan.database);
    return { ...report, ...outcome };
  } catch (error) {
    removeDatabase(building);
    throw error;
  }
}

/** The file is renamed without its log, so there must be none. */
function foldLog(building: string): void {
  const db = openToWrite(building);
  try {
    db.run("PRAGMA journal_mode = DELETE");
    db.run("PRAGMA journal_mode = WAL");
  } finally {
    db.close();
  }
}

/** The main file first: a log without its database is thrown away by SQLite, the reverse is not. */
function removeDatabase(path: string): void {
  for (const file of [path, ...BESIDE.map((end) => path + end)]) {
    requireOwnPlace(file);
    if (oddKindAt(file) === "a folder") {
      throw new AmalfaError("file.kind", `${file} is a folder, and no file of a database.`, {
        hint: "Nothing was changed. `amalfa doctor --fix` moves it to quarantine; then run the command again.",
      });
    }
    rmSync(file, { force: true });
  }
}

function requireUnused(moves: readonly QuarantineMove[]): void {
  const files = present(moves).map(({ from }) => from);
  const use = useOf(files);
  if (use.kind === "unused") return;
  const [file] = files;
  if (use.kind === "unknown") {
    throw new AmalfaError(
      "database.in-use",
      `${file} has to be replaced, and it cannot be told whether another process has it open: ${use.reason}.`,
    );
  }
  throw new AmalfaError("database.in-use", `${file} has to be replaced, and is open in ${use.by}.`, {
    hint: "Stop that process, for a service with `amalfa stop-all`, and run the command again; nothing was changed.",
  });
}

/** How long the checkpoint waits for readers, in milliseconds; without it the next writer does the same work. */
const CHECKPOINT_WAIT_MS = 1_000;

/**
 * Moves the log into the main file. SQLite reports that a reader keeps it from that by a row; a disk or a limit that
 * does so is an error, although everything is committed.
 */
function checkpoint({ project, onWarning }: RebuildOptions): void {
  const path = project.paths.database;
  try {
    using db = openToWrite(path, { busyTimeoutMs: CHECKPOINT_WAIT_MS });
    const row = db.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (row?.busy === 0) return;
    onWarning(
      "the graph is complete, but a reader kept its write-ahead " +
        "log from being folded in; that happens with the next write",
    );
  } catch (error) {
    if (sqliteFault(error) !== "input and output" && sqliteFault(error) !== "full") {
      throw databaseError(path, error);
    }
    onWarning(
      `the graph is complete, but its write-ahead log could not be folded in (${messageOf(error)}); ` +
        "that happens with the next write that can",
    );
  }
}

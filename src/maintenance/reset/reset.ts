/**
 * `amalfa reset`: deletes `.amalfa`, one real directory, after it was shown and agreed to (I7).
 *
 * - Nothing is deleted while a service of the project runs, or while any other process has a file in it open.
 * - The folder gets another name first: whatever interrupts the deletion, nothing is left that looks alive, and the next reset finishes.
 * - The vector cache is never moved: with it kept, the other entries go one by one, the graph before everything.
 */
import { lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import {
  type LockHolder,
  type MaintenanceLock,
  readLockHolder,
  takeMaintenanceLock,
} from "../../project/lock/index.ts";
import { loadStop, type RunningService, runningServices, type StoppedService } from "../../services/index.ts";
import { liesBelow, readTree, realPlace } from "../../system/files/index.ts";
import { AmalfaError, interrupted, messageOf, systemErrorCode } from "../../system/index.ts";
import { describeFileHolder, type FileHolder, findFileHolders } from "../../system/process/index.ts";
import {
  type DataDirectory,
  deletingName,
  findInterruptedResets,
  findStrays,
  inspectDataDirectory,
} from "./data-directory.ts";
import { isEmptyPlan, planReset, type ResetChoice, type ResetPlan, refusedReset } from "./plan.ts";

const { stopAllServices } = await loadStop();

export type Confirmation = "prompt" | "--yes" | "declined";

export interface ResetOptions {
  readonly paths: ProjectPaths;
  /** What lies outside `.amalfa` and stays, for the report. */
  readonly kept: readonly string[];
  /** Where the settings put the vector cache; absolute. */
  readonly vectorCache: string | undefined;
  readonly choice: ResetChoice;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  /** Shows the plan and asks. Not called when there is nothing to delete. */
  readonly confirm: (plan: ResetPlan) => Promise<Confirmation>;
  readonly onWait: (holder: LockHolder | undefined) => void;
}

export interface ResetReport {
  readonly confirmedBy: "prompt" | "--yes" | "none";
  readonly declined: boolean;
  readonly plan: ResetPlan;
  /** Services that were stopped; in a dry run those that would be. */
  readonly stopped: readonly RunningService[];
}

/**
 * Throws `reset.refused`, `reset.busy` and `lock.held` (exit 4), `reset.failed`, `reset.incomplete`, or `interrupted`.
 */
export async function reset(options: ResetOptions): Promise<ResetReport> {
  const plan = planReset(observe(options), options.choice);
  if (options.dryRun || isEmptyPlan(plan)) {
    return { confirmedBy: "none", declined: false, plan, stopped: options.dryRun ? plan.stop : [] };
  }
  const confirmedBy = await options.confirm(plan);
  if (confirmedBy === "declined") return { confirmedBy: "none", declined: true, plan, stopped: [] };
  if (options.signal.aborted) throw interrupted("The reset");
  const stopped = plan.data === undefined ? [] : await deleteData(options, plan.data);
  for (const { path } of [...plan.leftovers, ...plan.strays]) deleteTree(join(options.paths.root, path));
  return { confirmedBy, declined: false, plan, stopped };
}

function observe({ paths, vectorCache, kept }: ResetOptions) {
  const sized = (path: string) => {
    const { files, bytes, obstacle } = readTree(path);
    if (obstacle !== undefined) throw refusedReset(obstacle);
    return { path: relative(paths.root, path).replaceAll(sep, "/"), files, bytes };
  };
  const caches = cacheEntries(paths, vectorCache);
  const data = inspectDataDirectory(paths, caches);
  if (data.kind === "refused") throw refusedReset(data.reason);
  return {
    data,
    cacheEntries: caches,
    services: data.kind === "present" ? runningServices(paths) : [],
    leftovers: findInterruptedResets(paths.root).map(sized),
    strays: findStrays(paths.root).map(sized),
    kept,
  };
}

/** Names in `.amalfa` of what holds vectors and models. */
function cacheEntries({ data, cacheDirectory }: ProjectPaths, vectorCache: string | undefined): string[] {
  const usual = basename(cacheDirectory);
  if (vectorCache === undefined || !liesBelow(data, vectorCache)) return [usual];
  const [name = usual, ...below] = relative(realPlace(data), realPlace(vectorCache)).split(sep);
  return [usual, ...(below.length > 0 ? [name] : ["", "-wal", "-shm", "-journal"].map((end) => name + end))];
}

async function deleteData(
  options: ResetOptions,
  data: NonNullable<ResetPlan["data"]>,
): Promise<StoppedService[]> {
  const { paths, waitSeconds } = options;
  const deadline = performance.now() + waitSeconds * 1000;
  const { lock, stopped } = await quiesce(options);
  using _held = lock;
  const now = inspectDataDirectory(paths, cacheEntries(paths, options.vectorCache));
  requireSame(paths, now, data.identity);
  await requireUnused(paths, deadline, options.signal);
  const sibling = join(paths.root, deletingName());
  try {
    if (data.scope === "all") renameWhole(paths, sibling, data.identity);
    else {
      const { staying } = data;
      moveEntries(
        paths,
        sibling,
        now.entries.filter(({ name }) => !staying.includes(name)),
      );
    }
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError("reset.failed", `${paths.data} could not be moved away: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  deleteTree(sibling);
  return stopped;
}

/** Stops the services and takes the lock: the lock first, unless it is a service that holds it. */
async function quiesce(options: ResetOptions): Promise<{ lock: MaintenanceLock; stopped: StoppedService[] }> {
  const { paths, waitSeconds, signal, onWait } = options;
  const take = (): Promise<MaintenanceLock> =>
    takeMaintenanceLock(paths, { command: "reset", waitSeconds, signal, onWait });
  const holder = readLockHolder(paths);
  if (runningServices(paths).some(({ pid }) => pid === holder?.pid)) {
    const stopped = await stopServices(paths);
    return { lock: await take(), stopped };
  }
  const lock = await take();
  try {
    return { lock, stopped: await stopServices(paths) };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

async function stopServices(paths: ProjectPaths): Promise<StoppedService[]> {
  const { stopped, remaining } = await stopAllServices(paths);
  const alive = remaining.filter(({ state }) => state !== "foreign");
  if (alive.length === 0) return [...stopped];
  const names = alive.map(({ service, reason }) => `${service}: ${reason}`).join("; ");
  throw busy(`a service may still be running (${names})`);
}

function requireSame(
  paths: ProjectPaths,
  now: DataDirectory,
  identity: string,
): asserts now is Extract<DataDirectory, { kind: "present" }> {
  if (now.kind === "refused") throw refusedReset(now.reason);
  if (now.kind === "present" && now.identity === identity) return;
  // After another reset, taking the lock has made a new folder for nothing but the lock.
  if (now.kind === "present" && now.files.every((path) => path.startsWith(paths.maintenanceLock))) {
    deleteTree(paths.data);
    throw busy("another reset has deleted .amalfa meanwhile");
  }
  throw busy("another command has replaced .amalfa since it was looked at");
}

const POLL_MS = 50;

/** A search is soon over, so it is waited for; whoever keeps a file open is named. */
async function requireUnused(paths: ProjectPaths, deadline: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    // Commands that wait for the lock have its file open now and then, and lose nothing with it.
    const files = readTree(paths.data).paths.filter((path) => !path.startsWith(paths.maintenanceLock));
    const search = findFileHolders(files);
    if (signal.aborted) throw interrupted("The reset");
    if (search.kind === "unknown") {
      throw busy(`it cannot be told whether another process has a file in .amalfa open (${search.reason})`);
    }
    if (search.holders.length === 0) return;
    if (performance.now() >= deadline) throw busy(describeHolders(paths, search.holders));
    await Bun.sleep(POLL_MS);
  }
}

function describeHolders({ root }: ProjectPaths, holders: readonly FileHolder[]): string {
  const list = holders.map((holder) => `${relative(root, holder.path)} in ${describeFileHolder(holder)}`);
  return `files in .amalfa are open: ${list.join(", ")}`;
}

/** @param reason a clause that says who or what is in the way */
function busy(reason: string): AmalfaError {
  return new AmalfaError("reset.busy", `Nothing was deleted: ${reason}.`);
}

function renameWhole(paths: ProjectPaths, sibling: string, identity: string): void {
  renameSync(paths.data, sibling);
  const stat = lstatSync(sibling, { bigint: true });
  if (stat.isDirectory() && `${stat.dev}:${stat.ino}` === identity) return;
  // Something else was put in its place within a moment, so it goes back.
  renameSync(sibling, paths.data);
  throw busy("another process has replaced .amalfa within this moment");
}

/** The graph goes first and the lock, in `runtime`, last, so that nobody else begins before the rest is out of the way. */
function moveEntries(
  paths: ProjectPaths,
  sibling: string,
  entries: readonly { readonly name: string }[],
): void {
  const rank = (name: string): number => (name.startsWith("resonance.db") ? 0 : name === "runtime" ? 2 : 1);
  const names = entries.map(({ name }) => name).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const remove = madeFolder(sibling)
    ? (name: string) => renameSync(join(paths.data, name), join(sibling, name))
    : // On a full disk a folder may be too much already, and a reset is what frees it.
      (name: string) => deleteTree(join(paths.data, name));
  for (const name of names) remove(name);
}

/** Whether there was space for the folder. Throws what else the file system throws. */
function madeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (["ENOSPC", "EDQUOT"].includes(systemErrorCode(error) ?? "")) return false;
    throw error;
  }
}

/** Deletes links themselves, never what they lead to. */
function deleteTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw new AmalfaError(
      "reset.incomplete",
      `${path} could not be deleted completely: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

/**
 * `amalfa reset`: deletes `.amalfa`, one real directory, after it was shown and agreed to (I7).
 *
 * - Nothing is deleted while a service of the project runs, or while any other process has a file in it open.
 * - The folder gets another name first: whatever interrupts the deletion, nothing is left that looks alive, and the
 *   next reset finishes.
 * - Each step is done in the folder that was shown, which is held open (`SeenEntries`): a link, another folder or a
 *   mount that is put in its place while the question stands or somebody is waited for is refused, and nothing beyond
 *   it is touched.
 * - The vector cache is never moved: with it kept, the other entries go one by one, the graph before everything.
 */
import { basename, relative, sep } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import {
  lockUnavailable,
  type MaintenanceLock,
  readLockHolder,
  takeMaintenanceLock,
} from "../../project/lock/index.ts";
import { loadStop, type RunningService, runningServices, type StoppedService } from "../../services/index.ts";

import {
  type AnchoredFolder,
  Displaced,
  type ExactPath,
  holdRoot,
  liesBelow,
  readTree,
  realPlace,
  requireHeldRoot,
} from "../../system/files/index.ts";
import { AmalfaError, clauseOf, interrupted, messageOf, systemErrorCode } from "../../system/index.ts";

import { describeFileHolder, type FileHolder, findFileHolders } from "../../system/process/index.ts";
import {
  type DataDirectory,
  deletingName,
  findInterruptedResets,
  findStrays,
  inspectDataDirectory,
} from "./data-directory.ts";
import { isEmptyPlan, planReset, type ResetChoice, type ResetPlan, refusedReset } from "./plan.ts";
import { removing, SeenEntries } from "./seen.ts";

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
  readonly onWait: (holder: string) => void;
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
  using _ = holdRoot(options.paths.root);
  using seen = new SeenEntries(options.paths.root);
  requireHeldRoot(options.paths.root);
  const found = await unlessDisplaced(options, async () => observe(options, seen));
  const plan = planReset(found, options.choice);
  if (options.dryRun || isEmptyPlan(plan)) {
    return { confirmedBy: "none", declined: false, plan, stopped: options.dryRun ? plan.stop : [] };
  }
  const confirmedBy = await options.confirm(plan);
  if (confirmedBy === "declined") return { confirmedBy: "none", declined: true, plan, stopped: [] };
  if (options.signal.aborted) throw interrupted("The reset");
  const { data } = plan;
  const stopped =
    data === undefined ? [] : await unlessDisplaced(options, () => deleteData(options, data, seen));
  for (const { path } of [...plan.leftovers, ...plan.strays]) seen.remove(path);
  return { confirmedBy, declined: false, plan, stopped };
}

function observe({ paths, vectorCache, kept }: ResetOptions, seen: SeenEntries) {
  const sized = (path: string) => {
    const inRoot = relative(paths.root, path);
    seen.hold(inRoot);
    const { files, bytes, obstacle } = readTree(path);
    if (obstacle !== undefined) throw refusedReset(obstacle);
    return { path: inRoot.replaceAll(sep, "/"), files, bytes };
  };
  const caches = cacheEntries(paths, vectorCache);
  const data = inspectDataDirectory(paths, caches);
  if (data.kind === "refused") throw refusedReset(data.reason);
  if (data.kind === "present") seen.hold(basename(paths.data));
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
  seen: SeenEntries,
): Promise<StoppedService[]> {
  const { paths, waitSeconds } = options;
  const deadline = performance.now() + waitSeconds * 1000;
  using folder = seen.folder(basename(paths.data));
  if (folder.identity !== data.identity) throw displaced(options);
  // The lock's file is made in the folder that was shown, whatever its path leads to by now.
  using runtime = runtimeIn(folder, paths);
  const { lock, stopped } = await quiesce(options, runtime);
  using _held = lock;
  requireSame(options, data.identity);
  await requireUnused(paths, deadline, options.signal);
  // Minutes may have gone by since the first look, and anybody may have worked here.
  requireSame(options, data.identity);
  const sibling = deletingName();
  const isWhole = data.scope === "all";
  const isMoved = isWhole && movedAway(options, () => renameWhole(options, seen, sibling, data.identity));
  const identity = isMoved
    ? data.identity
    : movedAway(options, () => {
        const going = folder.names().filter((name) => !data.staying.some((stays) => stays === name));
        return moveEntries(seen, folder, sibling, going);
      });
  seen.remove(sibling, identity);
  if (isWhole && !isMoved) seen.remove(basename(paths.data), data.identity);
  return stopped;
}

function movedAway<T>({ paths }: ResetOptions, move: () => T): T {
  try {
    return move();
  } catch (error) {
    if (error instanceof AmalfaError || error instanceof Displaced) throw error;
    throw new AmalfaError("reset.failed", `${paths.data} could not be moved away: ${clauseOf(error)}.`, {
      cause: error,
    });
  }
}

function runtimeIn(folder: AnchoredFolder, paths: ProjectPaths): AnchoredFolder {
  try {
    return folder.madeFolder(basename(paths.runtime));
  } catch (error) {
    throw error instanceof Displaced ? error : lockUnavailable(paths, error);
  }
}

/** Stops the services and takes the lock: the lock first, unless it is a service that holds it. */
async function quiesce(
  options: ResetOptions,
  runtime: AnchoredFolder,
): Promise<{ lock: MaintenanceLock; stopped: StoppedService[] }> {
  const { paths, waitSeconds, signal, onWait } = options;
  const take = (): Promise<MaintenanceLock> =>
    takeMaintenanceLock(paths, {
      command: "reset",
      waitSeconds,
      signal,
      onWait,
      runtime,
    });
  const stop = (): Promise<StoppedService[]> => {
    runtime.requireInPlace();
    return stopServices(paths);
  };
  const holder = readLockHolder(paths);
  if (runningServices(paths).some(({ pid }) => pid === holder?.pid)) {
    const stopped = await stop();
    return { lock: await take(), stopped };
  }
  const lock = await take();
  try {
    return { lock, stopped: await stop() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Folders come and go while they are looked at: that is no defect, and nothing was deleted yet. */
async function unlessDisplaced<T>(options: ResetOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Displaced) throw displaced(options);
    if (!hasVanished(error)) throw error;
    throw busy(`what was looked at has changed meanwhile (${messageOf(error)})`);
  }
}

async function stopServices(paths: ProjectPaths): Promise<StoppedService[]> {
  const { stopped, remaining } = await stopAllServices(paths);
  const alive = remaining.filter(({ state }) => state !== "foreign");
  if (alive.length === 0) return [...stopped];
  const names = alive.map(({ service, reason }) => `${service}: ${reason}`).join("; ");
  throw busy(`a service may still be running (${names})`);
}

function requireSame(options: ResetOptions, identity: string): Extract<DataDirectory, { kind: "present" }> {
  const now = inspectDataDirectory(options.paths, cacheEntries(options.paths, options.vectorCache));
  if (now.kind === "present" && now.identity === identity) return now;
  throw displaced(options);
}

/** Why what was shown is not there any more. */
function displaced({ paths, vectorCache }: ResetOptions): AmalfaError {
  requireHeldRoot(paths.root);
  const now = unlessVanished(() => inspectDataDirectory(paths, cacheEntries(paths, vectorCache)));
  if (now === undefined) return busy("another program moves .amalfa while it is looked at");
  if (now.kind === "refused") return refusedReset(now.reason);
  if (now.kind === "absent") return busy("another reset has deleted .amalfa meanwhile");
  return busy("another command has replaced .amalfa since it was looked at");
}

function hasVanished(error: unknown): boolean {
  const code = systemErrorCode(error) ?? systemErrorCode((error as Error | undefined)?.cause);
  return code !== undefined && ["ENOENT", "ENOTDIR", "ELOOP"].includes(code);
}

function unlessVanished<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (!hasVanished(error)) throw error;
    return undefined;
  }
}

const POLL_MS = 50;

/** A search is soon over, so it is waited for; whoever keeps a file open is named. */
async function requireUnused(paths: ProjectPaths, deadline: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    // Commands that wait for the lock have its file open now and then, and lose nothing with it.
    const files = readTree(paths.data).paths.filter(
      (path) => !String(path).startsWith(paths.maintenanceLock),
    );
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

/** Whether it could be renamed. */
function renameWhole(
  options: ResetOptions,
  { root }: SeenEntries,
  sibling: string,
  identity: string,
): boolean {
  const name = basename(options.paths.data);
  if (!isRenamed(() => root.rename(name, root, sibling))) return false;
  if (root.identityOf(sibling) === identity) return true;
  // Something else was put in its place within a moment, so it goes back.
  root.rename(sibling, root, name);
  throw displaced(options);
}

/** False where the system cannot: an overlay does not rename folders of its lower layers, as those of an image are. */
function isRenamed(rename: () => void): boolean {
  try {
    rename();
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== "EXDEV") throw error;
    return false;
  }
}

/**
 * The graph goes first and the lock, in `runtime`, last, so that nobody else begins before the rest is out of the way.
 * Answers device and inode of the folder where they are now.
 */
function moveEntries(
  seen: SeenEntries,
  folder: AnchoredFolder,
  sibling: string,
  entries: readonly ExactPath[],
): string {
  const rank = (name: ExactPath): number =>
    String(name).startsWith("resonance.db") ? 0 : name === "runtime" ? 2 : 1;
  const names = [...entries].sort((a, b) => rank(a) - rank(b));
  using aside = madeFolder(seen.root, sibling);
  for (const [place, name] of names.entries()) {
    const move = (): void => {
      // On a full disk a folder may be too much already, and a reset is what frees it.
      const isGone = aside !== undefined && isRenamed(() => folder.rename(name, aside, name));
      if (!isGone) folder.remove(name);
    };
    if (place === 0 && aside !== undefined) move();
    else removing(move, folder.path);
  }
  return aside?.identity ?? "";
}

/** Undefined where there was no space for the folder. Throws what else the file system throws. */
function madeFolder(root: AnchoredFolder, name: string): AnchoredFolder | undefined {
  try {
    return root.madeFolder(name);
  } catch (error) {
    if (["ENOSPC", "EDQUOT"].includes(systemErrorCode(error) ?? "")) return undefined;
    throw error;
  }
}

/**
 * The folder of models that all projects of a user share: what is prepared beside it is put in place by one rename, and
 * by one process at a time.
 */
import { type Database, SQLiteError } from "bun:sqlite";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ModelRecord, RECORD_NAME, sharedModels } from "../../project/index.ts";
import { isBusy, lockFile } from "../../sqlite/index.ts";
import { AmalfaError, clauseOf, formatBytes, interrupted, systemErrorCode } from "../../system/index.ts";

/** Begins with a dot, as no model does. */
const WORKSHOP = ".incoming";

/** The shared folder. Throws `model.folder` where there is no place for one. */
export function requireSharedModels(): string {
  const folder = sharedModels();
  if (folder !== undefined) return folder;
  throw new AmalfaError("model.folder", "This user has no folder where models could be kept.");
}

export interface Workshop {
  /** Where folders of models are prepared; in it, one by the name of each model. */
  readonly path: string;
  /** The folder of this model in it. */
  readonly model: string;
}

export interface TakeOptions {
  readonly signal: AbortSignal;
  /** Told once, where another process is at work on the same model. */
  readonly onWait: () => void;
}

const LOOK_EVERY_MS = 100;

/** Runs `work` while no other process installs or removes this model. Throws `model.folder` and `interrupted`. */
export async function inWorkshop<T>(
  name: string,
  { signal, onWait }: TakeOptions,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const path = join(requireSharedModels(), WORKSHOP);
  const file = join(path, `${name}.lock`);
  const lock = await taken(path, file, { signal, onWait });
  try {
    const model = join(path, name);
    usable(() => mkdirSync(model, { recursive: true }));
    return await work({ path, model });
  } finally {
    // While the lock is held: whoever has the next one makes this folder, and would lose it while it is empty.
    removeEmpty(join(path, name));
    // Whoever waits for it finds that the file it has open is no lock any more, and takes the next one.
    rmSync(file, { force: true });
    lock.close();
    removeEmpty(path);
  }
}

async function taken(path: string, file: string, { signal, onWait }: TakeOptions): Promise<Database> {
  for (let isFirst = true; ; isFirst = false) {
    if (signal.aborted) throw interrupted("Waiting for another process");
    const lock = tryToTake(path, file);
    if (lock !== undefined) return lock;
    if (isFirst) onWait();
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** Undefined where another process has it, or has just taken its file away. */
function tryToTake(path: string, file: string): Database | undefined {
  let lock: Database | undefined;
  try {
    mkdirSync(path, { recursive: true });
    closeSync(openSync(file, "a"));
    const before = identityOf(file);
    lock = lockFile(file, { waitMs: 0, create: false });
    if (before !== undefined && identityOf(file) === before) return lock;
  } catch (error) {
    const isGone = systemErrorCode(error) === "ENOENT" || (error instanceof SQLiteError && !existsSync(file));
    if (!isBusy(error) && !isGone) throw unusable(error);
  }
  lock?.close();
  return undefined;
}

function identityOf(file: string): string | undefined {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/** What an interrupted pull goes on with stays. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty, or somebody else was faster.
  }
}

function usable(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw unusable(error);
  }
}

/** What the file system says of the folder of models, as far as it is that. */
export function unusable(error: unknown): unknown {
  if (error instanceof AmalfaError || !(error instanceof Error)) return error;
  return new AmalfaError(
    "model.folder",
    `The folder of models, ${sharedModels()}, cannot be used: ${clauseOf(error)}.`,
    { cause: error },
  );
}

/** Throws `model.folder` where there is not room for so many bytes. */
export function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  throw new AmalfaError(
    "model.folder",
    `${formatBytes(bytes)} are needed in ${folder}, where ${formatBytes(bavail * bsize)} are free.`,
  );
}

/** Puts a model that was prepared in its place, whole: its record is written last, and nothing counts without it. */
export function putInPlace(workshop: Workshop, record: ModelRecord): string {
  const { directory: _, ...said } = record;
  const text = JSON.stringify({ version: 1, ...said }, undefined, 2);
  const place = join(requireSharedModels(), record.name);
  writeDurably(join(workshop.model, RECORD_NAME), `${text}\n`);
  // Files of the model that was there before are not taken away under whoever reads them: they go with their names.
  const old = join(workshop.path, `${record.name}.old`);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(workshop.model, place);
  rmSync(old, { recursive: true, force: true });
  return place;
}

function writeDurably(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o644 });
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Takes a model's folder away. */
export function takeAway(workshop: Workshop, name: string): void {
  const old = join(workshop.path, `${name}.old`);
  rmSync(old, { recursive: true, force: true });
  renameSync(join(requireSharedModels(), name), old);
  rmSync(old, { recursive: true, force: true });
  rmSync(workshop.model, { recursive: true, force: true });
}

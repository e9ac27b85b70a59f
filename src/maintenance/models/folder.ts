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
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ModelRecord, RECORD_NAME, sharedModels } from "../../project/index.ts";
import { isBusy, lockFile } from "../../sqlite/index.ts";
import { AmalfaError, clauseOf, formatBytes, interrupted, systemErrorCode } from "../../system/index.ts";
import { besides, removeEmpty, removeOwnModel, requireOwnModel } from "./whose.ts";

/** Begins with a dot, as no model does; whatever lies in it is amalfa's, which its name says to others. */
const WORKSHOP = ".amalfa-incoming";

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

/**
 * Runs `work` while no other process installs or removes this model. Throws `model.folder`, `interrupted`, and
 * `model.others` where what has the model's name is not amalfa's.
 */
export async function inWorkshop<T>(
  name: string,
  { signal, onWait }: TakeOptions,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const shared = requireSharedModels();
  const path = join(shared, WORKSHOP);
  usable(() => requireNoLink(path));
  const file = lockOf(path, name);
  const lock = await taken(path, file, { signal, onWait });
  try {
    // Before anything is fetched for it.
    usable(() => requireOwnModel(join(shared, name), name));
    const model = join(path, name);
    usable(() => mkdirSync(model, { recursive: true }));
    return await work({ path, model });
  } finally {
    // While the lock is held: whoever has the next one makes this folder, and would lose it while it is empty.
    // What an interrupted pull goes on with stays.
    removeEmpty(join(path, name));
    // Whoever waits for it finds that the file it has open is no lock any more, and takes the next one.
    rmSync(file, { force: true });
    lock.close();
    removeEmpty(path);
  }
}

/** Both begin with a dot, so that neither is what is prepared of a model of that name. */
const lockOf = (path: string, name: string) => join(path, `.${name}.lock`);
const oldOf = (path: string, name: string) => join(path, `.${name}.old`);

/** Through a link what is prepared would be deleted in somebody's folder. */
function requireNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new AmalfaError("model.folder", `${path} is a symbolic link, and nothing is written through it.`, {
    hint: "Remove the link, and run the command again.",
  });
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
  for (const path of besides(workshop.model, record))
    rmSync(join(workshop.model, path), { recursive: true, force: true });
  displace(workshop, record.name);
  renameSync(workshop.model, place);
  removeOwnModel(oldOf(workshop.path, record.name), record.name);
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

/** Takes a model's folder away. Throws `model.others`. */
export function takeAway(workshop: Workshop, name: string): void {
  displace(workshop, name);
  removeOwnModel(oldOf(workshop.path, name), name);
  rmSync(workshop.model, { recursive: true, force: true });
}

/** Files of the model that was there are not taken away under whoever reads them: they go with their names. */
function displace({ path }: Workshop, name: string): void {
  const [place, old] = [join(requireSharedModels(), name), oldOf(path, name)];
  removeOwnModel(old, name);
  requireOwnModel(place, name);
  if (existsSync(place)) renameSync(place, old);
}

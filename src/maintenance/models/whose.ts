/**
 * Whose a folder among the models is. `AMALFA_MODELS` may name one in which a user keeps models of other programs too:
 * only a folder whose record amalfa wrote is ever replaced or removed, and only while nothing else lies in it.
 */
import { type Dirent, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ModelRecord, RECORD_NAME, readRecordIn, sharedModels } from "../../project/index.ts";
import { isBelow, realPlace } from "../../system/files/index.ts";
import { AmalfaError } from "../../system/index.ts";

/** Throws `model.others` where what has the place of a model's folder is not amalfa's, or not all of it. */
export function requireOwnModel(folder: string, name: string): void {
  const why = whyNotOwn(folder, name);
  if (why === undefined) return;
  throw new AmalfaError("model.others", `${folder} is not amalfa's to replace or remove: ${why}.`);
}

/** Undefined for a model's folder that amalfa made, and where there is nothing at all. */
function whyNotOwn(folder: string, name: string): string | undefined {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return `it is a symbolic link to ${realPlace(folder)}`;
  if (!stat.isDirectory()) return "it is a file";
  const record = readRecordIn(folder, name);
  if (record === undefined) return `it has no ${RECORD_NAME} that amalfa wrote for it`;
  const others = besides(folder, record);
  return others.length === 0 ? undefined : `it also has ${named(others)}, which amalfa did not put there`;
}

const NAMED = 3;

function named(others: readonly string[]): string {
  const more = others.length - NAMED;
  return [...others.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** What lies in a model's folder besides the files of its record, folders with a slash; those are not looked into. */
export function besides(folder: string, record: ModelRecord, below = ""): string[] {
  const files = filesOf(record);
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry: Dirent) => {
    const path = below + entry.name;
    if (entry.isFile()) return files.includes(path) ? [] : [path];
    if (!entry.isDirectory()) return [path];
    const leadsOn = files.some((file) => file.startsWith(`${path}/`));
    return leadsOn ? besides(folder, record, `${path}/`) : [`${path}/`];
  });
}

/** The record last: a folder that is half removed is still known as amalfa's. */
function filesOf({ files }: ModelRecord): string[] {
  return [...Object.values(files).map(({ path }) => path), RECORD_NAME];
}

/** Removes a model's folder, file by file: what somebody puts into it meanwhile stays. Throws `model.others`. */
export function removeOwnModel(folder: string, name: string): void {
  removeWithoutFiles(folder);
  requireOwnModel(folder, name);
  const record = readRecordIn(folder, name);
  if (record === undefined) return;
  const files = filesOf(record);
  for (const file of files) rmSync(join(folder, file), { force: true });
  const folders = new Set(files.map((file) => dirname(file)).flatMap(withParents));
  for (const each of [...folders].sort((a, b) => b.length - a.length)) removeEmpty(join(folder, each));
}

/** Folders without a file: what a removal leaves that was killed after it had removed the record, which goes last. */
function removeWithoutFiles(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const name of readdirSync(folder)) removeWithoutFiles(join(folder, name));
  removeEmpty(folder);
}

/** What is not empty stays. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty, or somebody else was faster.
  }
}

function withParents(folder: string): string[] {
  return folder === "." ? ["."] : [folder, ...withParents(dirname(folder))];
}

/** Throws `model.others` for a folder that lies among the models, is the folder of all of them, or holds it. */
export function requireElsewhere(source: string): void {
  const shared = sharedModels();
  if (shared === undefined) return;
  const [from, to] = [realPlace(source), realPlace(shared)];
  if (from !== to && !isBelow(to, from) && !isBelow(from, to)) return;
  const where = from === to ? "is" : isBelow(to, from) ? "lies in" : "holds";
  throw new AmalfaError(
    "model.others",
    `${source} ${where} the folder of models, ${shared}, and is not copied into it.`,
    {
      hint: "Nothing was changed. Set AMALFA_MODELS to another folder, or add the model from a copy elsewhere.",
    },
  );
}

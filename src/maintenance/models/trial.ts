/** A model is run once before it is installed: whether it can be run as it is described, nothing else tells. */
import { startWorkerPool } from "../../embedding/inference/index.ts";
import { pathsIn, verifyModel } from "../../embedding/model/index.ts";
import type { Model } from "../../project/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";

/** Long enough that a window which is smaller than it is said to be shows. */
const WORDS = "hello world ".repeat(4096);

/**
 * @param directory the model's files lie in it in a folder by the model's name
 * Throws `model.unusable`.
 */
export async function tryModel(model: Model, directory: string): Promise<void> {
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

export type FileState = "ok" | "damaged" | "missing";

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

/** Embedding without the vector cache, for comparing what is stored with what the model says. Loads the ONNX runtime. */
import type { Model } from "../../embedding/catalogue.ts";
import { startWorkerPool } from "../../embedding/worker-pool.ts";

/** The texts' vectors in their order. Throws `model.*` and `embedding.*`. */
export async function embedFresh(
  texts: readonly string[],
  model: Model,
  modelsDirectory: string,
): Promise<readonly Float32Array[]> {
  const backend = await startWorkerPool({ model, modelsDirectory, workers: 1 });
  try {
    const vectors: Float32Array[] = [];
    await backend.embed({
      texts,
      signal: undefined,
      onVector: ({ index, vector }) => {
        vectors[index] = vector.slice();
      },
    });
    return vectors;
  } finally {
    await backend.close();
  }
}

/** The cosine of two vectors of any length but zero; NaN where one is none, which compares as different. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let place = 0; place < a.length; place++) {
    product += a[place]! * b[place]!;
    squareA += a[place]! ** 2;
    squareB += b[place]! ** 2;
  }
  return product / Math.sqrt(squareA * squareB);
}

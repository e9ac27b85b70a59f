/** A backend whose vectors depend on the text alone and cost nothing, for tests of everything around inference. */
import type { InferenceBackend } from "../../src/embedding/inference/index.ts";
import { MODEL, unitVector } from "./embedding.ts";

export interface InstantBackend {
  readonly start: () => Promise<InferenceBackend>;
  /** Texts that were computed so far. */
  readonly computed: () => number;
}

/** @param before called before each text is computed; the backend waits for it */
export function instantBackend(
  before: (computed: number) => Promise<void> | void = () => {},
): InstantBackend {
  let computed = 0;
  return {
    computed: () => computed,
    start: async () => ({
      modelLoaded: true,
      embed: async ({ texts, signal, onVector, isStillWanted }) => {
        for (const [index, text] of texts.entries()) {
          await before(computed);
          if (signal?.aborted) return;
          if (isStillWanted?.(index) === false) continue;
          const seed = Number(Bun.hash.xxHash32(text)) % 100_000;
          onVector({ index, vector: unitVector(seed), modelId: MODEL.id });
          computed++;
        }
      },
      close: async () => {},
    }),
  };
}

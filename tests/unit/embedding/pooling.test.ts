import { describe, expect, test } from "bun:test";
import { startWorkerPool } from "../../../src/embedding/inference/pool.ts";
import type { Model } from "../../../src/project/models.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { tinyModel, tinyModelFiles, tinyTable } from "../../helpers/tiny-model.ts";

const TIMEOUT = 60_000;

async function embedded(model: Model, folder: TempFolder, text: string): Promise<number[]> {
  const pool = await startWorkerPool({ model, modelsDirectory: folder.path, workers: 1 });
  try {
    let found: Float32Array | undefined;
    await pool.embed({
      texts: [text],
      onVector: ({ vector, modelId }) => {
        expect(modelId).toBe(model.id);
        found = vector.slice();
      },
    });
    return [...found!];
  } finally {
    await pool.close();
  }
}

/** What the model's table says of the token `[CLS]`, and of "ab" between the special ones. */
function expected(tokens: readonly number[], dimensions: number): number[] {
  const table = tinyTable({ dimensions });
  const sums = Array.from({ length: dimensions }, (_, place) =>
    tokens.reduce((sum, token) => sum + table[token * dimensions + place]!, 0),
  );
  const norm = Math.hypot(...sums);
  return sums.map((sum) => sum / norm);
}

function files(folder: TempFolder, shape: Parameters<typeof tinyModelFiles>[0] = {}): void {
  const all = Object.entries(tinyModelFiles(shape));
  folder.write(Object.fromEntries(all.map(([path, content]) => [`tiny/${path}`, content])));
}

describe("a model is run as its entry says", () => {
  test.each([
    ["mean", [2, 4, 41, 3]],
    ["cls", [2]],
  ] as const)(
    "%s",
    async (pooling, tokens) => {
      using folder = new TempFolder();
      files(folder);
      const vector = await embedded(tinyModel({ pooling }), folder, "ab");
      const wanted = expected(tokens, 32);
      for (const [place, value] of vector.entries()) expect(value).toBeCloseTo(wanted[place]!, 5);
    },
    TIMEOUT,
  );

  test(
    "what it has in other numbers, or does not have, is said",
    async () => {
      using folder = new TempFolder();
      files(folder);
      await expect(embedded(tinyModel({ dimensions: 48 }), folder, "ab")).rejects.toThrow(
        "have 32 dimensions, and not 48",
      );
      const odd = { inputs: ["input_ids", "pixels"] };
      files(folder, odd);
      await expect(embedded(tinyModel({}, odd), folder, "ab")).rejects.toThrow("takes pixels");
      const other = { output: "logits" };
      files(folder, other);
      await expect(embedded(tinyModel({}, other), folder, "ab")).rejects.toThrow("only logits");
    },
    TIMEOUT,
  );
});

/** Counts the threads that are started from here on, until it is disposed of. */
function countThreads() {
  const { Worker: Real } = globalThis;
  const counted = { threads: 0 };
  globalThis.Worker = class extends Real {
    constructor(...args: ConstructorParameters<typeof Real>) {
      super(...args);
      counted.threads++;
    }
  };
  return Object.assign(counted, {
    [Symbol.dispose]: () => {
      globalThis.Worker = Real;
    },
  });
}

test(
  "few texts are embedded by one worker, and many by all, with the same vectors",
  async () => {
    using folder = new TempFolder();
    files(folder);
    const model = tinyModel({ pooling: "mean" });
    using counted = countThreads();
    const pool = await startWorkerPool({ model, modelsDirectory: folder.path, workers: 3 });
    const embed = async (texts: readonly string[]) => {
      const vectors: Float32Array[] = [];
      await pool.embed({
        texts,
        onVector: ({ index, vector }) => {
          vectors[index] = vector.slice();
        },
      });
      return vectors;
    };
    const few = await embed(["ab", "ba"]);
    expect(counted.threads).toBe(1);
    const many = await embed(Array.from({ length: 500 }, (_, place) => (place % 2 === 0 ? "ab" : "ba")));
    expect(counted.threads).toBe(3);
    expect(many).toHaveLength(500);
    for (const [place, vector] of many.entries()) expect(vector).toEqual(few[place % 2]!);
    // Those that are still loading end with the others.
    await pool.close();
  },
  TIMEOUT,
);

/** The embedder: vectors, what the cache has to do with them, and what a full hit loads. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache } from "../../../src/embedding/cache/vector-cache.ts";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import type { InferenceBackend } from "../../../src/embedding/inference/backend.ts";
import { startEmbedChild } from "../../helpers/embed-child.ts";
import { TEXTS } from "../../helpers/embedder-texts.ts";
import {
  alterCache,
  bitsOf,
  cacheRows,
  embedMadeUp,
  embedOnce,
  MODEL,
  NO_MODELS,
  startMadeUpBackend,
  unitVector,
} from "../../helpers/embedding.ts";
import { instantBackend } from "../../helpers/instant-backend.ts";
import { seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

// Inference takes long where much else goes on.
setDefaultTimeout(300_000);

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, place) => sum + value * b[place]!, 0);

describe("The embedder", () => {
  test("looks each text up right before it is begun, however long ago another process stored it", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    let begun = 0;
    const { stats } = await embedOnce(path, texts, {
      startBackend: async (): Promise<InferenceBackend> => ({
        modelLoaded: true,
        close: async () => {},
        embed: async ({ texts: wanted, isStillWanted, onVector }) => {
          using other = VectorCache.open(path, { dimensions: 384, modelId: MODEL.id, onWarning: () => {} });
          const rows = wanted.map((text, seed) => ({
            key: cacheKey(text, MODEL.id),
            vector: unitVector(seed),
          }));
          other.put(rows.slice(1), MODEL.id);
          for (const index of wanted.keys()) {
            if (isStillWanted?.(index) === false) continue;
            begun++;
            onVector({ index, vector: unitVector(index), modelId: MODEL.id });
          }
        },
      }),
    });
    expect(begun).toBe(1);
    expect(stats).toMatchObject({ hits: 99, misses: 1 });
  });

  test("gets ready for whoever asks next: cache and model are open, nothing is stored or counted", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const { start, computed } = instantBackend();
    await using embedder = createEmbedder({
      ...{ model: MODEL, cachePath: path, modelsDirectory: NO_MODELS, startBackend: start },
      onWarning: () => {},
    });
    await embedder.warm();
    expect(computed()).toBeGreaterThan(1);
    expect(existsSync(path)).toBe(true);
    expect(cacheRows(path)).toEqual([]);
    expect(embedder.stats()).toEqual({ texts: 0, hits: 0, misses: 0, modelLoaded: true });
  });

  test("gives unit vectors in the order of the texts, near for what is alike", async () => {
    using folder = new TempFolder();
    const texts = [
      "how to prune a tree",
      "cutting branches off an apple tree",
      "the stock exchange fell today",
    ];
    const { vectors, warnings } = await embedOnce(folder.join("c.sqlite"), texts);
    for (const vector of vectors) {
      expect(vector.length).toBe(384);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    const [first, second, third] = vectors;
    expect(cosine(first!, second!)).toBeGreaterThan(cosine(first!, third!) + 0.3);
    expect(warnings).toEqual([]);
  });

  test("a text longer than the window has the vector of what fits into it", async () => {
    using folder = new TempFolder();
    const full = "word ".repeat(254);
    const { vectors } = await embedOnce(folder.join("c.sqlite"), [
      full,
      `${full} and another thing entirely`,
    ]);
    expect(bitsOf([vectors[0]!])).toEqual(bitsOf([vectors[1]!]));
  });

  test("identical texts are embedded once, within a call, over several calls, and counted once", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: path,
      modelsDirectory: NO_MODELS,
      startBackend: startMadeUpBackend,
      onWarning: (message) => expect(message).toBe(""),
    });
    const [a, b, again] = await embedder.embedMany(["a", "b", "a"]);
    expect(bitsOf([a!])).toEqual(bitsOf([again!]));
    expect(bitsOf([a!])).not.toEqual(bitsOf([b!]));
    expect(embedder.stats()).toEqual({ texts: 2, hits: 0, misses: 2, modelLoaded: true });
    expect(bitsOf([await embedder.embed("a")])).toEqual(bitsOf([a!]));
    await embedder.embedMany(["b", "c", "c"]);
    expect(embedder.stats()).toEqual({ texts: 3, hits: 0, misses: 3, modelLoaded: true });
    expect(cacheRows(path).length).toBe(3);
  });

  test("progress counts the texts of a call, hits first, and ends with all of them", async () => {
    using folder = new TempFolder();
    await embedMadeUp(folder.join("c.sqlite"), ["a", "b"]);
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: folder.join("c.sqlite"),
      modelsDirectory: NO_MODELS,
      startBackend: startMadeUpBackend,
      onWarning: () => {},
    });
    const seen: string[] = [];
    await embedder.embedMany(["a", "c", "b", "a", "c", "d"], {
      onProgress: ({ hits, computed }) => seen.push(`${hits}+${computed}`),
    });
    expect(seen[0]).toBe("3+0");
    expect(seen.at(-1)).toBe("3+3");
    expect(embedder.stats()).toEqual({ texts: 4, hits: 2, misses: 2, modelLoaded: true });
  });

  test("nothing to embed is nothing to do", async () => {
    using folder = new TempFolder();
    const { vectors, stats } = await embedOnce(folder.join("c.sqlite"), []);
    expect(vectors).toEqual([]);
    expect(stats).toEqual({ texts: 0, hits: 0, misses: 0, modelLoaded: false });
  });

  test("calls at the same time each get their own texts' vectors", async () => {
    using folder = new TempFolder();
    const expected = (await embedOnce(folder.join("a.sqlite"), TEXTS)).vectors;
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: folder.join("b.sqlite"),
      modelsDirectory: NO_MODELS,
      workers: 2,
      onWarning: () => {},
    });
    const [front, back, one] = await Promise.all([
      embedder.embedMany(TEXTS.slice(0, 20)),
      embedder.embedMany(TEXTS.slice(20)),
      embedder.embed(TEXTS[5]!),
    ]);
    expect(bitsOf([...front, ...back])).toEqual(bitsOf(expected));
    expect(bitsOf([one])).toEqual(bitsOf([expected[5]!]));
  });

  test("predict counts what a run would find and compute, and leaves no trace", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const options = {
      model: MODEL,
      cachePath: path,
      modelsDirectory: NO_MODELS,
      startBackend: startMadeUpBackend,
      onWarning: () => {},
    };
    {
      await using embedder = createEmbedder(options);
      await embedder.predict(["a", "b", "a"]);
      expect(embedder.stats()).toEqual({ texts: 2, hits: 0, misses: 2, modelLoaded: false });
    }
    expect(await Bun.file(path).exists()).toBe(false);
    await embedMadeUp(path, ["a"]);
    await using embedder = createEmbedder(options);
    await embedder.predict(["a", "b"]);
    await embedder.predict(["b", "c"]);
    expect(embedder.stats()).toEqual({ texts: 3, hits: 1, misses: 2, modelLoaded: false });
    expect(cacheRows(path).length).toBe(1);
  });
});

describe("I2 The cache is invisible", () => {
  test("cold, warm, spoilt at random or missing, whatever the order and the number of workers: the same bits", async () => {
    using folder = new TempFolder().write({ file: "no folder" });
    const path = folder.join("c.sqlite");
    const cold = await embedOnce(path, TEXTS);
    const expected = bitsOf(cold.vectors);
    expect(cold.stats.misses).toBe(TEXTS.length);

    const warm = await embedOnce(path, TEXTS);
    expect(warm.stats.hits).toBe(TEXTS.length);
    expect(bitsOf(warm.vectors)).toEqual(expected);

    const without = await embedOnce(folder.join("file", "c.sqlite"), TEXTS, { workers: 1 });
    expect(bitsOf(without.vectors)).toEqual(expected);

    const backwards = await embedOnce(folder.join("d.sqlite"), TEXTS.toReversed(), { workers: 3 });
    expect(bitsOf(backwards.vectors).toReversed()).toEqual(expected);

    const recomputed = await embedOnce(path, TEXTS, { refresh: "recompute" });
    expect(recomputed.stats.misses).toBe(TEXTS.length);
    expect(bitsOf(recomputed.vectors)).toEqual(expected);
  });

  const other = Buffer.from(unitVector(5).buffer).toString("hex");
  const spoilings: Record<string, string> = {
    "is too short": "vector = substr(vector, 1, 1532)",
    "is too long": "vector = CAST(vector || x'00000000' AS BLOB)",
    "is empty": "vector = x''",
    "is missing": "vector = NULL",
    "is text": "vector = 'vector'",
    "is a number": "vector = 1",
    "has one byte changed": "vector = CAST(substr(vector, 1, 700) || x'3f' || substr(vector, 702) AS BLOB)",
    "has a value that is not a number": "vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB)",
    "has an infinite value": "vector = CAST(x'0000807f' || substr(vector, 5) AS BLOB)",
    "is all zeros": "vector = zeroblob(1536)",
    "is another text's":
      "vector = (SELECT vector FROM cache AS c WHERE c.key > cache.key ORDER BY c.key LIMIT 1)",
    "is another text's, together with its checksum":
      "(vector, checksum) = (SELECT vector, checksum FROM cache AS c WHERE c.key > cache.key ORDER BY c.key LIMIT 1)",
    "is of unit length but not what was stored": `vector = x'${other}'`,
    "has a wrong checksum": "checksum = checksum + 1",
    "has no checksum": "checksum = NULL",
    "has a checksum that is text": "checksum = 'checksum'",
  };

  const texts = ["left", "right", "above"];
  const intact = new TempFolder();
  let expected: string[];
  beforeAll(async () => {
    expected = bitsOf((await embedMadeUp(intact.join("c.sqlite"), texts)).vectors);
  });
  afterAll(() => intact[Symbol.dispose]());

  /** The rows without what legitimately changes when one is replaced. */
  const lasting = (path: string) => cacheRows(path).map(({ last_used, ...row }) => row);

  for (const [fault, change] of Object.entries(spoilings)) {
    test(`a row whose vector ${fault} is a miss, and is replaced`, async () => {
      using folder = new TempFolder();
      const path = folder.join("c.sqlite");
      copyFileSync(intact.join("c.sqlite"), path);
      alterCache(path, `UPDATE cache SET ${change} WHERE key = (SELECT min(key) FROM cache)`);
      const actual = await embedMadeUp(path, texts);
      expect(actual.stats).toEqual({ texts: 3, hits: 2, misses: 1, modelLoaded: true });
      expect(bitsOf(actual.vectors)).toEqual(expected);
      expect(lasting(path)).toEqual(lasting(intact.join("c.sqlite")));
      expect(actual.warnings).toEqual([]);
    });
  }

  test("any rows spoilt in any of these ways at once", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const cold = bitsOf((await embedMadeUp(path, TEXTS)).vectors);
    const rows = lasting(path);
    const random = seeded(19);
    for (let round = 0; round < 4; round++) {
      const spoilt = rows.filter(() => random.oneIn(3));
      alterCache(
        path,
        ...spoilt.map(
          ({ key }) => `UPDATE cache SET ${random.pick(Object.values(spoilings))} WHERE key = '${key}'`,
        ),
      );
      expect(bitsOf((await embedMadeUp(path, TEXTS)).vectors)).toEqual(cold);
      expect(lasting(path)).toEqual(rows);
    }
  });

  test("a vector with a right checksum that is not of unit length is a miss as well", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const expected = await embedMadeUp(path, ["left"]);
    const key = cacheRows(path)[0]!.key;
    for (const scale of [0, 0.99, 1.01, Number.NaN, Number.POSITIVE_INFINITY]) {
      const bytes = new Uint8Array(unitVector(1).map((value) => value * scale).buffer);
      const checksum = Bun.hash.crc32(bytes, Number.parseInt(key.slice(0, 8), 16));
      alterCache(path, `UPDATE cache SET vector = x'${bytes.toHex()}', checksum = ${checksum}`);
      const actual = await embedMadeUp(path, ["left"]);
      expect(actual.stats.misses).toBe(1);
      expect(bitsOf(actual.vectors)).toEqual(bitsOf(expected.vectors));
    }
  });
});

describe("I3 A full hit loads no model", () => {
  const forbid = ["--preload", join(import.meta.dir, "../../helpers/forbid-inference.ts")];

  test("neither the runtime nor the tokenizer is imported nor a worker started, and one miss shows that they would be", async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    await embedOnce(cachePath, ["a", "b"]);
    const hits = startEmbedChild({ cachePath, texts: ["b", "a", "b"] }, forbid);
    const outcome = JSON.parse(await new Response(hits.stdout).text());
    expect(await hits.exited).toBe(0);
    expect(outcome.stats).toEqual({ texts: 2, hits: 2, misses: 0, modelLoaded: false });

    const miss = startEmbedChild({ cachePath, texts: ["a", "c"] }, forbid);
    expect(await miss.exited).not.toBe(0);
    expect(await new Response(miss.stderr).text()).toMatch(/was imported|was started/);
  });
});

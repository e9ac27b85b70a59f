/** What becomes of an embedder's work that is interrupted, fails, or is another model's. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import type { InferenceBackend } from "../../../src/embedding/inference/backend.ts";
import { findModel, type Model } from "../../../src/project/models.ts";
import { AmalfaError } from "../../../src/system/errors.ts";
import { startEmbedChild } from "../../helpers/embed-child.ts";
import { TEXTS } from "../../helpers/embedder-texts.ts";
import { bitsOf, cacheRows, embedOnce, MODEL, NO_MODELS, unitVector } from "../../helpers/embedding.ts";
import { randomParagraph, seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

// Inference takes long where much else goes on.
setDefaultTimeout(300_000);

describe("Interruption", () => {
  test("an abort keeps what is finished, and the next run goes on from there", async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    const controller = new AbortController();
    let computed = 0;
    {
      await using embedder = createEmbedder({
        model: MODEL,
        cachePath,
        modelsDirectory: NO_MODELS,
        onWarning: () => {},
      });
      const run = embedder.embedMany(TEXTS, {
        signal: controller.signal,
        onProgress: (done) => {
          computed = done.computed;
          if (computed === 5) controller.abort();
        },
      });
      const error = await run.then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(AmalfaError);
      expect(error).toMatchObject({ code: "interrupted", exit: 130 });
    }
    expect(computed).toBeGreaterThanOrEqual(5);
    expect(computed).toBeLessThan(TEXTS.length);
    expect(cacheRows(cachePath).length).toBe(computed);
    const next = await embedOnce(cachePath, TEXTS);
    expect(next.stats).toMatchObject({ hits: computed, misses: TEXTS.length - computed });
  });

  test("a signal that is aborted already stops before anything is looked at", async () => {
    using folder = new TempFolder();
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: folder.join("c.sqlite"),
      modelsDirectory: NO_MODELS,
      onWarning: () => {},
    });
    const run = embedder.embedMany(["a"], { signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    expect(embedder.stats().texts).toBe(0);
  });

  test("a process that is killed loses no more than the last 256 vectors", async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    const texts = Array.from({ length: 2_000 }, (_, index) => `${index}`);
    const child = startEmbedChild({ cachePath, texts, report: "progress" });
    let computed = 0;
    let output = "";
    for await (const piece of child.stdout) {
      output += new TextDecoder().decode(piece);
      computed = Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1));
      if (computed >= 300) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    expect(cacheRows(cachePath).length).toBeGreaterThanOrEqual(computed - 256);
    expect(cacheRows(cachePath).length).toBeGreaterThan(0);
  });
});

describe("Failures of inference", () => {
  /** A window that the model itself does not have: the runtime throws on the first text that uses it. */
  const tooWide: Model = { ...MODEL, id: `${MODEL.id}-too-wide`, maxTokens: 600 };

  test("a worker that fails is an error with a code, keeps what was finished, and the next call works", async () => {
    using folder = new TempFolder();
    const cachePath = folder.join("c.sqlite");
    await using embedder = createEmbedder({
      model: tooWide,
      cachePath,
      modelsDirectory: NO_MODELS,
      workers: 1,
      onWarning: () => {},
    });
    const run = embedder.embedMany(["short", "word ".repeat(590)]);
    expect(await run.catch((error) => error.code)).toBe("embedding.worker");
    expect(cacheRows(cachePath).length).toBe(1);
    expect((await embedder.embedMany(["short", "another"])).length).toBe(2);
    expect(embedder.stats().modelLoaded).toBe(true);
  });

  test("closing while texts are under way ends their call instead of leaving it to wait", async () => {
    using folder = new TempFolder();
    const embedder = createEmbedder({
      model: MODEL,
      cachePath: folder.join("c.sqlite"),
      modelsDirectory: NO_MODELS,
      workers: 1,
      onWarning: () => {},
    });
    let closing: Promise<void> | undefined;
    let finished = 0;
    const run = embedder.embedMany(
      Array.from({ length: 300 }, (_, index) => `text ${index}`),
      {
        onProgress: ({ computed }) => {
          finished = computed;
          if (computed > 0) closing ??= embedder.close();
        },
      },
    );
    expect(await run.catch((error) => error.code)).toBe("embedding.worker");
    await closing;
    expect(cacheRows(folder.join("c.sqlite")).length).toBe(finished);
  });

  test("missing and damaged files of a model are named, and the next call tries again", async () => {
    using folder = new TempFolder();
    const absent: Model = { ...MODEL, directory: "no-such-model" };
    const options = { cachePath: folder.join("c.sqlite"), modelsDirectory: folder.path, onWarning: () => {} };
    {
      await using embedder = createEmbedder({ ...options, model: absent });
      for (let call = 0; call < 2; call++) {
        const error = await embedder.embed("a").catch((thrown) => thrown);
        expect(error).toMatchObject({ code: "model.missing" });
        expect(error.message).toContain(folder.path);
      }
      expect(embedder.stats().modelLoaded).toBe(false);
    }
    folder.write(
      Object.fromEntries(Object.values(MODEL.files).map((file) => [`no-such-model/${file.path}`, "damaged"])),
    );
    await using embedder = createEmbedder({ ...options, model: absent });
    const error = await embedder.embed("a").catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "model.damaged" });
    expect(error.message).toContain(folder.join("no-such-model"));
  });
});

describe("I9 No vector under another model's key", () => {
  test("another model makes other vectors under other keys, and neither run spoils the other's", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const short = findModel("all-MiniLM-L6-v2-128")!;
    const text = randomParagraph(seeded(11)).repeat(10);
    const wide = await embedOnce(path, [text]);
    const narrow = await embedOnce(path, [text], { model: short });
    expect(narrow.stats.misses).toBe(1);
    expect(bitsOf(narrow.vectors)).not.toEqual(bitsOf(wide.vectors));
    const again = await embedOnce(path, [text]);
    expect(again.stats.hits).toBe(1);
    expect(bitsOf(again.vectors)).toEqual(bitsOf(wide.vectors));
    expect(
      cacheRows(path)
        .map((row) => row.model)
        .toSorted(),
    ).toEqual([MODEL.id, short.id].toSorted());
  });

  test("a backend that answers with another model is refused, and nothing of it is stored", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    const stranger: InferenceBackend = {
      modelLoaded: false,
      embed: async ({ texts, onVector }) => {
        for (const index of texts.keys())
          onVector({ index, vector: unitVector(index), modelId: "another-model" });
      },
      close: async () => {},
    };
    const run = embedOnce(path, ["a", "b"], { startBackend: async () => stranger });
    expect(await run.catch((error) => error.code)).toBe("embedding.model");
    expect(cacheRows(path)).toEqual([]);
  });
});

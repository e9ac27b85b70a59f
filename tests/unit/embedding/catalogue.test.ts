import { describe, expect, test } from "bun:test";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { DEFAULT_MODEL_NAME, findModel, MODELS, modelNames } from "../../../src/project/models.ts";

describe("The model catalogue", () => {
  test("has the default model first and finds every model by its name", () => {
    expect(modelNames()[0]).toBe(DEFAULT_MODEL_NAME);
    expect(modelNames().map((name) => findModel(name)?.name)).toEqual([...modelNames()]);
    expect(findModel("no-such-model")).toBeUndefined();
  });

  test("no model id is a suffix of another one", () => {
    for (const model of MODELS) {
      for (const other of MODELS) {
        if (model !== other) expect(model.id.endsWith(other.id)).toBe(false);
      }
    }
  });

  test("ids end in digests of one length, all different, so that no later model can break that", () => {
    const digests = MODELS.map(({ id }) => id.match(/:([0-9a-f]{16})$/)?.[1]);
    expect(digests).not.toContain(undefined);
    expect(new Set(digests).size).toBe(MODELS.length);
  });

  test("an id names what shapes the vector", () => {
    const model = findModel(DEFAULT_MODEL_NAME)!;
    for (const part of [model.name, model.files.onnx.sha256.slice(0, 12), "int8", "mean", "l2", "256"]) {
      expect(model.id).toContain(part);
    }
    expect(findModel("all-MiniLM-L6-v2-128")?.maxTokens).toBe(128);
  });

  test("keys are different for every pair of text and model, even where texts end in model ids", () => {
    const ends = ["", ...MODELS.flatMap(({ id }) => [id, id.slice(1), id.slice(0, -1), id.slice(-17)])];
    const texts = ends.flatMap((end) => [end, `text${end}`, `text ${end}`, end + end]);
    const distinct = new Set(texts);
    const keys = new Set([...distinct].flatMap((text) => MODELS.map(({ id }) => cacheKey(text, id))));
    expect(keys.size).toBe(distinct.size * MODELS.length);
  });
});

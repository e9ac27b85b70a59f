import { afterEach, describe, expect, test } from "bun:test";
import { CATALOGUE, catalogueEntry } from "../../../src/project/model-catalogue.ts";
import { canonicalModelName, findModel, findModelById, requireModel } from "../../../src/project/models.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { tinyModel } from "../../helpers/tiny-model.ts";

const before = process.env.AMALFA_MODELS;
afterEach(() => {
  if (before === undefined) delete process.env.AMALFA_MODELS;
  else process.env.AMALFA_MODELS = before;
});

function withModels(): TempFolder {
  const folder = new TempFolder();
  process.env.AMALFA_MODELS = folder.path;
  return folder;
}

function record(name: string, more: object = {}): string {
  const { files, quantisation, pooling, prefixes, dimensions, maxTokens } = tinyModel();
  const traits = { quantisation, pooling, prefixes, dimensions, maxTokens };
  return JSON.stringify({ version: 1, name, files, ...traits, ...more });
}

describe("names of models", () => {
  test.each([
    ["Xenova/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"],
    ["sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"],
    ["all-minilm-l6-v2", "all-MiniLM-L6-v2"],
    ["fast-bge-small-en-v1.5", "bge-small-en-v1.5"],
    ["BAAI/bge-small-en-v1.5", "bge-small-en-v1.5"],
    ["bge-small", "bge-small-en-v1.5"],
    ["thenlper/gte-small", "gte-small"],
    ["Xenova/gte-small", "gte-small"],
    ["intfloat/multilingual-e5-small", "multilingual-e5-small"],
    ["Snowflake/snowflake-arctic-embed-xs", "snowflake-arctic-embed-xs"],
    ["arctic-embed-xs", "snowflake-arctic-embed-xs"],
  ])("%s is %s", (written, name) => {
    expect(catalogueEntry(written)?.name).toBe(name);
  });

  test.each(["bge-m3", "somebody/gte-small", "gte", "", "../gte-small", "small"])("%j is none", (written) => {
    expect(catalogueEntry(written)).toBeUndefined();
    expect(() => requireModel(written)).toThrow(expect.objectContaining({ code: "config.invalid", exit: 2 }));
  });

  test("no name or alias means two models", () => {
    const all = CATALOGUE.flatMap(({ name, aliases }) => [name.toLowerCase(), ...aliases]);
    expect(new Set(all).size).toBe(all.length);
    for (const { name, aliases } of CATALOGUE)
      for (const each of [name, ...aliases]) expect(catalogueEntry(each)?.name).toBe(name);
  });
});

describe("a model that has to be fetched", () => {
  test("is named with what to do before its files are there", () => {
    using _ = withModels();
    expect(findModel("gte-small")).toBeUndefined();
    expect(() => requireModel("Xenova/gte-small")).toThrow(
      expect.objectContaining({
        code: "model.missing",
        hint: expect.stringMatching(/models pull gte-small.*models use all-MiniLM-L6-v2/),
      }),
    );
  });

  test("is there by its record, and runs as the catalogue says, whatever the record says", () => {
    using folder = withModels();
    folder.write({ "bge-small-en-v1.5/amalfa-model.json": record("bge-small-en-v1.5", { pooling: "mean" }) });
    const model = requireModel("bge-small");
    expect(model).toMatchObject({ pooling: "cls", dimensions: 384, maxTokens: 512 });
    expect(model.prefixes.query).toStartWith("Represent this sentence");
    expect(findModelById(model.id)).toEqual(model);
    expect(canonicalModelName("bge-small")).toBe("bge-small-en-v1.5");
  });

  test("may be one of the user's own, by its name", () => {
    using folder = withModels();
    folder.write({ "mine/amalfa-model.json": record("mine") });
    expect(findModel("mine")).toMatchObject({ name: "mine", dimensions: 32 });
    expect(findModelById(findModel("mine")!.id)?.name).toBe("mine");
  });

  test.each([
    ["another name", record("other")],
    ["a path that leads out", record("mine").replace("tokenizer.json", "../tokenizer.json")],
    ["no digest", record("mine").replace(/[0-9a-f]{64}/, "0")],
    ["a pooling that does not exist", record("mine", { pooling: "max" })],
    ["no dimensions", record("mine", { dimensions: 0 })],
    ["a number format with a separator", record("mine", { quantisation: "int8:cls" })],
    ["no JSON", "{"],
  ])("is none with a record of %s", (_, content) => {
    using folder = withModels();
    folder.write({ "mine/amalfa-model.json": content });
    expect(findModel("mine")).toBeUndefined();
  });

  test("lies in no folder whose name depends on the working directory", () => {
    process.env.AMALFA_MODELS = "models";
    expect(() => findModel("gte-small")).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

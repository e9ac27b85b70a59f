/** A folder of models in which its user keeps models of his own: only what amalfa put there is replaced or removed. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import type { ErrorDocument } from "../helpers/amalfa.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { tinyModelFiles } from "../helpers/tiny-model.ts";
import { DESCRIPTION, modelFolder, useTinyModels } from "../helpers/tiny-models.ts";

setDefaultTimeout(300_000);
const { added, amalfa, amalfaJson, models } = useTinyModels();

const OWN = "the work of weeks";

/** Expects that a command refuses, says where and why, and changes nothing among the models. */
async function refuses(args: string[], ...said: (string | RegExp)[]): Promise<void> {
  const before = treeOf(models());
  const { status, document } = await amalfaJson<ErrorDocument>(...args);
  expect([document.error.code, status]).toEqual(["model.others", 1]);
  for (const each of said) expect(document.error.message).toMatch(each);
  expect(document.error.hint).toContain("Nothing was changed.");
  expect(treeOf(models())).toEqual(before);
}

function treeOf(folder: TempFolder): string[] {
  return (readdirSync(folder.path, { recursive: true }) as string[]).sort().map((path) => {
    const isFile = lstatSync(folder.join(path)).isFile();
    return `${path} ${isFile ? Bun.hash(readFileSync(folder.join(path))) : ""}`;
  });
}

describe("a folder that amalfa never made", () => {
  test("is neither replaced nor removed", async () => {
    models().write({ "tuned/finetuned.bin": OWN, "gte-small/w.gguf": OWN });
    using source = modelFolder();
    await refuses(
      ["models", "add", source.path, "--name", "tuned"],
      models().join("tuned"),
      /amalfa-model.json/,
    );
    await refuses(["models", "remove", "tuned"], models().join("tuned"));
    await refuses(["models", "remove", "gte-small", "--force"], models().join("gte-small"));
    // No hub is asked for what cannot be put in its place.
    await refuses(["models", "pull", "gte-small"], models().join("gte-small"));
    expect((await amalfa("models", "add", source.path, "--name", "other")).status).toBe(0);
    expect(readFileSync(models().join("tuned/finetuned.bin"), "utf8")).toBe(OWN);
  });

  test("is none where only folders are left of a removal that was killed after it had removed the record", async () => {
    const old = models().join(".amalfa-incoming/.tiny.old");
    mkdirSync(`${old}/onnx`, { recursive: true });
    await added();
    expect(existsSync(models().join(".amalfa-incoming"))).toBe(false);
    models().write({ ".amalfa-incoming/.tiny.old/onnx/w.gguf": OWN });
    await refuses(["models", "remove", "tiny"], old);
  });

  test("is not one of amalfa's for a description of a model, or the record of another one, in it", async () => {
    await added();
    const record = readFileSync(models().join("tiny/amalfa-model.json"), "utf8");
    models().write({
      "mine/amalfa-model.json": JSON.stringify(DESCRIPTION),
      "twin/amalfa-model.json": record,
    });
    for (const name of ["mine", "twin"]) await refuses(["models", "remove", name], models().join(name));
  });

  test("stays where a link of a model's name leads to it, and so does the link", async () => {
    using elsewhere = new TempFolder().write({ "weights.bin": OWN });
    symlinkSync(elsewhere.path, models().join("linked"));
    models().write({ plain: OWN });
    using source = modelFolder();
    for (const name of ["linked", "plain"]) {
      await refuses(["models", "add", source.path, "--name", name], /symbolic link|a file/);
      await refuses(["models", "remove", name]);
    }
    expect(readFileSync(elsewhere.join("weights.bin"), "utf8")).toBe(OWN);
  });

  test("is shown as somebody's own, which is nothing wrong with the models", async () => {
    await added();
    models().write({ "llama-70b/w.gguf": OWN });
    const all = await amalfa("models", "verify");
    expect([all.status, all.stdout]).toEqual([0, expect.stringMatching(/llama-70b[\s\S]*somebody's own/)]);
    expect(all.stdout).not.toContain("--force");
    const asked = await amalfaJson<{ models: { state: string; command: string | null }[] }>(
      "models",
      "verify",
      "llama-70b",
    );
    expect(asked.status).toBe(1);
    expect(asked.document.models).toMatchObject([{ state: "unknown", command: null }]);
    expect((await amalfa("models", "list")).stdout).not.toContain("llama-70b");
  });
});

describe("a model that amalfa put there", () => {
  test("is kept with what its user has put beside it, which is named", async () => {
    await added();
    models().write({ "tiny/checkpoints/step-9000.bin": OWN, "tiny/onnx/README.md": OWN });
    using source = modelFolder(DESCRIPTION, { seed: 2 });
    await refuses(["models", "remove", "tiny"], "checkpoints/", "onnx/README.md");
    await refuses(["models", "add", source.path, "--name", "tiny"], "checkpoints/", "onnx/README.md");
  });

  test("is replaced and removed whole where nothing else lies in it, damaged or not", async () => {
    await added();
    models().write({ "tiny/tokenizer.json": "{}" });
    await added(DESCRIPTION, { seed: 2 });
    expect((await amalfa("models", "verify")).status).toBe(0);
    expect((await amalfa("models", "remove", "tiny")).status).toBe(0);
    expect(readdirSync(models().path)).toEqual([]);
  });
});

describe("a source", () => {
  test("among the models, or that holds or is their folder, is not taken in, by whatever way it is named", async () => {
    const files = { ...tinyModelFiles(), "amalfa-model.json": JSON.stringify(DESCRIPTION), "mine.bin": OWN };
    models().write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`mine/${path}`, text])));
    models().write(files);
    using elsewhere = new TempFolder();
    symlinkSync(models().join("mine"), elsewhere.join("link"));
    await refuses(["models", "add", models().join("mine")], "lies in the folder of models");
    await refuses(["models", "add", models().join("mine"), "--name", "other"], "lies in");
    await refuses(["models", "add", elsewhere.join("link"), "--name", "other"], "lies in");
    await refuses(["models", "add", models().path, "--name", "other"], "is the folder of models");
    using outer = new TempFolder().write(files).write({ "inner/mine.bin": OWN });
    process.env.AMALFA_MODELS = outer.join("inner");
    const { document } = await amalfaJson<ErrorDocument>("models", "add", outer.path, "--name", "other");
    expect(document.error.code).toBe("model.others");
    expect(existsSync(outer.join("inner/mine.bin"))).toBe(true);
  });

  test("is prepared in a folder of amalfa's own, and never through a link", async () => {
    using elsewhere = new TempFolder().write({ "tiny/weights.bin": OWN });
    models().write({ ".incoming/tiny/weights.bin": OWN });
    await added();
    expect(readFileSync(models().join(".incoming/tiny/weights.bin"), "utf8")).toBe(OWN);
    symlinkSync(elsewhere.path, models().join(".amalfa-incoming"));
    using source = modelFolder();
    const { document } = await amalfaJson<ErrorDocument>("models", "add", source.path, "--name", "tiny");
    expect(document.error.code).toBe("model.folder");
    expect(readFileSync(elsewhere.join("tiny/weights.bin"), "utf8")).toBe(OWN);
  });
});

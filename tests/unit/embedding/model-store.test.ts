import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { locateModel, verifyModel } from "../../../src/embedding/model/files.ts";
import type { Model } from "../../../src/project/models.ts";
import { MODEL, NO_MODELS } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const ROOT = join(import.meta.dir, "../../..");
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("The model store", () => {
  test("finds the default model's files, which are the ones that the catalogue pins", async () => {
    const paths = locateModel(MODEL, NO_MODELS);
    expect(sha256(paths.onnx)).toBe(MODEL.files.onnx.sha256);
    expect(sha256(paths.tokenizer)).toBe(MODEL.files.tokenizer.sha256);
    expect(sha256(paths.tokenizerConfig)).toBe(MODEL.files.tokenizerConfig.sha256);
    verifyModel(MODEL, paths);
  });

  test("finds them from any working directory", async () => {
    using folder = new TempFolder();
    const source = JSON.stringify(join(ROOT, "src"));
    const script = `
      const { findModel } = await import(${source} + "/project/models.ts");
      const { locateModel } = await import(${source} + "/embedding/model/files.ts");
      console.log(locateModel(findModel("${MODEL.name}"), "models").onnx);`;
    const child = Bun.spawn([process.execPath, "-e", script], { cwd: folder.path, stdout: "pipe" });
    expect((await new Response(child.stdout).text()).trim()).toBe(locateModel(MODEL, NO_MODELS).onnx);
  });

  test("looks into the project's models directory last, and names every place when there is nothing", () => {
    using folder = new TempFolder();
    const own: Model = { ...MODEL, directory: "own" };
    expect(() => locateModel(own, folder.path)).toThrow(folder.join("own"));
    const files = Object.values(MODEL.files).map(({ path }) => [`own/${path}`, "content"] as const);
    folder.write(Object.fromEntries(files.slice(1)));
    expect(() => locateModel(own, folder.path)).toThrow(folder.join("own"));
    // Without the weights documents can still be cut.
    const weights = Object.keys(MODEL.files).indexOf("onnx");
    folder.write(Object.fromEntries(files.filter((_, place) => place !== weights)));
    expect(() => locateModel(own, folder.path)).toThrow(folder.join("own"));
    expect(locateModel(own, folder.path, ["tokenizer", "tokenizerConfig"]).directory).toBe(
      folder.join("own"),
    );
    folder.write(Object.fromEntries(files));
    expect(locateModel(own, folder.path).directory).toBe(folder.join("own"));
  });

  test("a file with another digest is damaged, each time it is looked at", async () => {
    using folder = new TempFolder();
    const own: Model = { ...MODEL, directory: "own" };
    folder.write(
      Object.fromEntries(Object.values(MODEL.files).map(({ path }) => [`own/${path}`, "content"])),
    );
    for (let look = 0; look < 2; look++) {
      const verify = () => verifyModel(own, locateModel(own, folder.path));
      expect(verify).toThrow(
        expect.objectContaining({
          code: "model.damaged",
          message: expect.stringContaining(folder.join("own")),
          hint: expect.any(String),
        }),
      );
    }
  });
});

describe("scripts/bundle-model.ts", () => {
  test("copies exactly the pinned files, and a project can use them as they are", async () => {
    using folder = new TempFolder();
    const child = Bun.spawn(
      [process.execPath, join(ROOT, "scripts/bundle-model.ts"), folder.join("models")],
      {
        cwd: folder.path,
        stdout: "ignore",
      },
    );
    expect(await child.exited).toBe(0);
    const copied = readdirSync(folder.join("models"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => sha256(join(entry.parentPath, entry.name)));
    const pinned = Object.values(MODEL.files).map((file) => file.sha256);
    expect(copied.toSorted()).toEqual(pinned.toSorted());
    for (const file of Object.values(MODEL.files)) {
      expect(sha256(folder.join("models", MODEL.directory, file.path))).toBe(file.sha256);
    }
  });
});

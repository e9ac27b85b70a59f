import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import {
  locateModel,
  noteModel,
  type Verification,
  verifyModel,
} from "../../../src/embedding/model/files.ts";
import type { Model, ModelFile } from "../../../src/project/models.ts";
import { MODEL } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const CONTENT = "weights";
const sha256 = new Bun.CryptoHasher("sha256").update(CONTENT).digest("hex");
const files = Object.fromEntries(
  Object.entries(MODEL.files).map(([name, { path }]) => [name, { path, sha256 } as ModelFile]),
) as unknown as Model["files"];
const OWN: Model = { ...MODEL, directory: "own", files };

let folder: TempFolder;
const before = process.env.XDG_CACHE_HOME;

/** A model's files, changed long enough ago. */
beforeEach(() => {
  folder = new TempFolder();
  folder.write(Object.fromEntries(Object.values(files).map(({ path }) => [`models/own/${path}`, CONTENT])));
  process.env.XDG_CACHE_HOME = folder.join("cache");
  setSystemTime(new Date(Date.now() + 60_000));
});

afterEach(() => {
  setSystemTime();
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  folder[Symbol.dispose]();
});

const LIST = "cache/amalfa/model-digests.json";
const weights = () => folder.join("models/own", files.onnx.path);
const verify = (how: Verification) => verifyModel(OWN, locateModel(OWN, folder.join("models")), how);

/** The list says that the weights, as they lie there now, are what the catalogue names; whether they are or not. */
function noteFalsely(): void {
  noteModel(OWN, folder.join("models"));
  const list = JSON.parse(readFileSync(folder.join(LIST), "utf8"));
  writeFileSync(weights(), "WEIGHTS");
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(weights(), { bigint: true });
  list.files[weights()].stamp = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  writeFileSync(folder.join(LIST), JSON.stringify(list));
}

/** Another process, which has proved nothing yet, looks at the weights. */
function lookElsewhere(how: Verification): string {
  const script = `
    const { verifyFile } = await import(${JSON.stringify(new URL("../../../src/embedding/model/files.ts", import.meta.url).href)});
    const { setSystemTime } = await import("bun:test");
    setSystemTime(new Date(Date.now() + 60_000));
    try { verifyFile(${JSON.stringify(weights())}, { sha256: "${sha256}" }, "${how}"); console.log("proved"); }
    catch (error) { console.log(error.code); }`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env: { ...process.env } });
  return stdout.toString().trim();
}

describe("Digests of model files", () => {
  test("are noted in the user's cache folder, readable for the user alone, and the file is not read again", () => {
    noteFalsely();
    expect(statSync(folder.join(LIST)).mode & 0o777).toBe(0o600);
    expect(lookElsewhere("looking")).toBe("proved");
  });

  test("are proved again where that is asked for", () => {
    noteFalsely();
    expect(lookElsewhere("reading")).toBe("model.damaged");
  });

  test("do not hold for a file that was changed, even to the same size and time", () => {
    noteModel(OWN, folder.join("models"));
    const { atime, mtime } = statSync(weights());
    writeFileSync(weights(), "WEIGHTS");
    utimesSync(weights(), atime, mtime);
    expect(lookElsewhere("looking")).toBe("model.damaged");
  });

  test("are not noted by whoever only looks", () => {
    verify("looking");
    expect(existsSync(folder.join(LIST))).toBe(false);
  });

  test("are not noted of a file that was changed a moment ago", () => {
    setSystemTime();
    noteModel(OWN, folder.join("models"));
    expect(existsSync(folder.join(LIST))).toBe(false);
  });

  test.each(["", "{", "[]", '{"version":1,"files":null}', '{"version":2,"files":{}}'])(
    "are read from the file where the list is %p",
    (list) => {
      folder.write({ [LIST]: list });
      chmodSync(folder.join(LIST), 0o600);
      writeFileSync(weights(), "WEIGHTS");
      expect(lookElsewhere("looking")).toBe("model.damaged");
    },
  );

  test("are not taken from a list that others may write", () => {
    noteFalsely();
    chmodSync(folder.join(LIST), 0o666);
    expect(lookElsewhere("looking")).toBe("model.damaged");
  });

  test("are no obstacle where nothing can be noted", () => {
    folder.write({ cache: "a file" });
    noteModel(OWN, folder.join("models"));
    expect(lookElsewhere("remembering")).toBe("proved");
  });
});

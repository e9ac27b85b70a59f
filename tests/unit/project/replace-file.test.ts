import { expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { AmalfaError } from "../../../src/system/errors.ts";
import { readSnapshot, replaceFile } from "../../../src/system/files/replace.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test.each([
  ["a file", (place: string) => writeFileSync(place, "a file now")],
  ["a link", (place: string) => symlinkSync("other", place)],
  ["a link to itself", (place: string) => symlinkSync("notes", place)],
  ["nothing", () => {}],
])("a file was changed by another program where there is %s in the place of its folder", (_, put) => {
  using folder = new TempFolder().write({ "notes/one.md": "one\n", "other/one.md": "another's\n" });
  const snapshot = readSnapshot(folder.join("notes/one.md"));
  rmSync(folder.join("notes"), { recursive: true });
  put(folder.join("notes"));
  expect(() => replaceFile(snapshot, Buffer.from("two\n"))).toThrow(
    expect.objectContaining({ code: "file.changed" }),
  );
  expect(readFileSync(folder.join("other/one.md"), "utf8")).toBe("another's\n");
});

test("a scratch folder that does not do is done without", () => {
  using folder = new TempFolder();
  folder.write({ "notes/one.md": "0\n", file: "" });
  const scratches = [undefined, "missing", "file", "notes"].map((name) => name && folder.join(name));
  for (const [place, scratch] of [...scratches, "/proc"].entries()) {
    replaceFile(readSnapshot(folder.join("notes/one.md")), Buffer.from(`${place + 1}\n`), scratch);
    expect(readFileSync(folder.join("notes/one.md"), "utf8")).toBe(`${place + 1}\n`);
    expect(readdirSync(folder.join("notes"))).toEqual(["one.md"]);
  }
});

/** Swaps of the folder that are tried; each is there for a millisecond. */
const SWAPS = 4_000;

test("a link that takes the place of a folder at any moment leads no content over another's file", async () => {
  using folder = new TempFolder().write({ "notes/one.md": "0\n", "treasure/one.md": "gold" });
  const path = folder.join("notes/one.md");
  const state = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(new URL("../../helpers/swap-folders.ts", import.meta.url).href);
  const ended = new Promise((resolve) => worker.addEventListener("close", resolve));
  const place = { path: folder.join("notes"), away: folder.join("away"), treasure: folder.join("treasure") };
  state[0] = 1;
  worker.postMessage({ state, places: [place] });
  let replaced = 0;
  // On a busy machine hardly a moment may be left between two swaps.
  while (Atomics.load(state, 2) < SWAPS || replaced === 0) {
    try {
      replaceFile(readSnapshot(path), Buffer.from(`${replaced + 1}\n`));
      replaced++;
    } catch (error) {
      if (error instanceof AmalfaError) expect(error.code).toBe("file.changed");
    }
    expect(readFileSync(folder.join("treasure/one.md"), "utf8")).toBe("gold");
  }
  Atomics.store(state, 0, 2);
  await ended;
  expect(readdirSync(folder.join("treasure"))).toEqual(["one.md"]);
  expect(existsSync(path) && !lstatSync(folder.join("notes")).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder.join("notes"))).toEqual(["one.md"]);
}, 600_000);

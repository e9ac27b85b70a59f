import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readSnapshot, replaceFile } from "../../../src/system/files/replace.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("a file that cannot be written is reported as such where the temporary file cannot be removed either", () => {
  using folder = new TempFolder();
  folder.write({ "notes/one.md": "one\n" });
  const snapshot = readSnapshot(folder.join("notes/one.md"));
  rmSync(folder.join("notes"), { recursive: true });
  writeFileSync(folder.join("notes"), "a file now");
  expect(() => replaceFile(snapshot, Buffer.from("two\n"))).toThrow(
    expect.objectContaining({ code: "file.unwritable" }),
  );
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

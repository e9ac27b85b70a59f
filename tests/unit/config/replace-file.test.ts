import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { readSnapshot, replaceFile } from "../../../src/config/replace-file.ts";
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

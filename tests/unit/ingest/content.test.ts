import { expect, test } from "bun:test";
import { statSync, utimesSync } from "node:fs";
import { readContent } from "../../../src/ingest/reading/content.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("of a file as young as its reading the time is kept, marked as one that is not trusted", () => {
  using folder = new TempFolder().write({ "a.md": "# A\n" });
  const path = folder.join("a.md");
  const stored = (age: number): number => {
    utimesSync(path, (Date.now() - age) / 1_000, (Date.now() - age) / 1_000);
    const { size, mtimeMs, ctimeMs, ino } = statSync(path);
    const file = { id: "a.md", path, access: "granted", size, mtimeMs, ctimeMs, inode: ino } as const;
    return readContent(file).storedMtimeMs + mtimeMs;
  };
  expect(stored(0)).toBe(0);
  // Its entry is young, whatever its time says.
  expect(stored(40 * 86_400_000)).toBe(0);
});

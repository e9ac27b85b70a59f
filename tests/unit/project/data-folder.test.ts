/** Folders in `.amalfa`, and of files that lie there. */
import { expect, test } from "bun:test";
import { existsSync, renameSync } from "node:fs";
import { openCacheToWrite } from "../../../src/embedding/cache/schema.ts";
import { openGraphToWrite } from "../../../src/graph/open.ts";
import { makeDataFolder, projectPaths } from "../../../src/project/paths.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const WRITERS = {
  "a folder in .amalfa": (root: string) => makeDataFolder(projectPaths(root), projectPaths(root).runtime),
  "the graph": (root: string) => openGraphToWrite(projectPaths(root).database).close(),
  "the vector cache": (root: string) => openCacheToWrite(projectPaths(root).vectorCache).close(),
};

test.each(Object.entries(WRITERS))("%s is made, and not where the project has been moved away", (_, make) => {
  using folder = new TempFolder().write({ "notes/one.md": "# One" });
  const root = folder.join("notes");
  make(root);
  expect(existsSync(projectPaths(root).data)).toBe(true);
  renameSync(root, folder.join("elsewhere"));
  expect(() => make(root)).toThrow(
    expect.objectContaining({ message: expect.stringContaining("was moved or deleted") }),
  );
  expect(existsSync(root)).toBe(false);
});

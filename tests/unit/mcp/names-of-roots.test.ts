import { expect, test } from "bun:test";
import { namesOfRoots } from "../../../src/mcp/http/names-of-roots.ts";

test("projects are called by their folders, and those of one name by what tells them apart", () => {
  const names = (...roots: string[]) => namesOfRoots(roots).map(({ name }) => name);
  expect(names("/home/ann/notes", "/home/ann/work")).toEqual(["notes", "work"]);
  expect(names("/home/ann/notes", "/home/bob/notes", "/srv/wiki")).toEqual([
    "ann/notes",
    "bob/notes",
    "wiki",
  ]);
  expect(names("/a/notes", "/b/a/notes", "/a/notes")).toEqual(["/a/notes", "b/a/notes"]);
  expect(names("/notes", "/a/notes", "/")).toEqual(["/notes", "a/notes", "/"]);
  expect(namesOfRoots([])).toEqual([]);
});

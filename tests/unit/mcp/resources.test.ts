import { describe, expect, test } from "bun:test";
import { listResources } from "../../../src/mcp/resources.ts";
import { WarmGraph } from "../../../src/mcp/warm-graph.ts";
import type { Project } from "../../../src/project/load.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { DEFAULT_SETTINGS } from "../../../src/project/settings.ts";
import { openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const idOf = (n: number): string => `docs/${String(n).padStart(3, "0")}.md`;

describe("the list of resources", () => {
  test("goes on behind a document, whatever comes and goes meanwhile, and refuses other cursors", () => {
    using folder = new TempFolder();
    const paths = projectPaths(folder.path);
    const project: Project = {
      root: folder.path,
      settings: DEFAULT_SETTINGS,
      settingsFile: undefined,
      paths,
      warnings: [],
    };
    using db = openFixtureGraph(paths.database);
    const documents = Array.from({ length: 450 }, (_, n) => ({ id: idOf(n), texts: [`passage ${n}`] }));
    writeFixture(db, documents);
    using graph = new WarmGraph(project);
    const list = (cursor?: string) => listResources({ graph }, cursor);
    const first = list();
    expect(first.resources.length).toBe(201);
    db.run(`DELETE FROM nodes WHERE id = '${idOf(3)}'`);
    const second = list(first.nextCursor);
    const third = list(second.nextCursor);
    expect(third.nextCursor).toBeUndefined();
    const names = [first, second, third].flatMap(({ resources }) => resources.map(({ name }) => name));
    expect(names).toEqual(["stats", ...documents.map(({ id }) => id)]);
    for (const cursor of ["", "x", Buffer.from("docs/005.md").toString("base64url"), "WyJhIiwxXQ"]) {
      expect(() => list(cursor)).toThrow("not a cursor that this server has returned");
    }
  });
});

import { describe, expect, test } from "bun:test";
import { WarmGraph } from "../../../src/mcp/warm-graph.ts";
import type { Project } from "../../../src/project/load.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { DEFAULT_SETTINGS } from "../../../src/project/settings.ts";
import { openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

function projectIn(folder: TempFolder): Project {
  const paths = projectPaths(folder.path);
  return { root: folder.path, settings: DEFAULT_SETTINGS, settingsFile: undefined, paths, warnings: [] };
}

function write(project: Project, text: string): void {
  using db = openFixtureGraph(project.paths.database);
  writeFixture(db, [{ id: `${text}.md`, texts: [text] }]);
}

describe("the graph of a server", () => {
  test("keeps its connection between calls, and lets go of it when idle", async () => {
    using folder = new TempFolder();
    const project = projectIn(folder);
    write(project, "a");
    using graph = new WarmGraph(project, 200);
    const first = graph.use((reader) => reader);
    expect(graph.use((reader) => reader)).toBe(first);
    await until(() => isClosed(() => first.db.query("SELECT 1").get()), { what: "the release" });
    expect(graph.use((reader) => reader)).not.toBe(first);
  });

  test("keeps more pages than the vectors of one search fill", () => {
    using folder = new TempFolder();
    const project = projectIn(folder);
    write(project, "a");
    using graph = new WarmGraph(project);
    const row = graph.use(({ db }) => db.query<{ cache_size: number }, []>("PRAGMA cache_size").get());
    // 500 vectors of 384 dimensions, two of which fit into a page.
    expect(-(row?.cache_size ?? 0)).toBeGreaterThan((3 * 500 * 4096) / 1024);
  });

  test("its state stays while the graph does, over idle times, and changes with it", async () => {
    using folder = new TempFolder();
    const project = projectIn(folder);
    write(project, "a");
    using graph = new WarmGraph(project, 1);
    const before = graph.state();
    const reader = graph.use((each) => each);
    await until(() => isClosed(() => reader.db.query("SELECT 1").get()), { what: "the release" });
    expect(graph.state()).toBe(before);
    write(project, "b");
    expect(graph.state()).not.toBe(before);
  });
});

function isClosed(query: () => unknown): boolean {
  try {
    query();
    return false;
  } catch {
    return true;
  }
}

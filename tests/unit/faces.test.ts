/** The faces of the folders: whoever imports one must not pay for what it may never use. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const SOURCE = join(import.meta.dir, "../../src");
const HEAVY = ["zod", "markdown-it", "yaml", "@modelcontextprotocol/server", "onnxruntime-node"];

/** Folders of the source, apart from the command line, which nobody imports. */
const folders = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => relative(SOURCE, entry.parentPath))
  .filter((folder) => folder !== "" && !/^cli(\/|$)/.test(folder));

describe("The face of a folder", () => {
  for (const folder of new Set(folders)) {
    test(`src/${folder} has one, and loading it loads nothing heavy`, () => {
      const face = join(SOURCE, folder, "index.ts");
      expect(existsSync(face)).toBe(true);
      expect(loadedPackages(face).filter((name) => HEAVY.includes(name))).toEqual([]);
    });
  }
});

test("what is heavy is noticed where it is loaded", () => {
  expect(loadedPackages(join(SOURCE, "project/schema.ts"))).toContain("zod");
});

test("declaring the commands, as --help does, loads nothing that only their runs need", () => {
  const layers = ["embedding", "graph", "ingest", "knowledge/freshness", "services/watcher", "mcp/tools"];
  const loaded = loadedSources("--help");
  expect(loaded).toContain("cli/commands/search.ts");
  expect(loaded.filter((path) => layers.some((layer) => path.startsWith(`${layer}/`)))).toEqual([]);
});

/** The files of the source that a command loads, by their paths below it. */
function loadedSources(...args: string[]): string[] {
  const program = `
    const { plugin } = await import("bun");
    const loaded = [];
    plugin({
      name: "note what is loaded",
      setup(build) {
        build.onLoad({ filter: /src.*\\.ts$/ }, async ({ path }) => {
          loaded.push(path);
          return { contents: await Bun.file(path).text(), loader: "ts" };
        });
      },
    });
    process.argv = [process.execPath, "amalfa", ...${JSON.stringify(args)}];
    process.on("exit", () => console.error(JSON.stringify(loaded)));
    await import(${JSON.stringify(join(SOURCE, "cli.ts"))});
  `;
  const { stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", program], {
    cwd: dirname(SOURCE),
    stdio: ["ignore", "ignore", "pipe"],
  });
  expect(exitCode).toBe(0);
  return (JSON.parse(stderr.toString()) as string[]).map((path) => relative(SOURCE, path));
}

/** The heavy packages that are loaded with a module, in a process of its own. */
function loadedPackages(module: string): string[] {
  const program = `
    const { plugin } = await import("bun");
    const loaded = new Set();
    plugin({
      name: "note what is loaded",
      setup(build) {
        build.onLoad({ filter: /node_modules/ }, ({ path }) => {
          loaded.add(/.*node_modules.((?:@[^/]+.)?[^/]+)/.exec(path)?.[1]);
          throw new Error("not needed");
        });
      },
    });
    await import(${JSON.stringify(module)}).catch(() => {});
    console.log(JSON.stringify([...loaded]));
  `;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", program], {
    cwd: dirname(SOURCE),
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(stderr.toString()).toBe("");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout.toString()) as string[];
}

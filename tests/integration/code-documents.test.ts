/** Code as documents, where sources name it. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { graphQuery } from "../helpers/notes.ts";
import { removeDatabase } from "../helpers/project-files.ts";
import { endServicesAfterwards, ServiceProject } from "../helpers/services.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

endServicesAfterwards();

const FILES = {
  "README.md": "# Harbour\n\nHow knots are tied: [the code](src/knots.ts).\n",
  "src/knots.ts": `/** Ties a bowline, which never jams. */
export function tieBowline(rope: string): string {
  return \`\${rope} loop\`;
}

/** Ties a clove hitch. */
export function tie_clove_hitch(rope: string): string {
  return \`\${rope} twice\`;
}

export class KnotBook {
  /** Opens it at a page. */
  openAtPage(page: number): number {
    return page;
  }
}
`,
  "src/tide.py":
    '"""Tides."""\n\n\ndef high_water(hour):\n    """Fifty minutes later each day."""\n    return hour\n',
  "src/notes.md": "# Notes\n\nBeside the code.\n",
};

function project(sources: readonly string[] = ["*.md", "src/**/*.{ts,py}"]): TempFolder {
  return new TempFolder().write({ ...FILES, "amalfa.settings.json": JSON.stringify({ sources }) });
}

interface Answer {
  readonly results: readonly { id: string; title: string; heading: string; lines: [number, number] }[];
}

const ROWS =
  "SELECT c.node, c.ordinal, c.heading, c.text, c.key, hex(v.vector) AS vector " +
  "FROM chunks c JOIN vectors v ON v.chunk = c.id ORDER BY c.node, c.ordinal";

describe("code as documents", () => {
  test("identifiers lead to the function, its comment and its lines; markdown links to it; nothing is written", async () => {
    using folder = project();
    const cwd = folder.path;
    const before = treeOf(folder.join("src"));
    const first = await init(folder);
    expect(first.document.documents).toMatchObject({ found: 3, added: 3, failed: [] });
    for (const [query, heading] of [
      ["tieBowline", "tieBowline"],
      ["tie_clove_hitch", "tie_clove_hitch"],
      ["openAtPage", "KnotBook > openAtPage"],
      ["high_water", "high_water"],
      ["rope that never jams", "tieBowline"],
    ] as const) {
      const { document } = await amalfaJson<Answer>(["search", query], { cwd });
      expect([query, document.results[0]?.heading]).toEqual([query, heading]);
    }
    const { document: explored } = await amalfaJson<{ outgoing: { id: string }[] }>(
      ["explore", "README.md"],
      { cwd },
    );
    expect(explored.outgoing.map(({ id }) => id)).toEqual(["src/knots.ts"]);
    const part = await amalfa(["read", "knots.ts:6-7"], { cwd });
    expect(part.stdout).toContain("/** Ties a clove hitch. */\nexport function tie_clove_hitch");
    // I1
    const tagged = await amalfaJson<ErrorDocument>(["inject-tags", "src/knots.ts", "knot"], { cwd });
    expect(tagged.document.error.code).toBe("path.not-markdown");
    expect((await amalfa(["validate"], { cwd })).status).toBe(0);
    await using server = await McpClient.connect(cwd);
    const read = await server.call("read_node_content", { id: "src/tide.py" });
    expect(read.body).toMatchObject({ id: "src/tide.py", title: "tide.py" });
    expect(treeOf(folder.join("src"))).toEqual(before);
  });

  test("one edited function costs one inference, and a moved file none", async () => {
    using folder = project();
    await init(folder);
    const path = folder.join("src/knots.ts");
    const edit = (from: string, to: string): void =>
      writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
    edit("twice", "three times around the post, and under itself");
    expect((await init(folder)).document.embedding).toMatchObject({ misses: 1 });
    edit("    return page;\n", "    if (page < 0) throw new RangeError();\n    return page;\n");
    expect((await init(folder)).document.embedding).toMatchObject({ misses: 1 });
    edit("/** Ties a bowline", "const unused = 1;\n\n/** Ties a bowline");
    expect((await init(folder)).document.embedding).toMatchObject({ misses: 1 });
    mkdirSync(folder.join("src/deep"));
    renameSync(path, folder.join("src/deep/ropes.ts"));
    const moved = await init(folder);
    expect(moved.document.documents).toMatchObject({ added: 1, removed: 1 });
    expect(moved.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
  });

  test("I2 gives the same rows afresh, rebuilt and after broken code was mended", async () => {
    using folder = project();
    const cwd = folder.path;
    await init(folder);
    const rows = graphQuery(folder, ROWS);
    const whole = readFileSync(folder.join("src/knots.ts"), "utf8");
    folder.write({ "src/knots.ts": whole.slice(0, 230) });
    const broken = await init(folder);
    expect(broken.document.documents).toMatchObject({ changed: 1, failed: [] });
    // What is complete of it is told apart all the same.
    const headings = graphQuery<{ heading: string }>(
      folder,
      "SELECT heading FROM chunks WHERE node = 'src/knots.ts'",
    );
    expect(headings.map(({ heading }) => heading)).toContain('["tieBowline"]');
    folder.write({ "src/knots.ts": whole });
    await init(folder);
    expect(graphQuery(folder, ROWS)).toEqual(rows);
    await amalfaJson(["rebuild", "--no-cache"], { cwd });
    expect(graphQuery(folder, ROWS)).toEqual(rows);
    removeDatabase(folder.join(".amalfa/resonance.db"));
    await init(folder);
    expect(graphQuery(folder, ROWS)).toEqual(rows);
    expect((await amalfa(["cache", "verify"], { cwd })).status).toBe(0);
  });

  test.each([
    ["a folder", ["."], ["README.md", "src/notes.md"]],
    ["a glob for everything", ["**"], ["README.md", "src/notes.md"]],
    ["a name of any extension", ["src/*.*"], ["src/notes.md"]],
    ["a file", ["src/tide.py"], ["src/tide.py"]],
    ["an extension", ["src/*.py"], ["src/tide.py"]],
    ["extensions in braces", ["./src/**/*.{ts,md}"], ["src/knots.ts", "src/notes.md"]],
    ["a class of characters", ["src/*.[jt]s"], ["src/knots.ts"]],
  ])("%s is a source", async (_what, sources, expected) => {
    using folder = project(sources);
    const { document } = await init(folder);
    expect(document.documents.failed).toEqual([]);
    expect(graphQuery(folder, "SELECT id FROM nodes ORDER BY id")).toEqual(expected.map((id) => ({ id })));
  });

  test(".gitignore and excludePatterns hold for code as well", async () => {
    using folder = project();
    folder.write({ ".gitignore": "*.py\n", "src/made.ts": "export const made = () => 1;\n" });
    folder.write({
      "amalfa.settings.json": '{ "sources": ["src/**/*.{ts,py}"], "excludePatterns": ["made.*"] }',
    });
    await init(folder);
    expect(graphQuery(folder, "SELECT id FROM nodes")).toEqual([{ id: "src/knots.ts" }]);
  });
});

test("the watcher brings in code where a source is for it", async () => {
  await using made = new ServiceProject();
  const settings = { sources: ["src/**/*.ts"], watch: { debounce: 50 }, search: { refresh: false } };
  made.folder.write({ ...FILES, "amalfa.settings.json": JSON.stringify(settings) });
  await made.start("watcher");
  const first = async (query: string): Promise<string | undefined> =>
    (await made.json<Answer>("search", query)).results[0]?.heading;
  await until(async () => (await first("tieBowline")) === "tieBowline", { what: "the first ingest" });
  made.folder.write({ "src/deep/sails.ts": "export function furlTheJib() {}\n" });
  await until(async () => (await first("furlTheJib")) === "furlTheJib", { what: "the new file" });
});

test("a project of markdown alone loads nothing of it", async () => {
  const program = (root: string): string => `
    const { plugin } = await import("bun");
    const loaded = [];
    plugin({
      name: "note what is loaded",
      setup(build) {
        build.onLoad({ filter: /web-tree-sitter|ingest.code/ }, async ({ path }) => {
          loaded.push(path);
          return { contents: await Bun.file(path).text(), loader: path.endsWith("ts") ? "ts" : "js" };
        });
      },
    });
    process.argv = [process.execPath, "amalfa", "--root", ${JSON.stringify(root)}, "init"];
    process.on("exit", () => console.error(JSON.stringify(loaded)));
    await import(${JSON.stringify(join(import.meta.dir, "../../src/cli.ts"))});
  `;
  const loadedBy = (...sources: string[]): string => {
    using folder = project(sources);
    const command = [process.execPath, "-e", program(folder.path)];
    const { stderr, exitCode } = Bun.spawnSync(command, { stderr: "pipe" });
    expect(exitCode).toBe(0);
    return stderr.toString();
  };
  expect(loadedBy("**/*.md")).not.toMatch(/tree-sitter|grammars|outline/);
  expect(loadedBy("src/*.ts")).toMatch(/tree-sitter/);
});

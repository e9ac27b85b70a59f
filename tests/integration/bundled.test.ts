/** The program as it is published: bundled, and without its sources. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram, PROGRAMS } from "../../scripts/bundle-program.ts";
import { loadCheck, loadChecks } from "../../src/maintenance/doctor/checks/index.ts";
import { NOTES } from "../helpers/notes.ts";
import { programCopy } from "../helpers/program-copy.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const SOURCE = join(import.meta.dir, "../../src");

let program: TempFolder;
let builtIn: string;
beforeAll(async () => {
  const built = programCopy([]);
  await bundleProgram(built.join("dist"));
  rmSync(built.join("src"), { recursive: true });
  // Nobody runs it where it was built: what it had kept of that place would be missing here.
  program = new TempFolder();
  renameSync(built.path, program.path);
  builtIn = built.path;
});
afterAll(() => program[Symbol.dispose]());

function run(folder: TempFolder, ...args: string[]) {
  const command = [process.execPath, program.join("bin/amalfa.js"), "--json", ...args];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: folder.path });
  const said = stderr.toString();
  try {
    return { status: exitCode, document: JSON.parse(stdout.toString()), said };
  } catch {
    throw new Error(`stdout is not one JSON document:\n${stdout}\n${said}`);
  }
}

test("does everything that has programs of its own: workers, checks, the watcher, a server", async () => {
  using folder = new TempFolder().write(NOTES);
  const made = run(folder, "init");
  expect(made).toMatchObject({ status: 0, document: { embedding: { modelLoaded: true } } });
  expect(run(folder, "search", "earth and rain", "--mode", "semantic")).toMatchObject({ status: 0 });
  expect(run(folder, "rebuild")).toMatchObject({ status: 0, document: { embedding: { misses: 0 } } });
  const { document } = run(folder, "doctor", "--deep");
  expect(document.checks.filter(({ status }: { status: string }) => status === "error")).toEqual([]);
  expect(document.summary.skipped).toBe(0);
  try {
    expect(run(folder, "watcher", "start")).toMatchObject({ status: 0 });
  } finally {
    expect(run(folder, "stop-all")).toMatchObject({ status: 0, document: { ok: true } });
  }
  const { document: setUp } = run(folder, "setup-mcp");
  expect(setUp.server.args).toContain(program.join("dist/src/cli.js"));
});

test("holds no path of the folder that it was built in, where anybody may put programs later", () => {
  const files = readdirSync(program.join("dist"), { recursive: true, encoding: "utf8" });
  const holding = files.filter(
    (name) => /\.jsc?$/.test(name) && readFileSync(program.join("dist", name)).includes(builtIn),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(holding).toEqual([]);
});

test("loads no part of which it uses nothing", () => {
  const parts = readdirSync(program.join("dist")).filter((name) => name.startsWith("chunk-"));
  const scripts = parts.filter((name) => name.endsWith(".js"));
  const loaded = scripts.flatMap((part) => {
    const text = readFileSync(program.join("dist", part), "utf8");
    const names = [...text.matchAll(/\bvar (\w+)=require\("\.\/chunk-/g)].map(([, name]) => name!);
    return names.map((name) => ({ part, name, isUsed: text.split(new RegExp(`\\b${name}\\b`)).length > 2 }));
  });
  expect(loaded.length).toBeGreaterThan(100);
  expect(loaded.filter(({ isUsed }) => !isUsed)).toEqual([]);
});

test("takes code apart, with grammars that lie beside it", () => {
  using folder = new TempFolder().write({
    "amalfa.settings.json": '{ "sources": ["*.{ts,py}"] }',
    "knots.ts": "/** Holds. */\nexport function tieBowline() {}\n",
    "tide.py": "def high_water():\n    pass\n",
  });
  expect(run(folder, "init")).toMatchObject({ status: 0, document: { documents: { added: 2, failed: [] } } });
  const { document } = run(folder, "search", "high_water");
  expect(document.results[0]).toMatchObject({ id: "tide.py", heading: "high_water" });
});

test("has bytecode beside what it loads, and translates the source where another Bun made it", () => {
  using folder = new TempFolder().write(NOTES);
  expect(run(folder, "init")).toMatchObject({ status: 0 });
  const found = () =>
    run(folder, "search", "earth and rain").document.results.map(({ id }: { id: string }) => id);
  const [before, files] = [found(), readdirSync(program.join("dist"))];
  const bytecode = files.filter((name) => name.endsWith(".jsc"));
  expect(bytecode.length).toBeGreaterThan(files.filter((name) => /^chunk-.*\.js$/.test(name)).length / 2);
  const kept = new Map(bytecode.map((name) => [name, readFileSync(program.join("dist", name))]));
  for (const [name, bytes] of kept) {
    // The build of the engine stands in its first bytes.
    writeFileSync(
      program.join("dist", name),
      bytes.map((byte, at) => (at < 4 ? byte ^ 0xff : byte)),
    );
  }
  expect(found()).toEqual(before);
  for (const name of bytecode) writeFileSync(program.join("dist", name), "");
  expect(found()).toEqual(before);
  for (const [name, bytes] of kept) writeFileSync(program.join("dist", name), bytes);
});

test("is left alone by a clone, which runs its sources", () => {
  using clone = programCopy([]).write({ "bun.lock": "", "dist/src/cli.js": "console.log('stale')" });
  const { stdout } = Bun.spawnSync([process.execPath, clone.join("bin/amalfa.js"), "--version"]);
  expect(stdout.toString()).toMatch(/^\d/);
});

test("knows the module of every check", async () => {
  for (const { id } of await loadChecks()) expect((await loadCheck(id)).id).toBe(id);
});

test("has an entry for every program that is started by its path, and for no other", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const started = files.flatMap((name) => {
    const text = readFileSync(join(SOURCE, name), "utf8");
    return [...text.matchAll(/programFile\("([^"]+)"\)/g)].map(([, path]) => path ?? "");
  });
  expect([...new Set(started)].sort()).toEqual([...PROGRAMS].sort());
  expect(started.every((path) => existsSync(join(SOURCE, "..", path)))).toBe(true);
});

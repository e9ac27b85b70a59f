/** I14: a folder is data. Whatever lies in it, nothing of it runs. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { bunFlags } from "../../bin/bun-flags.js";
import packageJson from "../../package.json" with { type: "json" };
import { discover } from "../../src/ingest/discovery/index.ts";
import { findProjectRoot, loadProject, MODELS } from "../../src/project/index.ts";
import { AmalfaError } from "../../src/system/index.ts";
import { CLI } from "../helpers/amalfa.ts";
import { repository } from "../helpers/git.ts";
import { makeHostile, WAYS } from "../helpers/hostile-folders.ts";
import { seeded } from "../helpers/random.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const BUN_FLAGS = bunFlags(join(import.meta.dir, "../../bin"));

setDefaultTimeout(300_000);

/** Each way stands in three of them. */
const FOLDERS = Number(process.env.AMALFA_HOSTILE_FOLDERS ?? 3 * Object.keys(WAYS).length);
const LAUNCHER = join(import.meta.dir, "../..", packageJson.bin.amalfa);
const NODE = Bun.which("node") ?? "";
const NAMES = Object.keys(WAYS);

const scratch = new TempFolder();
const traces = scratch.join("traces");
mkdirSync(traces);
/** Stands in for amalfa's entry point, at its very place in the installation, and resolves what that imports. */
const PROBE = join(import.meta.dir, "../helpers/probe.ts");
afterAll(() => scratch[Symbol.dispose]());

function hostileFolder(name: string, ways: readonly string[], seed: number, program = CLI): string {
  const path = scratch.join(name);
  makeHostile(path, ways, { traces, random: seeded(seed), program });
  return path;
}

/** What `npx` and the like put before the PATH: the programs of the folder's packages, and of those above it. */
function packagePrograms(folder: string): string[] {
  const above = dirname(folder);
  return [join(folder, "node_modules/.bin"), ...(above === folder ? [] : packagePrograms(above))];
}

/** Starts a command in a folder, with a PATH that begins there. */
async function runIn(cwd: string, command: readonly string[], stdin: "ignore" | Buffer = "ignore") {
  const child = Bun.spawn([...command], {
    cwd,
    env: {
      ...process.env,
      PATH: [".", ...packagePrograms(cwd), process.env.PATH].join(delimiter),
      XDG_STATE_HOME: scratch.join("state"),
      NO_COLOR: "1",
    },
    stdio: [stdin, "pipe", "pipe"],
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, status };
}

async function inBatches<Item>(items: readonly Item[], size: number, work: (item: Item) => Promise<void>) {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}

test("the folders are hostile: without what keeps them out, Bun runs code of theirs", async () => {
  for (const way of ["bunfig preload", "tsconfig paths", "packages in the place of amalfa's"]) {
    using own = new TempFolder();
    const folder = own.join("open");
    // As if the package had been installed without its dependencies.
    own.write({ "open/probe.ts": 'require("onnxruntime-node");', "traces/none": "" });
    makeHostile(folder, [way], { traces: own.join("traces"), random: seeded(1), program: PROBE });
    await runIn(folder, [process.execPath, way.startsWith("packages") ? "probe.ts" : PROBE]);
    expect({ way, traces: readdirSync(own.join("traces")) }).toEqual({ way, traces: ["none", "open"] });
  }
});

test(`of ${FOLDERS} hostile folders none runs anything, when Bun starts there and when its project is read`, async () => {
  const random = seeded(14);
  const folders = Array.from({ length: FOLDERS }, (_, at) => {
    const ways = [
      NAMES[at % NAMES.length]!,
      ...Array.from({ length: random.between(0, 3) }, () => random.pick(NAMES)),
    ];
    // Two ways may want the same name for a link and a file; then the first has it.
    const chosen = ways.filter((way, place) => ways.indexOf(way) === place);
    return makeOrLess(`folder-${at}`, chosen, at);
  });
  const expected = (await runIn(scratch.path, [process.execPath, ...BUN_FLAGS, PROBE])).stdout;
  expect(JSON.parse(expected)).toMatchObject({ env: {} });
  const started: string[] = [];
  await inBatches(folders, 4, async (folder) => {
    const { stdout, status } = await runIn(folder, [process.execPath, ...BUN_FLAGS, PROBE]);
    if (stdout !== expected || status !== 0) started.push(`${folder}: ${stdout}`);
  });
  expect(started).toEqual([]);
  const failures: string[] = [];
  for (const folder of folders) {
    try {
      const root = findProjectRoot({ cwd: folder });
      expect(root).toBe(folder);
      const { settings } = await loadProject({ root, cwd: folder, models: MODELS });
      discover({ root, sources: settings.sources, excludePatterns: settings.excludePatterns });
    } catch (error) {
      // What cannot be used is refused, as a defect it would be another error.
      if (!(error instanceof AmalfaError)) failures.push(`${folder}: ${String(error)}`);
    }
  }
  expect(failures).toEqual([]);
  expect(readdirSync(traces)).toEqual([]);
});

/** A folder with as many of the ways as go together. */
function makeOrLess(name: string, ways: readonly string[], seed: number): string {
  for (let count = ways.length; ; count--) {
    try {
      return hostileFolder(count === ways.length ? name : `${name}-${count}`, ways.slice(0, count), seed);
    } catch (error) {
      if (count <= 1) throw error;
    }
  }
}

describe("the command in a folder with", () => {
  for (const [at, way] of NAMES.entries()) {
    test(`${way} runs nothing of it`, async () => {
      const folder = hostileFolder(`command ${at}`, [way], at);
      // What lies in `.amalfa` is looked at by a command that needs it.
      const command = way.includes(".amalfa") ? ["init", "--wait", "0"] : ["list-sources"];
      const { stdout } = await runIn(folder, [NODE, LAUNCHER, ...command, "--json"]);
      const document = JSON.parse(stdout) as { ok: boolean; error?: { code: string } };
      if (way.startsWith("settings that are a program") || way === "consent that came along") {
        expect(document.error?.code).toBe("config.untrusted");
      } else expect(document.error?.code ?? "none").not.toBe("internal");
      expect(readdirSync(traces)).toEqual([]);
    });
  }
});

test("a project below a folder of packages runs none of their programs", async () => {
  const folder = hostileFolder("packages above", ["programs in the place of Bun"], 7);
  repository(folder);
  const root = join(folder, "notes");
  mkdirSync(join(root, ".amalfa"), { recursive: true });
  writeFileSync(join(root, "a.md"), "# A\n\nWords.\n");
  for (const command of [["validate", "--since", "HEAD"], ["prime"], ["doctor"], ["reset", "--yes"]]) {
    const { stdout } = await runIn(root, [NODE, LAUNCHER, ...command, "--json"]);
    expect({ command, answered: JSON.parse(stdout) as object, ran: readdirSync(traces) }).toEqual({
      command,
      answered: expect.any(Object),
      ran: [],
    });
  }
});

test("services write no log through a folder of logs that is a link", async () => {
  const folder = hostileFolder("logs elsewhere", [], 8);
  const elsewhere = scratch.join("not logs");
  mkdirSync(elsewhere);
  mkdirSync(join(folder, ".amalfa"));
  symlinkSync(elsewhere, join(folder, ".amalfa/logs"));
  for (const service of ["watcher", "vector", "server"]) {
    const { stdout } = await runIn(folder, [NODE, LAUNCHER, service, "start", "--json"]);
    expect({ service, answered: JSON.parse(stdout) as object }).toMatchObject({
      service,
      answered: { error: { code: "data.link" } },
    });
  }
  expect(readdirSync(elsewhere)).toEqual([]);
});

test("all commands in a folder that is hostile in every way that does not keep them from working", async () => {
  const harmless = NAMES.filter(
    (name) => !/settings|consent|pipes|\.amalfa|\.git that/.test(name) && !name.endsWith("link"),
  );
  const folder = hostileFolder("everything", harmless, 99);
  const ping = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const commands = [
    ["init", "--json"],
    ["search", "words", "--json"],
    ["stats", "--json"],
    ["doctor", "--deep", "--json"],
    ["validate", "--json"],
    ["rebuild", "--json"],
    ["watcher", "start", "--json"],
    ["vector", "start", "--json"],
    ["setup-mcp", "--json"],
    ["stop-all", "--json"],
    ["reset", "--yes", "--json"],
  ];
  try {
    for (const command of commands) {
      const { stdout } = await runIn(folder, [NODE, LAUNCHER, ...command]);
      expect({ command, answered: JSON.parse(stdout) as object }).toMatchObject({
        command,
        answered: expect.any(Object),
      });
      if (command[0] === "setup-mcp") {
        const { server } = JSON.parse(stdout) as { server: { command: string; args: string[] } };
        const served = await runIn(folder, [server.command, ...server.args], ping);
        expect(JSON.parse(served.stdout)).toMatchObject({ id: 1, result: {} });
      }
    }
  } finally {
    await runIn(folder, [NODE, LAUNCHER, "stop-all"]);
  }
  expect(readdirSync(traces)).toEqual([]);
});

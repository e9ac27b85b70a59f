/**
 * `.amalfa`, or a folder in it, is a link to somebody else's, from the beginning or since a moment ago: nothing is made,
 * changed or removed through it.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { runDoctor } from "../../src/maintenance/doctor/doctor.ts";
import { planQuarantine, quarantine } from "../../src/project/index.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { rotateLog } from "../../src/services/log.ts";
import { openToWrite } from "../../src/sqlite/open.ts";
import { createOwnFile, removeOwnFile, writeOwnFile } from "../../src/system/files/own-file.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { ingestInProcess } from "../helpers/ingest-in-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ready = useReadyNotes();

const LOG = ".amalfa/logs/watcher.log";
const STALE = ".amalfa/runtime/daemon.pid";

/** A project with something new, and beside it somebody else's that has all that the first one has. */
class Pair extends TempFolder {
  readonly root = this.join("project");
  readonly others = this.join("other");

  constructor() {
    super();
    for (const folder of [this.root, this.others]) {
      cpSync(ready.folder.path, folder, { recursive: true });
      for (const name of ["logs", "quarantine/then"])
        mkdirSync(`${folder}/.amalfa/${name}`, { recursive: true });
    }
    this.write({
      "project/new.md": "# New\n\nNot in the graph yet.\n",
      "other/gold.md": "# Gold\n\nIn the other graph.\n",
      "other/.amalfa/gold": "gold",
    });
  }

  /** Puts a link to what the other has under that name in its place. */
  link(name = ".amalfa"): void {
    renameSync(`${this.root}/${name}`, this.join("away"));
    symlinkSync(`${this.others}/${name}`, `${this.root}/${name}`);
  }

  /** All that the other has, but for what SQLite needs to read. */
  get treasure(): string[] {
    return treeOf(this.others).filter((line) => !/\.(?:db|sqlite)-(?:wal|shm) /.test(line));
  }
}

const COMMANDS = [
  ["init"],
  ["rebuild"],
  ["search", "compost"],
  ["read", "new.md"],
  ["cache", "clear", "--yes"],
  ["cache", "prune", "--max-size", "1"],
  ["inject-tags", "new.md", "fresh"],
  ["doctor", "--fix"],
];

test.each(COMMANDS)("%s %s leaves alone what .amalfa leads to", async (...args) => {
  using pair = new Pair();
  pair.write({ [`other/${STALE}`]: "99999999\n", [`other/${LOG}`]: "x\n".repeat(8_000_000) });
  pair.link();
  const before = pair.treasure;
  const { stderr } = await amalfa([...args, "--json"], { cwd: pair.root });
  expect(stderr).not.toContain("did not foresee");
  expect(pair.treasure).toEqual(before);
});

test.each([
  ["logs.size", "logs", { [LOG]: "x\n".repeat(8_000_000) }],
  ["pid.stale", "runtime", { [STALE]: "99999999\n" }],
  ["cache.open", "quarantine", { ".amalfa/cache/vector_cache.sqlite": "no database ".repeat(1000) }],
] as const)("the fix of %s follows no link that %s has become", async (check, name, files) => {
  using pair = new Pair();
  for (const [file, text] of Object.entries(files))
    pair.write({ [`project/${file}`]: text, [`other/${file}`]: text });
  const before = pair.treasure;
  const report = await runDoctor({
    root: pair.root,
    cwd: pair.root,
    mode: "repair",
    deep: false,
    checks: [check],
    onPlan: () => pair.link(`.amalfa/${name}`),
  });
  expect(report.checks.flatMap(({ findings }) => findings).length).toBeGreaterThan(0);
  expect(pair.treasure).toEqual(before);
});

const SWAPS = {
  "a link to it": (pair: Pair) => pair.link(),
  "it itself": (pair: Pair) => {
    renameSync(`${pair.root}/.amalfa`, pair.join("away"));
    cpSync(`${pair.others}/.amalfa`, `${pair.root}/.amalfa`, { recursive: true });
  },
  nothing: (pair: Pair) => renameSync(`${pair.root}/.amalfa`, pair.join("away")),
};

const INGESTS = (["init", "rebuild"] as const).flatMap((command) =>
  (["discover", "read", "link", "write"] as const).flatMap((phase) =>
    (Object.keys(SWAPS) as (keyof typeof SWAPS)[]).map((swap) => [command, phase, swap] as const),
  ),
);

test.each(INGESTS)(
  "%s does not say that it is done where in the phase %s .amalfa becomes that of somebody else, %s",
  async (command, phase, swap) => {
    using pair = new Pair();
    const before = pair.treasure;
    let isSwapped = false;
    const done = ingestInProcess(pair.root, command, (event) => {
      if (event.phase !== phase || isSwapped) return;
      isSwapped = true;
      SWAPS[swap](pair);
    });
    await expect(done).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:root\.replaced|data\.link)$/),
    });
    expect(isSwapped).toBe(true);
    expect(pair.treasure).toEqual(before);
  },
);

test("a database that is replaced by a link while it is looked at is not written to", () => {
  using pair = new Pair();
  const before = pair.treasure;
  const open = () => openToWrite(`${pair.root}/${GRAPH}`, { refuseOthers: () => pair.link() });
  expect(open).toThrow(expect.objectContaining({ code: "data.link" }));
  expect(pair.treasure).toEqual(before);
});

test("a database of somebody else that took the place of what was looked at keeps its journal mode", () => {
  using pair = new Pair();
  const refuseOthers = () => {
    throw new Error("not ours");
  };
  pair.write({ "project/places.sqlite": "" });
  expect(() => openToWrite(pair.join("project/places.sqlite"), { refuseOthers })).toThrow("not ours");
  expect(readFileSync(pair.join("project/places.sqlite"), "utf8")).toBe("");
});

test.each(["", "/runtime", "/logs", "/quarantine"])(
  "files of its own are not written where .amalfa%s is a link",
  (name) => {
    using pair = new Pair();
    pair.write({ [`other/.amalfa${name}/kept`]: "kept" });
    pair.link(`.amalfa${name}`);
    const paths = projectPaths(pair.root);
    const before = pair.treasure;
    const file = `${pair.root}/.amalfa${name}/kept`;
    const refused = expect.objectContaining({ code: "data.link" });
    expect(() => writeOwnFile(file, "x", { mode: 0o600 })).toThrow(refused);
    expect(() => createOwnFile(`${file}-new`, "x", { mode: 0o600 })).toThrow(refused);
    expect(() => removeOwnFile(file)).toThrow(refused);
    expect(() => rotateLog(file, 1)).toThrow(refused);
    expect(() => quarantine(planQuarantine(paths, [file], new Date()))).toThrow();
    expect(pair.treasure).toEqual(before);
    expect(existsSync(file)).toBe(true);
  },
);

test.each(["a file", "a named pipe"])(
  "a rebuild that needs the quarantine says that %s is in its place",
  async (kind) => {
    using pair = new Pair();
    pair.write({ [`project/${GRAPH}`]: "no database ".repeat(1000) });
    const place = `${pair.root}/.amalfa/quarantine`;
    renameSync(place, pair.join("away"));
    if (kind === "a file") pair.write({ "project/.amalfa/quarantine": "x" });
    else spawnSync("mkfifo", [place]);
    const { stdout } = await amalfa(["rebuild", "--json"], { cwd: pair.root });
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "file.unwritable",
      message: expect.stringContaining(`cannot be moved to ${place}`),
    });
    expect(readFileSync(`${pair.root}/${GRAPH}`, "utf8")).toStartWith("no database ");
  },
);

const OWN_FILES = [
  "resonance.db",
  "resonance.db-wal",
  "resonance.db.rebuilding",
  "cache/vector_cache.sqlite",
  "cache/vector_cache.sqlite.packs",
  "runtime/maintenance.lock",
  "runtime/maintenance.lock.holder",
  "runtime/daemon.pid",
  "logs/mcp.log",
];

test.each(OWN_FILES)(
  "I1: an empty note that a link in the place of %s leads to stays empty",
  async (name) => {
    using pair = new Pair();
    pair.write({ "project/empty.md": "" });
    const link = `${pair.root}/.amalfa/${name}`;
    rmSync(link, { force: true });
    symlinkSync(`${pair.root}/empty.md`, link);
    for (const args of [["init"], ["rebuild"], ["search", "compost"], ["doctor", "--fix"]]) {
      const { stderr } = await amalfa([...args, "--json"], { cwd: pair.root });
      expect({ args, stderr, holds: readFileSync(`${pair.root}/empty.md`, "utf8") }).toMatchObject({
        stderr: expect.not.stringContaining("did not foresee"),
        holds: "",
      });
    }
  },
);

test.each([GRAPH, ".amalfa/cache/vector_cache.sqlite"])(
  "a link in the place of %s leads to what is called as databases are, and is named where it does not",
  async (place) => {
    using pair = new Pair();
    const link = `${pair.root}/${place}`;
    const leadTo = (target: string): void => {
      rmSync(link);
      symlinkSync(`${pair.root}/${target}`, link);
    };
    pair.write({ "project/empty.md": "" });
    for (const target of ["empty.md", "missing.md"]) {
      leadTo(target);
      const refused = await amalfa(["init", "--json"], { cwd: pair.root });
      expect(refused.status).toBe(2);
      expect(JSON.parse(refused.stdout).error.message).toContain(`leads to "${pair.root}/${target}"`);
      const { stdout } = await amalfa(["doctor", "--check", "config.valid", "--json"], { cwd: pair.root });
      expect(JSON.parse(stdout).checks[0].findings[0].message).toContain(`leads to "${pair.root}/${target}"`);
      const opening = () => openToWrite(link);
      expect(opening).toThrow(expect.objectContaining({ code: "data.link" }));
      expect(existsSync(`${pair.root}/missing.md`)).toBe(false);
    }
    leadTo("elsewhere.db");
    expect((await amalfa(["init"], { cwd: pair.root })).status).toBe(0);
    expect(readFileSync(`${pair.root}/elsewhere.db`, "latin1")).toStartWith("SQLite format 3");
  },
);

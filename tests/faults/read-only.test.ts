/**
 * Where nothing may be written, what is there can be read: on a read-only file system and in a folder without
 * permission.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/index.ts";
import { CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { DOCTOR_ENV, disposeTemplate, fingerprint, healthyProject } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { inOwnMounts, mountOwn, remountReadOnly } from "../helpers/own-mounts.ts";
import { WITHOUT_OVERRIDE } from "../helpers/privileges.ts";
import { CACHE, GRAPH, removeLog } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TIMEOUT = 300_000;
const QUERY = "heap of compost";
const READERS = [
  ["search", QUERY],
  ["search", "--mode", "lexical", "compost"],
  ["stats"],
  ["read", "soil/compost.md"],
  ["explore", "soil/compost.md"],
  ["list-sources"],
  ["find-gaps"],
  ["eval"],
  ["cache", "stats"],
  ["init", "--dry-run"],
  ["rebuild", "--dry-run"],
] as const;

afterAll(disposeTemplate);

const READ_ONLY = "the file system is read-only";
const DENIED = "permission denied";

const computes = ([command, query]: readonly string[]): boolean => query === QUERY || command === "eval";

/** What a command says of a vector that it had to compute. */
const notKept = (project: TempFolder, reason: string): string =>
  `amalfa: The vector cache ${project.join(CACHE)} cannot be written (${reason}), so new vectors are not kept.\n`;

function run<Document = Record<string, unknown>>(command: readonly string[]) {
  const [program = "", ...args] = command;
  const env = { ...process.env, ...DOCTOR_ENV };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: "/", env, encoding: "utf8" });
  const document: Document = JSON.parse(stdout);
  return { status, document, stderr };
}

const amalfaAt = (root: string, args: readonly string[]) => [
  process.execPath,
  CLI,
  "--root",
  root,
  "--json",
  ...args,
];

/**
 * Where `project` is seen at `place` on a file system that is read-only, and nobody has left anything beside its
 * databases.
 */
function readOnlyAt(place: string, project: string): string {
  return `${mountOwn(place, "64m")}; cp -a '${project}/.' '${place}'
    rm -f '${place}'/.amalfa/*-wal '${place}'/.amalfa/*-shm '${place}'/.amalfa/cache/*-wal '${place}'/.amalfa/cache/*-shm
    ${remountReadOnly(place)}`;
}

describe("on a read-only file system", () => {
  test(
    "every command that reads answers from the graph as it lies there",
    async () => {
      using project = await healthyProject();
      using place = new TempFolder();
      const script = readOnlyAt(place.path, project.path);
      for (const args of READERS) {
        const there = run(inOwnMounts(script, amalfaAt(place.path, args)));
        expect({ args, status: there.status, ok: there.document.ok }).toEqual({ args, status: 0, ok: true });
        // That the vector of a new query is not kept.
        expect({ args, stderr: there.stderr }).toEqual({
          args,
          stderr: computes(args) ? notKept(place, READ_ONLY) : "",
        });
      }
      const found = run(inOwnMounts(script, amalfaAt(place.path, ["search", QUERY]))).document;
      const usual = run(amalfaAt(project.path, ["search", QUERY])).document;
      expect(found.results).toEqual(usual.results);
      const validated = run(inOwnMounts(script, amalfaAt(place.path, ["validate"])));
      const gate = run(amalfaAt(project.path, ["validate"])).document;
      expect(validated.document).toEqual({ ...gate, root: place.path });
    },
    TIMEOUT,
  );

  test(
    "so does the server, again and again",
    async () => {
      using project = await healthyProject();
      using place = new TempFolder();
      const script = readOnlyAt(place.path, project.path);
      await using client = await McpClient.connect(place.path, {}, (command) => inOwnMounts(script, command));
      for (let round = 0; round < 2; round++) {
        const { isError, body } = await client.call("search_documents", { query: QUERY });
        expect(isError).toBe(false);
        expect(JSON.stringify(body)).toContain("soil/compost.md");
      }
    },
    TIMEOUT,
  );

  test(
    "the doctor and the server say it in the same words, and not in SQLite's",
    async () => {
      using project = await healthyProject();
      using place = new TempFolder();
      const script = readOnlyAt(place.path, project.path);
      const { document } = run<DoctorReport>(inOwnMounts(script, amalfaAt(place.path, ["doctor"])));
      const said = JSON.stringify(document.checks);
      expect(said).toContain(READ_ONLY);
      expect(said).not.toMatch(/readonly database|unable to open/);
      const [program = "", ...args] = inOwnMounts(script, [
        process.execPath,
        CLI,
        "--root",
        place.path,
        "serve",
      ]);
      const { stderr } = spawnSync(program, args, { cwd: "/", input: "", encoding: "utf8" });
      expect(stderr).toContain(READ_ONLY);
      expect(stderr).not.toMatch(/EROFS|at fault/);
    },
    TIMEOUT,
  );

  test.each([["init"], ["rebuild"]])(
    "%s says what cannot be written, and what to do",
    async (command) => {
      using project = await healthyProject();
      using place = new TempFolder();
      const script = readOnlyAt(place.path, project.path);
      const { status, document, stderr } = run<ErrorDocument>(
        inOwnMounts(script, amalfaAt(place.path, [command])),
      );
      const { error } = document;
      expect({ status, code: error.code }).toEqual({ status: 1, code: "lock.unavailable" });
      expect(error.message).toBe(
        `${place.join(".amalfa/runtime")} cannot be written: the file system is read-only.`,
      );
      expect(error.hint).toContain("amalfa doctor --check layout.access");
      expect(stderr).not.toContain("    at ");
    },
    TIMEOUT,
  );
});

test(
  "an answer does not advise an init that cannot write either",
  async () => {
    using project = await healthyProject();
    writeFileSync(project.join("added.md"), "# Added\n");
    const runtime = project.join(".amalfa/runtime");
    const script = `mount --bind '${runtime}' '${runtime}'; ${remountReadOnly(runtime)}`;
    const args = amalfaAt(project.path, ["search", "--mode", "lexical", "compost"]);
    const { document } = run<{ freshness: { state: string; reason: string } }>(inOwnMounts(script, args));
    expect(document.freshness.state).toBe("behind");
    expect(document.freshness.reason).toStartWith("the graph cannot be written");
    expect(document.freshness.reason).not.toContain("amalfa init");
  },
  TIMEOUT,
);

test.each([
  { args: ["inject-tags", "soil/compost.md", "new"] },
  { args: ["setup-mcp", "--client", "claude-code", "--write"] },
  { args: ["watcher", "start"] },
])(
  "$args names the folder that nothing can be written in, and no other way to it",
  async ({ args }) => {
    using project = await healthyProject();
    using place = new TempFolder();
    const command = inOwnMounts(readOnlyAt(place.path, project.path), amalfaAt(place.path, args));
    const { error } = run<ErrorDocument>(command).document;
    expect(error.message).toContain(`the file system is read-only (${place.path}`);
    expect(error.message).not.toMatch(/\/proc\/|\.tmp|EROFS/);
    expect(error.hint).not.toContain("ermissions");
  },
  TIMEOUT,
);

test(
  "the vector cache is not emptied on a read-only file system, and that is said",
  async () => {
    using project = await healthyProject();
    using place = new TempFolder();
    const args = amalfaAt(place.path, ["cache", "clear", "--yes"]);
    for (const record of ["", ".packs"]) {
      if (record !== "") writeFileSync(project.join(CACHE + record), "");
      const script = readOnlyAt(place.path, project.path);
      const { status, document } = run<ErrorDocument>(inOwnMounts(script, args));
      expect({ status, code: document.error.code }).toEqual({ status: 1, code: "cache.unusable" });
    }
  },
  TIMEOUT,
);

describe("in folders without permission to write", () => {
  test(
    "every command that reads answers, and changes nothing",
    async () => {
      using project = await closedProject();
      const before = fingerprint(project.path);
      for (const args of READERS) {
        const { status, document, stderr } = run([...WITHOUT_OVERRIDE, ...amalfaAt(project.path, args)]);
        expect({ args, status, ok: document.ok }).toEqual({ args, status: 0, ok: true });
        expect({ args, stderr }).toEqual({ args, stderr: computes(args) ? notKept(project, DENIED) : "" });
      }
      expect(fingerprint(project.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test.each(["the folder", "the file", "the folder, before there is a cache"])(
    "a vector cache that may only be read is not at fault: %s",
    async (what) => {
      using project = await healthyProject();
      if (what !== "the folder, before there is a cache")
        expect(run(amalfaAt(project.path, ["search", QUERY])).status).toBe(0);
      removeLog(project.join(CACHE));
      if (what === "the folder, before there is a cache") rmSync(project.join(CACHE));
      const closed = project.join(what === "the file" ? CACHE : ".amalfa/cache");
      chmodSync(closed, what === "the file" ? 0o400 : 0o500);
      const search = (query: string): string =>
        run([...WITHOUT_OVERRIDE, ...amalfaAt(project.path, ["search", query])]).stderr;
      const known = search(QUERY);
      const asked = search("worms in a bucket");
      chmodSync(closed, 0o700);
      expect(known).toBe(what === "the folder, before there is a cache" ? notKept(project, DENIED) : "");
      expect(asked).toBe(notKept(project, DENIED));
    },
    TIMEOUT,
  );

  test(
    "the graph is not read without locks while another process may be writing to it",
    async () => {
      using project = await closedProject();
      await using _writer = await HelperProcess.run([
        "sh",
        "-c",
        'exec 3<>"$1"; echo ready; exec cat',
        "sh",
        project.join(GRAPH),
      ]);
      const search = [...WITHOUT_OVERRIDE, ...amalfaAt(project.path, ["search", "compost"])];
      const busy = run(search);
      expect(busy.status).toBe(1);
      expect(JSON.stringify(busy.document)).toContain("another process may be writing to it");
    },
    TIMEOUT,
  );

  test(
    "nor where its newest changes would be missing",
    async () => {
      using project = await healthyProject();
      const held = await HelperProcess.start("hold-database.ts", project.join(GRAPH), "crash");
      await held.child.exited;
      using copy = new TempFolder();
      cpSync(project.path, copy.path, { recursive: true });
      expect(existsSync(copy.join(`${GRAPH}-wal`))).toBe(true);
      spawnSync("rm", ["-f", copy.join(`${GRAPH}-shm`)]);
      chmodSync(copy.join(".amalfa"), 0o500);
      const { status, document } = run<ErrorDocument>([
        ...WITHOUT_OVERRIDE,
        ...amalfaAt(copy.path, ["stats"]),
      ]);
      chmodSync(copy.join(".amalfa"), 0o700);
      const { error } = document;
      expect({ status, code: error.code }).toEqual({ status: 1, code: "database.unusable" });
      expect(error.message).toContain("resonance.db-wal holds changes that are not folded in");
      expect(run(amalfaAt(copy.path, ["stats"])).status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "a lock that may only be read is held by nobody, and says so",
    async () => {
      using project = await healthyProject();
      const lock = project.join(".amalfa/runtime/maintenance.lock");
      writeFileSync(lock, "");
      chmodSync(lock, 0o400);
      const { status, document } = run<ErrorDocument>([
        ...WITHOUT_OVERRIDE,
        ...amalfaAt(project.path, ["init"]),
      ]);
      const { error } = document;
      expect({ status, code: error.code }).toEqual({ status: 1, code: "lock.unavailable" });
      expect(error.message).toContain("permission denied");
    },
    TIMEOUT,
  );
});

interface ClosedProject extends TempFolder {}

/** A project that is complete, and whose folders its owner may only read. */
async function closedProject(): Promise<ClosedProject> {
  const project = await healthyProject();
  for (const file of [GRAPH, CACHE]) removeLog(project.join(file));
  const folders = [".amalfa", ".amalfa/cache", ".amalfa/runtime"].map((folder) => project.join(folder));
  for (const folder of folders) chmodSync(folder, 0o500);
  const dispose = project[Symbol.dispose].bind(project);
  return Object.assign(project, {
    [Symbol.dispose]() {
      for (const folder of folders) chmodSync(folder, 0o700);
      dispose();
    },
  });
}

/** `amalfa reset`: what it says, deletes and keeps, and whom it stops. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { serviceCommand } from "../helpers/service-arguments.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";
import { refused, reset, usedProject } from "../helpers/used-project.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

describe("reset", () => {
  test(
    "deletes .amalfa and nothing else, and says what was in it",
    async () => {
      using folder = usedProject();
      const bytes = 30 + 7 + 1000 + 7 + 3;
      const plan = (await reset(folder, "--dry-run")).document;
      expect(plan).toMatchObject({ ok: true, dryRun: true, confirmedBy: "none", stopped: [], bytes });
      const gone = plan.entries.filter(({ madeAgain }) => madeAgain === null).map(({ path }) => path);
      expect(gone).toEqual([".amalfa/logs", ".amalfa/sessions"]);
      const { status, document } = await reset(folder, "--yes");
      expect(status).toBe(0);
      expect(document).toMatchObject({
        ok: true,
        dryRun: false,
        confirmedBy: "--yes",
        stopped: [],
        deleted: [{ path: ".amalfa", files: 6, bytes }],
        kept: ["amalfa.settings.json"],
        bytes,
      });
      expect(readdirSync(folder.path).sort()).toEqual(["amalfa.settings.json", "notes"]);
    },
    TIMEOUT,
  );

  test(
    "names what cannot be made again, with its size, before it asks",
    async () => {
      using folder = usedProject();
      folder.write({
        ".amalfa/agent/tasks/pending/one.md": "x".repeat(2048),
        ".amalfa/my notes.txt": "mine",
      });
      const { stdout } = await amalfa(["reset", "--dry-run"], { cwd: folder.path });
      const line = (name: string): string => stdout.split("\n").find((each) => each.includes(name)) ?? "";
      expect(line(".amalfa/agent")).toMatch(/1 file +2 KiB .*may be somebody's work +cannot be made again/);
      expect(line(".amalfa/my notes.txt")).toMatch(/4 bytes +not made by amalfa +cannot be made again/);
      expect(line(".amalfa/cache")).toMatch(/2 files .*is made again by computing every vector again/);
      const done = await amalfa(["reset", "--yes"], { cwd: folder.path });
      expect(done.stdout).toMatch(/With it went what cannot be made again: .*\.amalfa\/my notes\.txt/);
    },
    TIMEOUT,
  );

  test(
    "--dry-run changes nothing, and nothing happens without a terminal and without --yes",
    async () => {
      using folder = usedProject();
      const before = treeOf(folder.path);
      expect((await reset(folder, "--dry-run", "--strays", "--keep-cache")).status).toBe(0);
      const asked = await amalfaJson<ErrorDocument>(["reset"], { cwd: folder.path });
      expect(asked).toMatchObject({ status: 2, document: { error: { code: "reset.unconfirmed" } } });
      const { status, stdout, stderr } = await amalfa(["reset"], { cwd: folder.path });
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain("Nothing was changed");
      expect(treeOf(folder.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "--keep-cache keeps the vectors where the settings put them in .amalfa, and a reset deletes them as well",
    async () => {
      using folder = usedProject();
      folder.write({
        "amalfa.settings.json": '{ "cache": { "path": ".amalfa/mine/vectors.sqlite" } }',
        ".amalfa/mine/vectors.sqlite": "vectors",
      });
      const { document } = await reset(folder, "--yes", "--keep-cache");
      expect(document.kept).toEqual(["amalfa.settings.json", ".amalfa/cache", ".amalfa/mine"]);
      expect(readdirSync(folder.join(".amalfa")).sort()).toEqual(["cache", "mine"]);
      rmSync(folder.join(".amalfa/cache"), { recursive: true });
      const all = await reset(folder, "--yes");
      expect(all.document.entries).toMatchObject([{ path: ".amalfa/mine", madeAgain: expect.any(String) }]);
      expect(existsSync(folder.join(".amalfa"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "--keep-cache keeps the vectors, so that the next init computes none",
    async () => {
      using folder = new TempFolder().write({ "a.md": "# A\n\nSomething to embed.\n" });
      const init = async (): Promise<IngestDocument> =>
        (await amalfaJson<IngestDocument>(["init"], { cwd: folder.path })).document;
      expect((await init()).embedding.misses).toBe(1);
      const { document } = await reset(folder, "--yes", "--keep-cache");
      expect(document.deleted.map(({ path }) => path)).toEqual([".amalfa/resonance.db", ".amalfa/runtime"]);
      expect(document.kept).toEqual([".amalfa/cache"]);
      expect(readdirSync(folder.join(".amalfa")).sort()).toEqual([".gitignore", "cache"]);
      expect(await init()).toMatchObject({ documents: { added: 1 }, embedding: { hits: 1, misses: 0 } });
    },
    TIMEOUT,
  );

  test(
    "a project without .amalfa has nothing to delete",
    async () => {
      using folder = new TempFolder().write({ "a.md": "# A\n" });
      const { status, document } = await reset(folder, "--yes");
      expect(status).toBe(0);
      expect(document).toMatchObject({ confirmedBy: "none", deleted: [], bytes: 0 });
      expect(readdirSync(folder.path)).toEqual(["a.md"]);
    },
    TIMEOUT,
  );

  test(
    "neither a damaged database nor settings that cannot be read are in the way",
    async () => {
      using folder = usedProject();
      folder.write({ "amalfa.settings.json": "{ nonsense" });
      const { status, stderr } = await reset(folder, "--yes");
      expect(status).toBe(0);
      expect(stderr).toContain("amalfa.settings.json");
      expect(existsSync(folder.join(".amalfa"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "a database and a cache outside .amalfa are kept and named",
    async () => {
      using folder = usedProject();
      using elsewhere = new TempFolder().write({ "vectors.sqlite": "vectors" });
      const settings = { database: "data/graph.db", cache: { path: elsewhere.join("vectors.sqlite") } };
      folder.write({ "amalfa.settings.json": JSON.stringify(settings), "data/graph.db": "graph" });
      const { document } = await reset(folder, "--yes");
      expect(document.kept).toEqual([
        "amalfa.settings.json",
        "data/graph.db",
        elsewhere.join("vectors.sqlite"),
      ]);
      expect(existsSync(folder.join("data/graph.db"))).toBe(true);
      expect(existsSync(elsewhere.join("vectors.sqlite"))).toBe(true);
    },
    TIMEOUT,
  );

  test(
    "what earlier versions left beside .amalfa goes with --strays only",
    async () => {
      using folder = usedProject();
      const strays = [".amalfa-pre-flight.log", ".mcp.crash.log", "local_cache/fast-bge-small-en-v1.5"];
      folder.write({
        ".amalfa-pre-flight.log": "old",
        ".mcp.crash.log": "old",
        "local_cache/fast-bge-small-en-v1.5/model_optimized.onnx": "weights",
        "local_cache/mine.txt": "mine",
      });
      const kept = (await reset(folder, "--yes")).document;
      expect(kept.kept).toEqual(["amalfa.settings.json", ...strays]);
      const { document } = await reset(folder, "--yes", "--strays");
      expect(document.deleted.map(({ path }) => path)).toEqual(strays);
      expect(readdirSync(folder.path).sort()).toEqual(["amalfa.settings.json", "local_cache", "notes"]);
      expect(readdirSync(folder.join("local_cache"))).toEqual(["mine.txt"]);
    },
    TIMEOUT,
  );

  test(
    "what an interrupted reset has left is finished by the next one",
    async () => {
      using folder = usedProject();
      renameSync(folder.join(".amalfa"), folder.join(".amalfa.deleting-0123abcd"));
      folder.write({ ".amalfa.deleting-mine/a.txt": "not made by reset" });
      const search = await amalfaJson<ErrorDocument>(["search", "note"], { cwd: folder.path });
      expect(search.document.error.code).toBe("database.missing");
      const rebuild = await amalfa(["rebuild", "--dry-run"], { cwd: folder.path });
      expect(rebuild.stderr).toContain("a reset was interrupted and left .amalfa.deleting-0123abcd;");
      const { document } = await reset(folder, "--yes");
      expect(document.deleted).toEqual([{ path: ".amalfa.deleting-0123abcd", files: 6, bytes: 1047 }]);
      expect(existsSync(folder.join(".amalfa.deleting-0123abcd"))).toBe(false);
      expect(existsSync(folder.join(".amalfa.deleting-mine/a.txt"))).toBe(true);
    },
    TIMEOUT,
  );
});

describe("I6 No signal to a stranger", () => {
  test(
    "a service of the project is stopped and waited for; a stranger whose PID is in a PID file is not",
    async () => {
      using folder = usedProject();
      using stranger = spawned(["sleep", "600"]);
      folder.write({ ".amalfa/runtime/vector-daemon.pid": `${stranger.pid}\n` });
      using service = spawned(serviceCommand("registered-service", folder.path));
      await until(() => existsSync(folder.join(".amalfa/runtime/daemon.pid")));
      const plan = (await reset(folder, "--dry-run")).document;
      expect(plan.stopped).toEqual([{ service: "watcher", pid: service.pid }]);
      const { status, document } = await reset(folder, "--yes");
      expect(status).toBe(0);
      expect(document.stopped).toEqual([{ service: "watcher", pid: service.pid }]);
      expect(await service.exited).toBe(143);
      expect(stranger.exitCode).toBeNull();
      expect(existsSync(folder.join(".amalfa"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "where it cannot be told whose a process is, nothing is signalled and nothing deleted",
    async () => {
      using folder = usedProject();
      using unknown = spawned([process.execPath, "-e", "setInterval(() => {}, 60_000)", "amalfa"]);
      folder.write({ ".amalfa/runtime/mcp.pid": `${unknown.pid}\n` });
      const error = await refused(folder, "--wait", "0");
      expect(error).toMatchObject({ status: 4, code: "reset.busy" });
      expect(error.message).toContain(String(unknown.pid));
      expect(unknown.exitCode).toBeNull();
      expect(statSync(folder.join(".amalfa/resonance.db")).size).toBe(30);
    },
    TIMEOUT,
  );
});

/** A process that is ended with the test. */
function spawned(command: readonly string[]): Bun.Subprocess & Disposable {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  return Object.assign(child, { [Symbol.dispose]: () => child.kill("SIGKILL") });
}

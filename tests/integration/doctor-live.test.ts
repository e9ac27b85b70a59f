/**
 * `doctor --fix` among everything that runs: a watcher, a vector daemon, an MCP server and a writer notice nothing of
 * it.
 *
 * AMALFA_DOCTOR_ROUNDS sets how many times it runs.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from "node:fs";
import { isHeldRange, readLocks } from "../../src/system/process/file-locks.ts";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const ROUNDS = Number(process.env.AMALFA_DOCTOR_ROUNDS ?? 3);
/** The system chooses the port of the vector daemon, so that tests do not meet each other. */
const ENV = { VECTOR_PORT: "0" };

afterAll(disposeTemplate);

interface ServiceList {
  readonly services: readonly {
    readonly service: string;
    readonly state: string;
    readonly pid: number | null;
    readonly startedAt: string | null;
  }[];
}

test(
  `${ROUNDS} repairs under load: no service notices, no write fails, no lock is lost, no log is unlinked`,
  async () => {
    using project = await healthyProject();
    const database = project.join(".amalfa/resonance.db");
    const options = { cwd: project.path, env: ENV };
    for (const service of ["watcher", "vector"]) {
      const { status, document } = await amalfaJson<ErrorDocument>([service, "start"], options);
      expect({ status, document }).toMatchObject({ status: 0 });
    }
    try {
      await using mcp = await McpClient.connect(project.path, ENV);
      await using writer = await HelperProcess.start("write-load.ts", database);
      const services = await running(options);
      expect(services.map(({ service }) => service)).toEqual(["mcp", "vector", "watcher"]);
      const files = ["", "-wal", "-shm"].map((suffix) => inodeOf(database + suffix));
      await mcp.call("search_documents", { query: "compost heap" });
      expect(usersOf(database, [writer.pid])).toEqual([writer.pid]);
      let fixed = 0;
      let folded = 0;
      for (let round = 0; round < ROUNDS; round++) {
        project.write({
          ".amalfa/runtime/sonar.pid": "",
          [`round-${round}.md`]: `# Round ${round}\n\nWritten while the doctor was at work.\n`,
        });
        const { report } = await doctor(project, ["--fix"], ENV);
        expect(checkOf(report, "pid.stale").findings).toMatchObject([{ fixed: true }]);
        // Words come first: a document that has just been taken in may wait for its vector.
        for (const { subject } of checkOf(report, "graph.vectors").findings)
          expect(subject).toBe("pending vectors");
        const expected = ["graph.drift", "graph.vectors", "db.wal", "db.lock"];
        expect(troubled(report).filter((id) => !expected.includes(id))).toEqual([]);
        fixed += report.summary.fixed;
        folded += checkOf(report, "db.wal").findings.filter((finding) => finding.fixed).length;
        expect(["", "-wal", "-shm"].map((suffix) => inodeOf(database + suffix))).toEqual(files);
        // A server that was asked nothing for a while lets go of the file; the writer never does.
        expect(usersOf(database, [writer.pid])).toEqual([writer.pid]);
        const found = await mcp.call("search_documents", { query: "compost heap" });
        expect(found.isError).toBe(false);
      }
      expect(fixed).toBeGreaterThanOrEqual(ROUNDS);
      process.stderr.write(`${ROUNDS} rounds, ${fixed} findings mended, the log folded in ${folded} times\n`);
      expect(await running(options)).toEqual(services);
      for (const { pid } of services) expect(deletedFiles(pid ?? 0)).toEqual([]);
      const load = await finish(writer);
      expect(load.failures).toEqual([]);
      expect(load.rows).toBe(load.writes);
      await until(async () => (await doctor(project, ["--check", "graph.drift"], ENV)).report.ok, {
        what: "the watcher taking in the last document",
      });
      await doctor(project, ["--fix"], ENV);
      expect(troubled((await doctor(project, ["--deep"], ENV)).report)).toEqual([]);
    } finally {
      await amalfa(["stop-all"], options);
    }
  },
  300_000 + ROUNDS * 30_000,
);

async function running(options: { cwd: string; env: Readonly<Record<string, string>> }) {
  const { document } = await amalfaJson<ServiceList>(["servers"], options);
  return document.services
    .filter(({ state }) => state === "running")
    .map(({ service, pid, startedAt }) => ({ service, pid, startedAt }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

function inodeOf(path: string): number {
  return statSync(path).ino;
}

/**
 * Database files that a process has open and that are no longer in the file system. Linux shows them; elsewhere the
 * inodes above tell.
 */
function deletedFiles(pid: number): string[] {
  if (process.platform !== "linux") return [];
  const folder = `/proc/${pid}/fd`;
  const open = readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch {
      return [];
    }
  });
  const mapped = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return [...open, ...mapped].filter((path) => path.includes(".amalfa") && path.endsWith("(deleted)"));
}

async function finish(writer: HelperProcess): Promise<{ writes: number; rows: number; failures: string[] }> {
  writer.child.stdin.end();
  return JSON.parse(await writer.rest()) as { writes: number; rows: number; failures: string[] };
}

/** Which of the processes hold SQLite's lock that says "this database is in use", as Linux tells. */
function usersOf(database: string, pids: readonly number[]): number[] {
  if (process.platform !== "linux") return [...pids];
  const inode = String(inodeOf(`${database}-shm`));
  const locks = readLocks().filter((lock) => isHeldRange(lock) && lock.inode === inode);
  return pids.filter((pid) => locks.some((lock) => lock.pid === pid));
}

test("a service of a project that was moved is said to be that, and a restart makes it serve the new folder", async () => {
  using project = await healthyProject();
  using other = new TempFolder();
  const moved = { cwd: other.join("moved"), env: ENV };
  const started = await amalfa(["vector", "start", "--json"], { cwd: project.path, env: ENV });
  expect(started.status).toBe(0);
  try {
    // It cannot notice.
    process.kill(JSON.parse(started.stdout).pid, "SIGSTOP");
    renameSync(project.path, moved.cwd);
    mkdirSync(project.path);
    const health = async () => checkOf((await doctor({ path: moved.cwd }, [], ENV)).report, "service.health");
    const [finding] = (await health()).findings;
    expect(finding?.message).toContain(`was started while the project lay in ${project.path}`);
    expect(finding?.commands).toEqual(["amalfa vector restart"]);
    expect((await amalfa(["vector", "restart"], moved)).status).toBe(0);
    expect((await health()).findings).toEqual([]);
  } finally {
    await amalfa(["stop-all"], moved);
  }
}, 300_000);

/** What a command would wait for without end: named pipes, checks whose doctor is gone, a check without time. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type DoctorOptions, type DoctorReport, runDoctor } from "../../src/maintenance/doctor/doctor.ts";
import { amalfaJson, startAmalfa } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { useIngestedProjects } from "../helpers/ingested-project.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const projects = useIngestedProjects();

const PIPES = [
  "resonance.db",
  "resonance.db-journal",
  "resonance.db-wal",
  "resonance.db-shm",
  "cache/vector_cache.sqlite",
  "cache/vector_cache.sqlite-journal",
  "cache/vector_cache.sqlite-wal",
  "runtime/maintenance.lock",
  "runtime/maintenance.lock-journal",
  "runtime/maintenance.lock.holder",
  "runtime/pid-files.lock",
  "runtime/daemon.pid",
  "runtime/daemon.pid.lock",
  "runtime/nonce",
  "logs/watcher.log",
];

describe("a named pipe in the place of", () => {
  test.each(PIPES)("%s is named by the doctor, moved by its fix, and waited for by nobody", async (name) => {
    using project = projects.make();
    const path = join(project.paths.data, name);
    mkdirSync(project.paths.logs, { recursive: true });
    rmSync(path, { force: true });
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const commands = [["init"], ["watcher", "start", "--wait", "20"], ["stop-all"], ["doctor"]];
    const ends = commands.map((args) => ({ args, ...project.run(...args) }));
    expect(ends.filter(({ status }) => status === null)).toEqual([]);
    expect(ends.filter(({ text }) => text.includes("did not foresee"))).toEqual([]);
    // What an ingest makes anew by itself, such as a PID file, is gone by then.
    if (existsSync(path)) {
      const doctor = ends.at(-1);
      if (spawnSync("test", ["-p", path]).status === 0) expect(doctor?.text).toContain(basename(path));
      expect(project.run("doctor", "--fix").status).not.toBeNull();
    }
    expect(project.run("rebuild")).toMatchObject({ status: 0 });
    expect(project.run("search", "turtle", "--mode", "lexical").text).toContain("one.md");
  });

  test("the settings is named and not waited for", async () => {
    using project = projects.make();
    expect(spawnSync("mkfifo", [project.join("amalfa.settings.json")]).status).toBe(0);
    for (const args of [["init"], ["doctor"], ["reset", "--dry-run"], ["stop-all"]]) {
      expect(project.run(...args).status).not.toBeNull();
    }
    expect(project.run("doctor").text).toContain("amalfa.settings.json");
  });
});

test.if(process.platform === "linux")(
  "a doctor that is killed leaves no process behind, whatever its checks wait for",
  async () => {
    using project = projects.make();
    const doctor = startAmalfa(["doctor", "--deep"], { cwd: project.path });
    const children = (): string[] =>
      readdirSync("/proc").filter((name) => {
        try {
          return (
            /^\d+$/.test(name) &&
            readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1] ===
              String(doctor.pid)
          );
        } catch {
          return false;
        }
      });
    // One that has something of the project open is in the middle of a check.
    const isAtWork = (pid: string): boolean => {
      try {
        const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        return open.some((path) => path.startsWith(project.path));
      } catch {
        return false;
      }
    };
    let found: string[] = [];
    const hasBegun = (): boolean => {
      found = children().filter(isAtWork);
      return found.length > 0 || doctor.exitCode !== null;
    };
    await until(() => hasBegun(), {
      what: "a process of a check",
    });
    for (const pid of found) spawnSync("kill", ["-STOP", pid]);
    doctor.kill("SIGKILL");
    await doctor.exited;
    expect(found.length).toBeGreaterThan(0);
    await until(() => found.every((pid) => !existsSync(`/proc/${pid}`)), { what: "the end of the checks" });
  },
);

test.if(process.platform === "linux")(
  "one that fails in the middle leaves no process to wait for",
  async () => {
    using project = projects.make();
    const options: DoctorOptions = {
      root: project.path,
      cwd: project.path,
      mode: "look",
      deep: false,
      // Asked for once the settings are read; what vanishes meanwhile fails there.
      get remoteCache(): undefined {
        throw new Error("the root is gone");
      },
    };
    await expect(runDoctor(options)).rejects.toThrow("the root is gone");
    await until(() => spawnSync("pgrep", ["-P", String(process.pid), "-f", "doctor/process"]).status !== 0, {
      what: "the end of the processes that were begun",
    });
  },
);

test("what could not be looked at in time has a status of its own, which fails only with --strict", async () => {
  using project = projects.make();
  const run = (...args: string[]) =>
    amalfaJson<DoctorReport>(["doctor", "--check", "db.integrity", "--timeout", "0", ...args], {
      cwd: project.path,
    });
  const { status, document } = await run();
  expect({ status, ok: document.ok, summary: document.summary }).toMatchObject({
    status: 0,
    ok: true,
    summary: { late: 1, warning: 0, error: 0 },
  });
  expect(checkOf(document, "db.integrity")).toMatchObject({
    status: "late",
    findings: [],
    message: expect.stringContaining("in time"),
  });
  expect(await run("--strict")).toMatchObject({ status: 1, document: { ok: false } });
  expect(project.run("doctor", "--check", "db.integrity", "--timeout", "0").text).toContain(
    "1 not checked in time",
  );
});

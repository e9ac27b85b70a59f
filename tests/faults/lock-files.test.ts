/** Something else in the place of a lock file, and who holds the lock. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useIngestedProjects } from "../helpers/ingested-project.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const projects = useIngestedProjects();

describe("a lock file that is no database", () => {
  test.each([[["init"]], [["rebuild"]], [["reset", "--yes", "--keep-cache"]]])(
    "stops no %j, and is in quarantine then",
    async (args) => {
      using project = projects.make();
      writeFileSync(
        project.paths.maintenanceLock,
        "not a database, and longer than nothing at all".repeat(40),
      );
      const { status, text } = project.run(...args);
      expect({ status, text }).toMatchObject({ status: 0 });
      if (args[0] !== "reset") expect(project.quarantined()).toEqual(["maintenance.lock"]);
    },
  );

  test("is moved by the doctor's fix as well, and not while somebody has it open", async () => {
    using project = projects.make();
    writeFileSync(project.paths.maintenanceLock, "garbage".repeat(100));
    {
      await using _ = await HelperProcess.holdOpen(project.paths.maintenanceLock);
      const refused = await amalfaJson<ErrorDocument>(["init"], { cwd: project.path });
      expect(refused.document.error.code).toBe("lock.unavailable");
      const { document } = await amalfaJson<DoctorReport>(["doctor", "--fix", "--check", "layout.access"], {
        cwd: project.path,
      });
      expect(checkOf(document, "layout.access").findings).toMatchObject([
        {
          subject: project.paths.maintenanceLock,
          fixed: false,
          fixResult: expect.stringContaining("open in"),
        },
      ]);
    }
    expect(project.quarantined()).toEqual([]);
    const { document } = await amalfaJson<DoctorReport>(["doctor", "--fix", "--check", "layout.access"], {
      cwd: project.path,
    });
    expect(document.summary).toMatchObject({ fixed: 1, error: 0 });
    expect(project.quarantined()).toEqual(["maintenance.lock"]);
  });

  test.each(["a database", "a database in WAL mode", "a link to somebody's database", "a link to nothing"])(
    "but %s is set aside as well, so that who holds the lock can be told, and nobody's file is locked or made",
    async (what) => {
      using project = projects.make();
      using elsewhere = new TempFolder();
      const theirs = elsewhere.join("theirs.db");
      const lock = project.paths.maintenanceLock;
      rmSync(lock, { force: true });
      const isLink = what.startsWith("a link");
      if (what !== "a link to nothing") {
        using db = new Database(isLink ? theirs : lock);
        if (what.includes("WAL")) db.run("PRAGMA journal_mode = WAL");
        db.run("CREATE TABLE gold (x)");
      }
      if (isLink) symlinkSync(theirs, lock);
      const before = treeOf(elsewhere.path);
      const doctor = project.run("doctor", "--check", "layout.access");
      expect(doctor).toMatchObject({
        status: 1,
        text: expect.stringContaining("maintenance.lock is no lock"),
      });
      expect(project.run("init")).toMatchObject({ status: 0 });
      expect(lstatSync(lock)).toMatchObject({ size: 0 });
      expect(lstatSync(lock).isFile()).toBe(true);
      expect(project.quarantined()).toContain("maintenance.lock");
      // Not even what the look at a database in WAL mode has made.
      const left = readdirSync(project.paths.runtime).filter((name) => name.startsWith("maintenance.lock"));
      expect(left).toEqual(["maintenance.lock"]);
      expect(treeOf(elsewhere.path)).toEqual(before);
      expect(project.run("doctor", "--check", "layout.access")).toMatchObject({ status: 0 });
    },
  );

  test("such as another database beside a PID file does not hide who has started", async () => {
    using project = projects.make();
    for (const name of ["pid-files.lock", "daemon.pid.lock"]) {
      using db = new Database(join(project.paths.runtime, name));
      db.run("PRAGMA journal_mode = WAL");
      db.run("CREATE TABLE gold (x)");
    }
    expect(project.run("watcher", "start")).toMatchObject({ status: 0 });
    const pid = Number(readFileSync(join(project.paths.runtime, "daemon.pid"), "utf8").split("\n")[0]);
    try {
      expect(project.run("stop-all")).toMatchObject({
        status: 0,
        text: expect.stringContaining(String(pid)),
      });
      expect(existsSync(`/proc/${pid}/fd/0`)).toBe(false);
    } finally {
      spawnSync("kill", ["-KILL", String(pid)]);
    }
  });

  test("beside a PID file does not keep a service from starting", async () => {
    using project = projects.make();
    for (const name of ["pid-files.lock", "daemon.pid.lock"]) {
      writeFileSync(join(project.paths.runtime, name), "garbage".repeat(100));
    }
    const started = project.run("watcher", "start");
    const stopped = project.run("stop-all");
    expect({ started, stopped }).toMatchObject({ started: { status: 0 }, stopped: { status: 0 } });
    expect(project.quarantined().sort()).toEqual(["daemon.pid.lock", "pid-files.lock"]);
  });
});

test.if(process.platform === "linux")(
  "a command that holds the lock is named with its PID, its beginning and how far it is, and whether it is stopped",
  async () => {
    using project = projects.make();
    await using holder = await HelperProcess.start("hold-maintenance-lock.ts", project.path);
    const look = async () =>
      (await amalfaJson<DoctorReport>(["doctor", "--check", "db.lock"], { cwd: project.path })).document;
    const running = await look();
    expect(checkOf(running, "db.lock")).toMatchObject({
      status: "ok",
      message: expect.stringContaining(`process ${holder.pid}`),
    });
    process.kill(holder.pid, "SIGSTOP");
    const stopped = await look();
    const words = [
      "`amalfa init`",
      `process ${holder.pid}`,
      "since 2",
      "reading, 42 % of 7 MiB",
      "stopped by a signal",
    ];
    for (const word of words) expect(checkOf(stopped, "db.lock").findings[0]?.message).toContain(word);
    const refused = await amalfaJson<ErrorDocument>(["init", "--wait", "0"], { cwd: project.path });
    for (const word of words) expect(refused.document.error.message).toContain(word);
    // The same where there is no graph yet.
    rmSync(project.paths.database);
    expect(checkOf(await look(), "db.lock").findings[0]?.message).toContain("stopped by a signal");
  },
);

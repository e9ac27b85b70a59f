import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { amalfaJson, CLI, type ErrorDocument, startAmalfa } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { interruptWrite } from "../helpers/interrupted-write.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ready = useReadyNotes(
  new TempFolder().write({ "one.md": "# One\n\nA turtle.\n", "two.md": "# Two\n\nSee [[one]].\n" }),
);

class Project extends TempFolder {
  readonly paths = projectPaths(this.path);

  /** One that is ingested. */
  static made(): Project {
    const made = new Project();
    cpSync(ready.folder.path, made.path, { recursive: true, preserveTimestamps: true });
    return made;
  }

  /** Ends a command that waits for ever, and says so. */
  run(...args: string[]): { status: number | null; text: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      cwd: this.path,
      encoding: "utf8",
      timeout: 120_000,
      killSignal: "SIGKILL",
      env: { ...process.env, NO_COLOR: "1", VECTOR_PORT: "0" },
    });
    return { status, text: stdout + stderr };
  }

  quarantined(): string[] {
    return existsSync(this.paths.quarantine)
      ? readdirSync(this.paths.quarantine).flatMap((name) => readdirSync(join(this.paths.quarantine, name)))
      : [];
  }
}

describe("a lock file that is no database", () => {
  test.each([[["init"]], [["rebuild"]], [["reset", "--yes", "--keep-cache"]]])(
    "stops no %j, and is in quarantine then",
    async (args) => {
      using project = Project.made();
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
    using project = Project.made();
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
      using project = Project.made();
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
      expect(treeOf(elsewhere.path)).toEqual(before);
      expect(project.run("doctor", "--check", "layout.access")).toMatchObject({ status: 0 });
    },
  );

  test("such as another database beside a PID file does not hide who has started", async () => {
    using project = Project.made();
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
    using project = Project.made();
    for (const name of ["pid-files.lock", "daemon.pid.lock"]) {
      writeFileSync(join(project.paths.runtime, name), "garbage".repeat(100));
    }
    const started = project.run("watcher", "start");
    const stopped = project.run("stop-all");
    expect({ started, stopped }).toMatchObject({ started: { status: 0 }, stopped: { status: 0 } });
    expect(project.quarantined().sort()).toEqual(["daemon.pid.lock", "pid-files.lock"]);
  });
});

test.each(["as it was left", "with a damaged database", "with the graph of a backup"])(
  "a hot rollback journal beside the graph, %s, is taken back or replaced by a rebuild",
  async (how) => {
    using project = Project.made();
    const { database } = project.paths;
    const before = readFileSync(database);
    interruptWrite(database, "UPDATE nodes SET title = 'half'");
    if (how === "with a damaged database") {
      const bytes = readFileSync(database);
      bytes.fill(0xaa, 0, 8192);
      writeFileSync(database, bytes);
    }
    if (how === "with the graph of a backup") writeFileSync(database, before);
    const looked = project.run("rebuild", "--dry-run");
    expect(existsSync(`${database}-journal`)).toBe(true);
    const rebuilt = project.run("rebuild");
    expect({ looked, rebuilt }).toMatchObject({ looked: { status: 0 }, rebuilt: { status: 0 } });
    expect(existsSync(`${database}-journal`)).toBe(false);
    expect(project.run("search", "turtle", "--mode", "lexical").text).toContain("one.md");
    const doctor = project.run("doctor", "--deep");
    expect(doctor).toMatchObject({ status: 0 });
  },
);

function vectorsOf(cache: string): unknown[] {
  using db = new Database(cache, { readonly: true });
  return db.query("SELECT key, hex(vector) FROM cache ORDER BY key").values();
}

test.each(["database", "vectorCache"] as const)(
  "a header of a %s that no SQLite knows is damage, which the doctor has mended",
  async (which) => {
    using project = await Project.made();
    const path = project.paths[which];
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(9, 44);
    writeFileSync(path, bytes);
    const { document } = await amalfaJson<DoctorReport>(["doctor"], { cwd: project.path });
    expect(document.next).toBe(which === "database" ? "amalfa rebuild" : "amalfa doctor --fix");
    expect(project.run(...(document.next ?? "").split(" ").slice(1))).toMatchObject({ status: 0 });
    expect(project.quarantined()).toContain(basename(path));
    expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
  },
);

test("a graph in the place of the vector cache is no newer cache: the doctor's fix moves it", async () => {
  using project = Project.made();
  copyFileSync(project.paths.database, project.paths.vectorCache);
  const { document } = await amalfaJson<DoctorReport>(["doctor", "--fix"], { cwd: project.path });
  expect(checkOf(document, "cache.open").findings).toMatchObject([{ fixed: true }]);
  expect(project.quarantined()).toContain("vector_cache.sqlite");
  expect(project.run("rebuild")).toMatchObject({ status: 0 });
  expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
});

/** Journals and logs say nothing of whose they are, and SQLite applies those that it finds under the right name. */
describe("of the vector cache, beside the graph,", () => {
  test.each(["a hot journal", "a log", "the file itself"])(
    "%s makes no graph that is for its user to move",
    async (what) => {
      using project = Project.made();
      const { database, vectorCache } = project.paths;
      const vectors = vectorsOf(vectorCache);
      const copy = project.join("copy.sqlite");
      copyFileSync(vectorCache, copy);
      if (what === "a hot journal") {
        interruptWrite(copy, "DELETE FROM cache");
        renameSync(`${copy}-journal`, `${database}-journal`);
      } else if (what === "a log") {
        using db = new Database(copy);
        db.run("PRAGMA journal_mode = WAL");
        db.run("CREATE TABLE junk (x)");
        copyFileSync(`${copy}-wal`, `${database}-wal`);
      } else copyFileSync(copy, database);
      for (let step = 0; step < 4; step++) {
        const { document } = await amalfaJson<DoctorReport>(["doctor"], { cwd: project.path });
        if (document.ok) break;
        expect(document.next).toStartWith("amalfa ");
        project.run(...(document.next ?? "").split(" ").slice(1));
      }
      expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
      expect(project.run("search", "turtle", "--mode", "lexical").text).toContain("one.md");
      expect(vectorsOf(vectorCache)).toEqual(vectors);
    },
  );
});

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
    using project = Project.made();
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
    using project = Project.made();
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
    using project = Project.made();
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
  "a command that holds the lock is named with its PID, its beginning and how far it is, and whether it is stopped",
  async () => {
    using project = Project.made();
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

test("what could not be looked at in time has a status of its own, which fails only with --strict", async () => {
  using project = Project.made();
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

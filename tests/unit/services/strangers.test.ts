/** Processes that only look like a service get no signal, and services are found whatever their PID files say (I6). */
import { describe, expect, test } from "bun:test";
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { findOrphans } from "../../../src/services/orphans.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { stopAllServices, stopService } from "../../../src/services/stop.ts";
import { isStopped } from "../../../src/system/process/identity.ts";
import { CLI } from "../../helpers/amalfa.ts";
import { checkOf, doctor } from "../../helpers/doctor.ts";
import { HelperProcess } from "../../helpers/helper-process.ts";
import { OWN_MOUNTS } from "../../helpers/own-mounts.ts";
import { hasCommandLine, Project } from "../../helpers/pid-files.ts";
import { serviceCommand } from "../../helpers/service-arguments.ts";
import { Stranger } from "../../helpers/services.ts";

describe("I6 No signal to a stranger", () => {
  test.each(["the PID alone", "another start time", "another boot", "another project", "everything forged"])(
    "a PID file with %s names a stranger, which survives",
    async (what) => {
      using project = new Project();
      await using stranger = new Stranger();
      await hasCommandLine(stranger.pid);
      const record = project.record(stranger.pid);
      const texts: Record<string, object> = {
        "another start time": { ...record, startTime: "1" },
        "another boot": { ...record, bootId: "another" },
        "another project": { ...record, root: "/elsewhere" },
        "everything forged": record,
      };
      const second = texts[what];
      project.holding(`${stranger.pid}\n${second === undefined ? "" : JSON.stringify(second)}\n`);
      expect(project.judge()).toMatchObject({ kind: "foreign", pid: stranger.pid });
      const { stopped, remaining } = await stopAllServices(project.paths);
      expect(stopped).toEqual([]);
      expect(remaining).toMatchObject([{ service: "watcher", pid: stranger.pid, state: "foreign" }]);
      expect(stranger.alive).toBe(true);
      using _ = registerService({ paths: project.paths, service: "watcher", version: "1" });
      expect(project.judge()).toMatchObject({ kind: "ours", pid: process.pid });
      expect(stranger.alive).toBe(true);
    },
  );

  test("a process that cannot be told from amalfa's is neither signalled nor replaced", async () => {
    using project = new Project();
    const child = Bun.spawn(["sh", "-c", "read line; : amalfa"], { stdin: "pipe" });
    try {
      await hasCommandLine(child.pid);
      expect(project.holding(`${child.pid}\n`).judge()).toMatchObject({ kind: "unknown", pid: child.pid });
      const { stopped, remaining } = await stopAllServices(project.paths);
      expect(stopped).toEqual([]);
      expect(remaining).toMatchObject([{ state: "unknown", pid: child.pid }]);
      const start = () => registerService({ paths: project.paths, service: "watcher", version: "1" });
      expect(start).toThrow(expect.objectContaining({ code: "service.unknown" }));
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  });

  test.if(process.platform === "linux")(
    "a service of another PID namespace is unknown, whatever process has its PID here",
    async () => {
      using project = new Project();
      const child = Bun.spawn(["true"]);
      const own = registerService({ paths: project.paths, service: "watcher", version: "1" });
      await child.exited;
      const record = { ...own.record, pidNamespace: "pid:[1]" };
      own.release();
      const text = `${child.pid}\n${JSON.stringify(record)}\n`;
      expect(project.holding(text).judge()).toMatchObject({ kind: "unknown", pid: child.pid });
      const { stopped, remaining } = await stopAllServices(project.paths);
      expect(stopped).toEqual([]);
      expect(remaining).toMatchObject([{ state: "unknown", reason: expect.stringContaining("namespace") }]);
      const start = () => registerService({ paths: project.paths, service: "watcher", version: "1" });
      expect(start).toThrow(expect.objectContaining({ code: "service.unknown" }));
      expect(readFileSync(project.pidFile, "utf8")).toBe(text);
      // The same of this namespace, and of an earlier boot, is dead.
      const here = JSON.stringify({ ...record, pidNamespace: own.record.pidNamespace });
      expect(project.holding(`${child.pid}\n${here}\n`).judge().kind).toBe("dead");
      const earlier = JSON.stringify({ ...record, bootId: "another" });
      expect(project.holding(`${child.pid}\n${earlier}\n`).judge().kind).toBe("dead");
    },
  );

  test("a process that holds the lock is stopped, by force if need be, whatever the PID file says of it", async () => {
    using project = new Project();
    await using obedient = await HelperProcess.run(serviceCommand("registered-service", project.path));
    await using stubborn = await HelperProcess.run(
      serviceCommand("registered-service", project.path, { service: "vector", manner: "stubborn" }),
    );
    // Whoever writes there may write anything; the lock is what counts.
    project.holding(`${obedient.pid}\n`);
    expect(project.judge()).toMatchObject({ kind: "ours", pid: obedient.pid });
    const { stopped, remaining } = await stopAllServices(project.paths);
    expect(remaining).toEqual([]);
    expect(stopped).toEqual([
      { service: "watcher", pid: obedient.pid, by: "SIGTERM" },
      { service: "vector", pid: stubborn.pid, by: "SIGKILL" },
    ]);
    expect(project.judge().kind).toBe("absent");
  }, 300_000);

  test.each([
    ["data", "names it"],
    ["data", "lies"],
    ["runtime", "names it"],
    ["runtime", "lies"],
  ] as const)(
    "a service of another project is not signalled through a link in the place of .amalfa's %s folder: its PID file %s",
    async (folder, says) => {
      using theirs = new Project();
      using project = new Project();
      await using held = await HelperProcess.run(serviceCommand("registered-service", theirs.path));
      if (folder === "runtime") mkdirSync(project.paths.data);
      symlinkSync(theirs.paths[folder], project.paths[folder]);
      if (says === "lies")
        project.holding(readFileSync(theirs.pidFile, "utf8").replace(theirs.path, project.path));
      expect(project.judge()).toMatchObject({ kind: "foreign", pid: held.pid });
      expect(await findOrphans(project.paths)).toEqual([]);
      for (const stop of [stopAllServices, (paths: typeof project.paths) => stopService(paths, "watcher")]) {
        expect(await stop(project.paths)).toMatchObject({ stopped: [], remaining: [{ state: "foreign" }] });
      }
    },
    300_000,
  );

  test.if(process.platform === "linux" && Bun.spawnSync([...OWN_MOUNTS, "true"]).exitCode === 0).each([
    ["data", "is gone"],
    ["data", "lies"],
    ["runtime", "is gone"],
    ["runtime", "lies"],
  ] as const)(
    "a service of another project is not signalled where its %s folder is mounted: its PID file %s",
    async (folder, says) => {
      using theirs = new Project();
      using project = new Project();
      mkdirSync(project.paths[folder], { recursive: true });
      const change = says === "lies" ? `sed -i 's#${theirs.path}#${project.path}#'` : "rm";
      const script = `
        "$@" > ${theirs.join("said")} & service=$!
        until [ -s ${theirs.join("said")} ]; do sleep 0.05; done
        ${change} ${theirs.pidFile}
        mount --bind ${theirs.paths[folder]} ${project.paths[folder]}
        ${process.execPath} ${CLI} --root ${project.path} stop-all --json
        kill -0 $service && echo alive >&2
        kill -9 $service`;
      const command = serviceCommand("registered-service", theirs.path);
      const child = Bun.spawn([...OWN_MOUNTS, "bash", "-c", script, "bash", ...command], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      expect(stderr).toContain("alive");
      expect(JSON.parse(stdout)).toMatchObject({ stopped: [] });
    },
    300_000,
  );

  test.if(process.platform === "linux")(
    "a lock on other bytes of the lock file proves nothing",
    async () => {
      using project = new Project();
      mkdirSync(project.paths.runtime, { recursive: true });
      const script = `const { Database } = require("bun:sqlite"); const db = new Database(process.argv[1]);
      db.run("PRAGMA journal_mode = MEMORY"); db.run("BEGIN IMMEDIATE"); console.log("locked"); setInterval(() => db.filename, 1e6)`;
      const lock = `${project.pidFile}.lock`;
      await using child = await HelperProcess.run([process.execPath, "-e", script, lock]);
      project.holding(`${child.pid}\n${JSON.stringify(project.record(child.pid))}\n`);
      expect(project.judge().kind).not.toBe("ours");
      expect(await findOrphans(project.paths)).toEqual([]);
      expect((await stopAllServices(project.paths)).stopped).toEqual([]);
    },
    300_000,
  );

  const isLinux = process.platform === "linux";
  test.skipIf(!isLinux).each(["a program of its own", "Bun", "Bun with the words of a service"])(
    "another program that locks the lock file, as a backup may, gets no signal and is named: %s",
    async (what) => {
      using project = new Project();
      mkdirSync(project.paths.runtime, { recursive: true });
      const script = project.join("backup.ts");
      writeFileSync(
        script,
        `import { Database } from "bun:sqlite"; const db = new Database(process.argv[2]);
        db.run("PRAGMA journal_mode = MEMORY"); db.run("BEGIN EXCLUSIVE"); console.log("locked"); setInterval(() => db.filename, 1e6)`,
      );
      const program = what === "a program of its own" ? project.join("backup") : process.execPath;
      if (program !== process.execPath) copyFileSync(process.execPath, program);
      const note = what === "Bun with the words of a service" ? ["/opt/amalfa", "watcher", "run"] : [];
      await using child = await HelperProcess.run([program, script, `${project.pidFile}.lock`, ...note]);
      for (const file of ["", JSON.stringify(project.record(child.pid))]) {
        if (file !== "") project.holding(`${child.pid}\n${file}\n`);
        expect(project.judge().kind).toBe(file === "" ? "absent" : "foreign");
        expect(await findOrphans(project.paths)).toEqual([]);
        expect((await stopAllServices(project.paths)).stopped).toEqual([]);
        expect((await stopService(project.paths, "watcher")).stopped).toEqual([]);
        expect(() => registerService({ paths: project.paths, service: "watcher", version: "1" })).toThrow(
          expect.objectContaining({
            code: "pidfile.lock",
            message: expect.stringContaining(
              `process ${child.pid}, which is no service of amalfa: ${program}`,
            ),
          }),
        );
      }
      const { report } = await doctor(project, ["--check", "service.orphan"]);
      expect(checkOf(report, "service.orphan").findings).toMatchObject([
        { message: expect.stringContaining(`The lock of the watcher is held by process ${child.pid}`) },
      ]);
      expect(child.child.exitCode).toBeNull();
    },
    300_000,
  );

  test("a service that is stopped by the system, and does not answer, is proved and ended", async () => {
    using project = new Project();
    await using held = await HelperProcess.run(serviceCommand("registered-service", project.path));
    process.kill(held.pid, "SIGSTOP");
    // Of two signals that wait on a busy machine the lower one comes first, which is the one that asks it to end.
    while (!isStopped(held.pid)) await Bun.sleep(5);
    expect(project.judge()).toMatchObject({ kind: "ours", pid: held.pid });
    expect((await stopAllServices(project.paths)).stopped).toMatchObject([{ pid: held.pid, by: "SIGKILL" }]);
  }, 300_000);

  test("a service that has lost its PID file is found by its lock and ended", async () => {
    using project = new Project();
    await using held = await HelperProcess.run(serviceCommand("registered-service", project.path));
    rmSync(project.pidFile);
    expect(() => registerService({ paths: project.paths, service: "watcher", version: "1" })).toThrow(
      expect.objectContaining({
        code: "service.running",
        message: expect.stringContaining(String(held.pid)),
      }),
    );
    expect(await findOrphans(project.paths)).toMatchObject([{ identity: { pid: held.pid }, health: null }]);
    expect((await stopAllServices(project.paths)).stopped).toMatchObject([{ pid: held.pid }]);
  }, 300_000);

  test.if(process.platform === "linux")(
    "a command line, a start time and an answer on a port prove nothing",
    async () => {
      using project = new Project();
      writeFileSync(project.join("amalfa"), "echo ready; read line");
      const command = ["sh", project.join("amalfa"), "--root", project.path, "watcher", "run"];
      await using stranger = await HelperProcess.run(command);
      const { child } = stranger;
      using server = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () =>
          Response.json({
            ...{
              status: "ok",
              ready: true,
              service: "watcher",
              version: "1",
              pid: child.pid,
              root: project.path,
            },
            ...{ model: null, startedAt: new Date().toISOString(), lastError: null, proof: "0".repeat(64) },
          }),
      });
      const record = JSON.stringify({ ...project.record(child.pid), lifeLock: true, port: server.port });
      project.holding(`${child.pid}\n${record}\n`);
      expect(project.judge()).toMatchObject({ kind: "unknown", pid: child.pid });
      expect(await findOrphans(project.paths, server.port)).toEqual([]);
      const { stopped, remaining } = await stopAllServices(project.paths, server.port);
      expect({ stopped, remaining }).toMatchObject({
        stopped: [],
        remaining: [{ state: "unknown", pid: child.pid }],
      });
      expect(child.exitCode).toBeNull();
    },
    300_000,
  );

  test.if(process.platform === "linux")(
    "a lock that a stranger holds on another file proves nothing under a second name",
    async () => {
      using project = new Project();
      mkdirSync(project.paths.runtime, { recursive: true });
      writeFileSync(project.join("theirs.db"), "");
      const script = `const { Database } = require("bun:sqlite"); const db = new Database(process.argv[1]);
      db.run("PRAGMA journal_mode = MEMORY"); db.run("BEGIN EXCLUSIVE"); console.log("locked"); setInterval(() => db.filename, 1e6)`;
      await using child = await HelperProcess.run([
        process.execPath,
        "-e",
        script,
        project.join("theirs.db"),
      ]);
      linkSync(project.join("theirs.db"), `${project.pidFile}.lock`);
      project.holding(`${child.pid}\n${JSON.stringify(project.record(child.pid))}\n`);
      expect(project.judge().kind).not.toBe("ours");
      expect((await stopAllServices(project.paths)).stopped).toEqual([]);
    },
    300_000,
  );
});

import { describe, expect, test } from "bun:test";
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { projectPaths } from "../../../src/project/paths.ts";
import { listServices } from "../../../src/services/list.ts";
import { findOrphans } from "../../../src/services/orphans.ts";
import { judgePidFile } from "../../../src/services/pid-files/judge.ts";
import { registerService, removePidFile } from "../../../src/services/pid-files/write.ts";
import { pidFilePath } from "../../../src/services/service.ts";
import { stopAllServices, stopService } from "../../../src/services/stop.ts";
import { isStopped, readProcessIdentity } from "../../../src/system/process/identity.ts";
import { HelperProcess } from "../../helpers/helper-process.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

class Project extends TempFolder {
  readonly paths = projectPaths(this.path);
  readonly pidFile = pidFilePath(this.paths, "watcher");

  holding(text: string): this {
    mkdirSync(this.paths.runtime, { recursive: true });
    writeFileSync(this.pidFile, text);
    return this;
  }

  judge() {
    return judgePidFile(this.pidFile, { root: this.path });
  }

  record(pid: number) {
    const reading = readProcessIdentity(pid);
    if (reading.kind !== "alive") throw new Error(`process ${pid} is ${reading.kind}`);
    const { startTime, bootId } = reading.identity;
    const rest = { startedAt: new Date().toISOString(), version: "0", port: null, model: null };
    return { service: "watcher", root: this.path, startTime, bootId, ...rest };
  }
}

class Stranger implements AsyncDisposable {
  readonly child = Bun.spawn(["sleep", "600"]);
  readonly pid = this.child.pid;

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

/** A process that has just been started has no command line for a moment. */
async function hasCommandLine(pid: number): Promise<void> {
  await until(() => {
    const reading = readProcessIdentity(pid);
    return reading.kind === "alive" && reading.identity.command.length > 0;
  });
}

describe("a PID file", () => {
  test("of this process begins with the PID, and goes when it is released", () => {
    using project = new Project();
    const registration = registerService({ paths: project.paths, service: "watcher", version: "1.2.3" });
    registration.update({ port: 4711 });
    const [first, second] = readFileSync(project.pidFile, "utf8").split("\n");
    expect(first).toBe(String(process.pid));
    expect(JSON.parse(second ?? "")).toMatchObject({ service: "watcher", root: project.path, port: 4711 });
    expect(project.judge()).toMatchObject({ kind: "ours", pid: process.pid });
    registration.release();
    expect(project.judge().kind).toBe("absent");
  });

  test("is not removed by a process that it no longer belongs to", async () => {
    using project = new Project();
    await using stranger = new Stranger();
    const registration = registerService({ paths: project.paths, service: "watcher", version: "1" });
    const theirs = `${stranger.pid}\n${JSON.stringify(project.record(stranger.pid))}\n`;
    project.holding(theirs);
    registration.update({ port: 4711 });
    registration.release();
    expect(readFileSync(project.pidFile, "utf8")).toBe(theirs);
  });

  test("is not removed when it has changed since it was judged", () => {
    using project = new Project();
    project.holding("");
    const judged = project.judge();
    if (judged.kind !== "malformed") throw new Error(judged.kind);
    const registration = registerService({ paths: project.paths, service: "watcher", version: "1" });
    expect(removePidFile(project.paths, project.pidFile, judged.stamp)).toBe(false);
    expect(project.judge().kind).toBe("ours");
    registration.release();
  });

  test.each(["0", "-1", "", "\n", "garbage", "12 34", "1e3", "99999999999", "\0\0\0\0", "0x10"])(
    "holding %j is malformed, replaced by a start and cleared away by a stop",
    async (text) => {
      using project = new Project();
      expect(project.holding(text).judge().kind).toBe("malformed");
      expect(await stopService(project.paths, "watcher")).toEqual({ stopped: [], remaining: [] });
      expect(project.judge().kind).toBe("absent");
      using _ = registerService({ paths: project.holding(text).paths, service: "watcher", version: "1" });
      expect(project.judge()).toMatchObject({ kind: "ours", pid: process.pid });
    },
  );

  test("of a process that has ended is dead, and cleared away by a stop", async () => {
    using project = new Project();
    const child = Bun.spawn(["true"]);
    await child.exited;
    expect(project.holding(`${child.pid}\n`).judge()).toMatchObject({ kind: "dead", pid: child.pid });
    expect((await stopAllServices(project.paths)).stopped).toEqual([]);
    expect(project.judge().kind).toBe("absent");
  });

  test.if(process.platform === "linux")("of a zombie is dead", async () => {
    using project = new Project();
    // The shell becomes a program that never asks for the end of the child it inherited.
    const parent = Bun.spawn(["sh", "-c", "sleep 600 & echo $!; exec sleep 600"], { stdout: "pipe" });
    try {
      const { value } = await parent.stdout.getReader().read();
      const pid = Number(new TextDecoder().decode(value));
      // Only a shell would look after its child.
      await until(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n");
      process.kill(pid, "SIGKILL");
      await until(() => project.holding(`${pid}\n`).judge().kind === "dead");
      expect(() => process.kill(pid, 0)).not.toThrow();
      expect((await stopAllServices(project.paths)).remaining).toEqual([]);
      expect(project.judge().kind).toBe("absent");
    } finally {
      parent.kill();
      await parent.exited;
    }
  });

  test("that is a folder is left alone", () => {
    using project = new Project();
    mkdirSync(project.pidFile, { recursive: true });
    expect(project.judge().kind).toBe("unknown");
    expect(() => registerService({ paths: project.paths, service: "watcher", version: "1" })).toThrow();
  });

  test("in a folder that cannot be read is reported with the folder and what to do", async () => {
    using project = new Project();
    mkdirSync(project.join(".amalfa"));
    writeFileSync(project.paths.runtime, "a file, which no permission of root's can read as a folder");
    const expected = expect.objectContaining({
      code: "service.runtime",
      message: expect.stringContaining(project.paths.runtime),
      hint: expect.stringContaining("amalfa doctor"),
    });
    await expect(stopAllServices(project.paths)).rejects.toEqual(expected);
    await expect(listServices(project.paths)).rejects.toEqual(expected);
  });

  test("that is a link is not followed", () => {
    using project = new Project();
    mkdirSync(project.paths.runtime, { recursive: true });
    writeFileSync(project.join("elsewhere"), `${process.pid}\n`);
    symlinkSync(project.join("elsewhere"), project.pidFile);
    expect(project.judge().kind).toBe("malformed");
    using _ = registerService({ paths: project.paths, service: "watcher", version: "1" });
    expect(readFileSync(project.join("elsewhere"), "utf8")).toBe(`${process.pid}\n`);
  });
});

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
    await using obedient = await HelperProcess.start("registered-service.ts", project.path);
    await using stubborn = await HelperProcess.start(
      "registered-service.ts",
      project.path,
      "vector",
      "stubborn",
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
  }, 60_000);

  test("a service of another project is not signalled through a link in the place of .amalfa", async () => {
    using theirs = new Project();
    using project = new Project();
    await using held = await HelperProcess.start("registered-service.ts", theirs.path);
    symlinkSync(theirs.paths.data, project.paths.data);
    expect(project.judge()).toMatchObject({ kind: "foreign", pid: held.pid });
    expect(await stopAllServices(project.paths)).toMatchObject({
      stopped: [],
      remaining: [{ state: "foreign" }],
    });
  }, 60_000);

  test("a service that is stopped by the system, and does not answer, is proved and ended", async () => {
    using project = new Project();
    await using held = await HelperProcess.start("registered-service.ts", project.path);
    process.kill(held.pid, "SIGSTOP");
    // Of two signals that wait on a busy machine the lower one comes first, which is the one that asks it to end.
    while (!isStopped(held.pid)) await Bun.sleep(5);
    expect(project.judge()).toMatchObject({ kind: "ours", pid: held.pid });
    expect((await stopAllServices(project.paths)).stopped).toMatchObject([{ pid: held.pid, by: "SIGKILL" }]);
  }, 60_000);

  test("a service that has lost its PID file is found by its lock and ended", async () => {
    using project = new Project();
    await using held = await HelperProcess.start("registered-service.ts", project.path);
    rmSync(project.pidFile);
    expect(() => registerService({ paths: project.paths, service: "watcher", version: "1" })).toThrow(
      expect.objectContaining({
        code: "service.running",
        message: expect.stringContaining(String(held.pid)),
      }),
    );
    expect(await findOrphans(project.paths)).toMatchObject([{ identity: { pid: held.pid }, health: null }]);
    expect((await stopAllServices(project.paths)).stopped).toMatchObject([{ pid: held.pid }]);
  }, 60_000);

  test.if(process.platform === "linux")(
    "a command line, a start time and an answer on a port prove nothing",
    async () => {
      using project = new Project();
      const name = `bun /opt/amalfa --root ${project.path} watcher run`;
      const child = Bun.spawn(["bash", "-c", `exec -a '${name}' sleep 600`]);
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
      try {
        await until(() => readFileSync(`/proc/${child.pid}/cmdline`, "utf8").startsWith("bun /opt/amalfa"));
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
      } finally {
        child.kill("SIGKILL");
        await child.exited;
      }
    },
    60_000,
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
    60_000,
  );
});

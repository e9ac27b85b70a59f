import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { startService } from "../../src/services/start.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import {
  endServicesAfterwards,
  healthAt,
  ServiceProject,
  type StartDocument,
  Stranger,
} from "../helpers/services.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
endServicesAfterwards();

/** Without documents no model is loaded, which keeps starts short. */
function project(): ServiceProject {
  return new ServiceProject();
}

function projectWithDocuments(): ServiceProject {
  const made = project();
  made.folder.write({
    "docs/a.md": "# A\n\nApples and pears.\n",
    "docs/b.md": "# B\n\nBread and [a](a.md).\n",
  });
  return made;
}

const freePort = (): number => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return server.port;
};

describe("a service", () => {
  test.each(["watcher", "vector"] as const)("%s starts once, is restarted, and stops", async (service) => {
    await using made = project();
    const started = await made.start(service);
    expect(started).toMatchObject({ ok: true, change: "started" });
    expect(await healthAt(started.port)).toMatchObject({
      status: "ok",
      ready: true,
      service,
      pid: started.pid,
      root: made.root,
    });
    for (const path of ["livez", "readyz"]) {
      expect((await fetch(`http://127.0.0.1:${started.port}/${path}`)).status).toBe(200);
    }
    expect(await made.start(service)).toMatchObject({ change: "already running", pid: started.pid });
    const [status] = (await made.json<{ services: object[] }>(service, "status")).services;
    expect(status).toMatchObject({ state: "running", pid: started.pid, port: started.port });
    const again = await made.json<StartDocument>(service, "restart");
    expect(again.change).toBe("started");
    expect(again.pid).not.toBe(started.pid);
    expect(readProcessIdentity(started.pid).kind).toBe("dead");
    const { stdout } = await made.run(service, "stop");
    expect(stdout).toContain(`process ${again.pid}`);
    expect(readProcessIdentity(again.pid).kind).toBe("dead");
    expect(existsSync(made.pidFile(service))).toBe(false);
    expect(await made.service(service)).toMatchObject({ state: "stopped", pid: null, port: null });
    expect((await made.run(service, "stop")).status).toBe(0);
  });

  test("can be looked at and stopped with settings that cannot be read, and is not stopped by a restart that cannot start it", async () => {
    await using made = project();
    const { pid } = await made.start("watcher");
    writeFileSync(made.folder.join("amalfa.settings.json"), '{ "sources": [');
    for (const args of [["servers"], ["vector", "status"], ["vector", "stop"]]) {
      expect(await made.run(...args)).toMatchObject({ status: 0, stderr: "" });
    }
    // The watcher notices by itself that they are broken, sooner or later, and says so.
    const status = await made.run("watcher", "status");
    expect(status).toMatchObject({ stdout: expect.stringContaining(String(pid)), stderr: "" });
    expect((await made.run("watcher", "restart")).status).toBe(2);
    await until(async () => (await made.service("watcher")).state === "unhealthy", {
      what: "notice of the settings",
    });
    expect(await made.service("watcher")).toMatchObject({
      pid,
      reason: expect.stringContaining("amalfa.settings.json"),
    });
    expect(await made.run("watcher", "status")).toMatchObject({ status: 1, stderr: "" });
    expect((await made.run("watcher", "stop")).status).toBe(0);
    expect(readProcessIdentity(pid).kind).toBe("dead");
    writeFileSync(made.folder.join("amalfa.settings.json"), '{ "nobody": "knows this" }');
    for (const name of ["stop-all", "kill"]) expect((await made.run(name)).status).toBe(0);
    expect((await made.run("watcher", "start")).status).toBe(2);
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "removes its PID file and ends with status 0 on %s",
    async (signal) => {
      await using made = project();
      const command = [process.execPath, CLI, "--root", made.root, "watcher", "run"];
      const child = Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] });
      await until(async () => (await made.service("watcher")).health?.ready === true);
      child.kill(signal);
      expect(await child.exited).toBe(0);
      expect(existsSync(made.pidFile("watcher"))).toBe(false);
    },
  );

  test("goes on when the terminal and the session that it was started from are gone", async () => {
    await using made = projectWithDocuments();
    const line = `"${process.execPath}" "${CLI}" --root "${made.root}" watcher start > started; kill -HUP $$`;
    const shell = Bun.spawn(["sh", "-c", line], {
      cwd: made.root,
      detached: true,
      stdio: ["ignore", "ignore", "ignore"],
    });
    await shell.exited;
    const { pid, state } = await made.service("watcher");
    expect(state).toBe("running");
    process.kill(pid ?? Number.NaN, "SIGHUP");
    writeFileSync(made.folder.join("docs/c.md"), "# C\n");
    await until(async () => (await made.service("watcher")).health?.details?.documents === 3);
  });

  test("that dies before it is ready is reported with the last lines of its log", async () => {
    await using made = project();
    const dying = ["-e", "console.error('the reason of all this'); process.exit(3)"];
    const start = startService({
      paths: made.paths,
      service: "watcher",
      command: [process.execPath, ...dying],
      waitMs: 300_000,
    });
    await expect(start).rejects.toMatchObject({
      code: "service.failed",
      message: expect.stringContaining("the reason of all this"),
    });
  });

  test("that cannot have a log is reported", async () => {
    await using made = project();
    made.folder.write({ ".amalfa/logs": "a file where a folder belongs" });
    const { status, stderr } = await made.run("watcher", "start");
    expect(status).toBe(1);
    expect(stderr).toContain("watcher.log");
    expect(stderr).toContain("layout.access");
  });

  test("does not start when the settings switch it off", async () => {
    await using made = project();
    made.folder.write({ "amalfa.settings.json": '{"watch": {"enabled": false}}' });
    const { status, stderr } = await made.run("watcher", "start");
    expect(status).toBe(2);
    expect(stderr).toContain("watch.enabled");
  });

  test("ends when the project's data is deleted, and does not bring it back", async () => {
    await using made = project();
    const { pid } = await made.start("watcher");
    rmSync(made.paths.data, { recursive: true });
    await until(() => readProcessIdentity(pid).kind === "dead");
    expect(existsSync(made.paths.data)).toBe(false);
  });
});

describe("eight starts at once", () => {
  test.each(["no PID file", "a stale PID file"])("with %s give one service", async (before) => {
    await using made = project();
    if (before === "a stale PID file") {
      const child = Bun.spawn(["true"]);
      await child.exited;
      mkdirSync(made.paths.runtime, { recursive: true });
      writeFileSync(made.pidFile("watcher"), `${child.pid}\n`);
    }
    const starts = await Promise.all(Array.from({ length: 8 }, () => made.start("watcher")));
    expect(new Set(starts.map(({ pid }) => pid)).size).toBe(1);
    expect(starts.filter(({ change }) => change === "started")).toHaveLength(1);
    // The others find out that they are too many, and end.
    await until(() => made.processes("watcher").length === 1);
    expect(made.processes("watcher")).toEqual([starts[0]?.pid ?? 0]);
    const [line] = readFileSync(made.pidFile("watcher"), "utf8").split("\n");
    expect(Number(line)).toBe(starts[0]?.pid ?? 0);
  });
});

describe("I6 No signal to a stranger", () => {
  test("a living stranger in a PID file survives every command", async () => {
    await using made = project();
    await using stranger = new Stranger();
    mkdirSync(made.paths.runtime, { recursive: true });
    const hold = () => {
      for (const name of ["daemon.pid", "vector-daemon.pid", "mcp-77.pid", "sonar.pid"]) {
        writeFileSync(made.folder.join(".amalfa/runtime", name), `${stranger.pid}\n`);
      }
    };
    hold();
    const states = (await made.servers()).map(({ service, state }) => `${service} ${state}`);
    expect(states).toEqual([
      "watcher foreign",
      "vector foreign",
      "server stopped",
      "mcp foreign",
      "sonar foreign",
    ]);
    expect((await made.run("watcher", "stop")).status).toBe(0);
    expect((await made.run("vector", "stop")).status).toBe(0);
    const { ok, stopped, remaining } = await made.stopAll();
    expect({ ok, stopped, remaining: remaining.length }).toEqual({ ok: true, stopped: [], remaining: 4 });
    expect((await made.run("kill")).status).toBe(0);
    const { pid } = await made.json<StartDocument>("watcher", "restart");
    expect(pid).not.toBe(stranger.pid);
    expect(stranger.alive).toBe(true);
    await made.stopAll();
    hold();
    expect((await made.run("reset", "--yes")).status).toBe(0);
    expect(stranger.alive).toBe(true);
  });

  test.each(["0", "-1", "", "garbage", "1"])(
    "a PID file holding %j does not hinder a start",
    async (text) => {
      await using made = project();
      mkdirSync(made.paths.runtime, { recursive: true });
      writeFileSync(made.pidFile("watcher"), text);
      expect((await made.service("watcher")).state).toBe(text === "1" ? "foreign" : "stale");
      expect((await made.run("watcher", "stop")).status).toBe(0);
      expect((await made.run("stop-all")).status).toBe(0);
      expect(await made.start("watcher")).toMatchObject({ change: "started" });
    },
  );

  test("services of two projects do not disturb each other", async () => {
    await using one = projectWithDocuments();
    await using other = projectWithDocuments();
    const port = String(freePort());
    for (const made of [one, other]) made.env = { VECTOR_PORT: port };
    for (const made of [one, other])
      for (const service of ["watcher", "vector"] as const) await made.start(service);
    const vectorOf = async (made: ServiceProject) => (await made.service("vector")).port;
    expect(await vectorOf(one)).toBe(Number(port));
    expect(await vectorOf(other)).not.toBe(Number(port));
    other.folder.write({ "docs/only.md": "# Only here\n" });
    await until(async () => (await other.service("watcher")).health?.details?.documents === 3);
    expect((await one.service("watcher")).health?.details?.documents).toBe(2);
    expect((await one.stopAll()).stopped).toHaveLength(2);
    const states = (await other.servers()).map(({ state }) => state);
    expect(states).toEqual(["running", "running", "stopped"]);
  });

  test("a copied project does not stop the services of the original", async () => {
    await using original = project();
    const { pid } = await original.start("watcher");
    await using copy = project();
    mkdirSync(copy.paths.runtime, { recursive: true });
    writeFileSync(copy.pidFile("watcher"), readFileSync(original.pidFile("watcher")));
    expect(await copy.service("watcher")).toMatchObject({ state: "foreign" });
    expect((await copy.stopAll()).stopped).toEqual([]);
    expect(await original.service("watcher")).toMatchObject({ state: "running", pid });
  });
});

describe("the vector daemon's port", () => {
  test("taken by another program makes it take another one", async () => {
    await using made = project();
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("something else") });
    made.env = { VECTOR_PORT: String(other.port) };
    const { port } = await made.start("vector");
    expect(port).not.toBe(other.port);
    expect(await made.service("vector")).toMatchObject({ state: "running", port });
  });

  test.each(["vector", "watcher"] as const)(
    "a %s whose PID file was lost is found, and no second one is started",
    async (service) => {
      await using made = project();
      const { pid, port } = await made.start(service);
      rmSync(made.pidFile(service));
      expect(await made.service(service)).toMatchObject({ state: "unhealthy", pid, port });
      expect(await made.start(service)).toMatchObject({ change: "adopted", pid, port });
      expect(await made.service(service)).toMatchObject({ state: "running", pid, port });
      rmSync(made.pidFile(service));
      expect((await made.stopAll()).stopped).toMatchObject([{ service, pid }]);
    },
  );

  test("that is none is refused", async () => {
    await using made = project();
    made.env = { VECTOR_PORT: "http" };
    expect((await made.run("vector", "start")).status).toBe(2);
  });
});

describe("servers", () => {
  test("shows a service that no longer answers as unhealthy, and stops it by force", async () => {
    await using made = project();
    const { pid } = await made.start("watcher");
    process.kill(pid, "SIGSTOP");
    expect(await made.service("watcher")).toMatchObject({ state: "unhealthy", pid });
    expect((await made.stopAll()).stopped).toEqual([{ service: "watcher", pid, by: "SIGKILL" }]);
  });

  test("--watch goes on until it is interrupted", async () => {
    await using made = project();
    const { pid } = await made.start("watcher");
    const child = Bun.spawn([process.execPath, CLI, "--root", made.root, "servers", "--watch"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, ...made.env },
    });
    let shown = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += part;
      if (shown.split(String(pid)).length > 2) child.kill("SIGINT");
    }
    expect(await child.exited).toBe(0);
    expect((await made.run("servers", "--watch", "--json")).status).toBe(2);
  });
});

/** PID files: whose they are, and when they go. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { listServices } from "../../../src/services/list.ts";
import { registerService, removePidFile } from "../../../src/services/pid-files/write.ts";
import { stopAllServices, stopService } from "../../../src/services/stop.ts";
import { Project } from "../../helpers/pid-files.ts";
import { Stranger } from "../../helpers/services.ts";
import { until } from "../../helpers/until.ts";

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

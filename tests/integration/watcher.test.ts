import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { takeMaintenanceLock } from "../../src/project/lock/lock.ts";
import type { Health } from "../../src/services/health.ts";
import { logFilePath } from "../../src/services/service.ts";
import { checkOf } from "../helpers/doctor.ts";
import { graphRows } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { removeDatabase } from "../helpers/project-files.ts";
import { endServicesAfterwards, healthAt, ServiceProject, type StartDocument } from "../helpers/services.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
endServicesAfterwards();

const SETTINGS = "amalfa.settings.json";
const settings = (more: object = {}) =>
  JSON.stringify({ sources: ["docs"], watch: { debounce: 100 }, ...more });

class Watched extends ServiceProject {
  port = 0;

  static async with(files: Readonly<Record<string, string>>): Promise<Watched> {
    const made = new Watched();
    made.folder.write({ [SETTINGS]: settings(), ...files });
    made.port = (await made.start("watcher")).port;
    return made;
  }

  async detail(name: "documents" | "batches"): Promise<number> {
    return Number((await healthAt(this.port)).details?.[name]);
  }

  async isOk(): Promise<boolean> {
    return (await healthAt(this.port)).status === "ok";
  }

  /** The ids that a search for a word finds. */
  async idsOf(word: string): Promise<string[]> {
    const found = await this.json<{ results: { id: string }[] }>("search", "--mode", "lexical", word);
    return found.results.map(({ id }) => id).sort();
  }

  log(): string {
    return readFileSync(logFilePath(this.paths, "watcher"), "utf8");
  }
}

describe("the watcher", () => {
  test("brings in a hundred edits, additions, renames and deletions; the graph is that of a fresh ingest", async () => {
    const text = (place: number, word: string) =>
      `# Note ${place}\n\nThe ${word} of note ${place}, see [[note${(place + 1) % 75}]].\n`;
    const files = Object.fromEntries(
      Array.from({ length: 75 }, (_, place) => [
        `docs/f${place % 5}/note${place}.md`,
        text(place, "beginning"),
      ]),
    );
    await using watched = await Watched.with(files);
    expect(await watched.detail("documents")).toBe(75);
    for (let place = 0; place < 25; place++) {
      const at = (number: number) => watched.folder.join(`docs/f${number % 5}/note${number}.md`);
      writeFileSync(at(place), text(place, "edited"));
      watched.folder.write({ [`docs/new${place % 3}/added${place}.md`]: text(place + 100, "addition") });
      renameSync(at(place + 25), watched.folder.join(`docs/renamed${place}.md`));
      rmSync(at(place + 50));
    }
    await until(async () => {
      const { drift, pending } = await watched.json<{
        drift: { added: number; changed: number; removed: number };
        pending?: object;
      }>("stats");
      return drift.added + drift.changed + drift.removed === 0 && pending === undefined;
    });
    expect(await watched.detail("documents")).toBe(75);
    const found = await watched.json<{ results: { id: string }[] }>(
      "search",
      "--mode",
      "lexical",
      "-n",
      "100",
      "edited",
    );
    expect(found.results).toHaveLength(25);
    expect(await watched.isOk()).toBe(true);
    await watched.stopAll();
    const followed = graphRows(watched.paths.database);
    expect((await watched.run("reset", "--yes", "--keep-cache")).status).toBe(0);
    expect((await watched.run("init")).status).toBe(0);
    expect(followed).toEqual(graphRows(watched.paths.database));
  });

  test("takes ten thousand events for a few batches", async () => {
    await using watched = await Watched.with({
      "docs/a.md": "# A\n",
      [SETTINGS]: settings({ watch: { debounce: 2_000 } }),
    });
    const folders = Array.from({ length: 100 }, (_, place) => watched.folder.join(`docs/burst${place}`));
    for (const folder of folders) {
      mkdirSync(folder);
      for (let file = 0; file < 100; file++) writeFileSync(`${folder}/${file}.md`, "");
    }
    await until(async () => (await watched.detail("documents")) === 10_001);
    // Two, the one at the start included, where no event is late; a busy machine delivers some of them seconds later.
    expect(await watched.detail("batches")).toBeLessThan(20);
  });

  test("catches up at the start, and after others held the maintenance lock", async () => {
    await using watched = await Watched.with({ "docs/a.md": "# Apple\n" });
    expect(await watched.idsOf("apple")).toEqual(["docs/a.md"]);
    const lock = await takeMaintenanceLock(watched.paths, { command: "test", waitSeconds: 10 });
    watched.folder.write({ "docs/b.md": "# Banana\n" });
    // Another process that holds the lock is waited for, and looked at again afterwards.
    expect(await watched.idsOf("banana")).toEqual([]);
    watched.folder.write({ "docs/c.md": "# Cherry\n" });
    lock[Symbol.dispose]();
    await until(async () => (await watched.detail("documents")) === 3);
    expect(await watched.idsOf("cherry")).toEqual(["docs/c.md"]);
  });

  test("picks up changed settings, and keeps the old ones while the file is not valid", async () => {
    await using watched = await Watched.with({ "docs/a.md": "# A\n", "more/b.md": "# B\n" });
    expect(await watched.detail("documents")).toBe(1);
    watched.folder.write({ [SETTINGS]: "{ not valid" });
    await until(async () => (await healthAt(watched.port)).status === "degraded");
    watched.folder.write({ [SETTINGS]: settings({ sources: ["docs", "more"] }) });
    await until(async () => (await watched.detail("documents")) === 2);
    watched.folder.write({ "more/c.md": "# C\n" });
    await until(async () => (await watched.detail("documents")) === 3);
    expect(await watched.isOk()).toBe(true);
  });

  test("I11 keeps what it knows when a source disappears, says so, and goes on when it comes back", async () => {
    await using watched = await Watched.with({ "docs/a.md": "# Apple\n", "docs/b.md": "# Banana\n" });
    renameSync(watched.folder.join("docs"), watched.folder.join("elsewhere"));
    await until(async () => (await healthAt(watched.port)).status === "degraded");
    expect((await healthAt(watched.port)).lastError?.message).toContain("docs");
    expect((await watched.service("watcher")).state).toBe("unhealthy");
    // What is out of sight is not shown as if it were there, and not forgotten either.
    expect(await watched.idsOf("apple")).toEqual([]);
    expect((await watched.json<{ nodes: number }>("stats")).nodes).toBe(2);
    writeFileSync(watched.folder.join("elsewhere/c.md"), "# Cherry\n");
    renameSync(watched.folder.join("elsewhere"), watched.folder.join("docs"));
    await until(() => watched.isOk());
    expect(await watched.idsOf("cherry")).toEqual(["docs/c.md"]);
    watched.folder.write({ "docs/d.md": "# Date\n" });
    await until(async () => (await watched.detail("documents")) === 4);
  });

  test("builds the graph again when it is gone", async () => {
    await using watched = await Watched.with({ "docs/a.md": "# Apple\n" });
    removeDatabase(watched.paths.database);
    await until(async () => (await watched.idsOf("apple")).length === 1);
  });

  test("I12 names the documents that it could not ingest", async () => {
    await using watched = await Watched.with({ "docs/a.md": "# Apple\n" });
    mkdirSync(watched.folder.join("docs/folder.md"));
    writeFileSync(watched.folder.join("docs/bad.md"), new Uint8Array([0, 1, 2, 0, 0, 255, 254, 0]));
    await until(async () => (await healthAt(watched.port)).lastError !== null);
    expect(await watched.isOk()).toBe(true);
    expect(await watched.service("watcher")).toMatchObject({
      state: "running",
      reason: expect.stringContaining("docs/bad.md"),
    });
    const health = await watched.json<DoctorReport>("doctor", "--check", "service.health");
    expect(checkOf(health, "service.health")).toMatchObject({
      status: "ok",
      message: expect.stringContaining("1 document could not be ingested (docs/bad.md: is not UTF-8"),
    });
    expect(watched.log()).toContain("docs/bad.md");
    rmSync(watched.folder.join("docs/bad.md"));
    await until(async () => (await healthAt(watched.port)).lastError === null);
  });

  test("I11 I12 whose first ingest fails goes on, and everybody who asks is told that it is not ready, and why", async () => {
    await using made = new Watched();
    made.folder.write({ [SETTINGS]: settings({ sources: ["docs", "missing"] }), "docs/a.md": "# Apple\n" });
    const started = await made.run("watcher", "start");
    expect(started).toMatchObject({ status: 1, stdout: expect.stringContaining("not ready yet") });
    expect(started.stderr).toMatch(/^amalfa: The watcher is not ready: .*missing/);
    // The service runs: a second start finds it, and says the same.
    const again = await made.json<StartDocument & { health: Health }>("watcher", "start");
    expect(again).toMatchObject({
      ok: false,
      change: "already running",
      health: { ready: false, status: "degraded" },
    });
    expect(again.health.lastError?.message).toContain(`"missing" cannot be found`);
    const probe = await fetch(`http://127.0.0.1:${again.port}/readyz`);
    expect([probe.status, await probe.text()]).toEqual([503, expect.stringMatching(/^not ready: .*missing/)]);
    expect((await fetch(`http://127.0.0.1:${again.port}/livez`)).status).toBe(200);
    expect(await made.service("watcher")).toMatchObject({
      state: "unhealthy",
      reason: expect.stringMatching(/^not ready: .*missing/),
    });
    expect((await made.run("servers")).stdout).toMatch(/not ready: .*missing/);
    const health = await made.json<DoctorReport>("doctor", "--check", "service.health");
    expect(checkOf(health, "service.health").message).toMatch(/is not ready: .*missing/);
    made.folder.write({ "missing/b.md": "# Banana\n" });
    await until(async () => (await fetch(`http://127.0.0.1:${again.port}/readyz`)).status === 200);
    expect(await made.json("watcher", "start")).toMatchObject({
      ok: true,
      health: { ready: true, status: "ok" },
    });
    expect(await made.idsOf("banana")).toEqual(["missing/b.md"]);
  });
});

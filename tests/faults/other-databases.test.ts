/** A journal, a log or another database in the place of one of the project's own. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfaJson } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { useIngestedProjects } from "../helpers/ingested-project.ts";
import { interruptWrite } from "../helpers/interrupted-write.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const projects = useIngestedProjects();

test.each(["as it was left", "with a damaged database", "with the graph of a backup"])(
  "a hot rollback journal beside the graph, %s, is taken back or replaced by a rebuild",
  async (how) => {
    using project = projects.make();
    const { database } = project.paths;
    const before = readFileSync(database);
    interruptWrite(database, "UPDATE nodes SET title = 'half'");
    if (how === "with a damaged database") {
      const bytes = readFileSync(database);
      bytes.fill(0xaa, 0, 8192);
      writeFileSync(database, bytes);
    }
    if (how === "with the graph of a backup") writeFileSync(database, before);
    const looked = project.run("rebuild", "--dry-run");
    expect(existsSync(`${database}-journal`)).toBe(true);
    const rebuilt = project.run("rebuild");
    expect({ looked, rebuilt }).toMatchObject({ looked: { status: 0 }, rebuilt: { status: 0 } });
    expect(existsSync(`${database}-journal`)).toBe(false);
    expect(project.run("search", "turtle", "--mode", "lexical").text).toContain("one.md");
    const doctor = project.run("doctor", "--deep");
    expect(doctor).toMatchObject({ status: 0 });
  },
);

function vectorsOf(cache: string): unknown[] {
  using db = new Database(cache, { readonly: true });
  return db.query("SELECT key, hex(vector) FROM cache ORDER BY key").values();
}

test.each(["database", "vectorCache"] as const)(
  "a header of a %s that no SQLite knows is damage, which the doctor has mended",
  async (which) => {
    using project = projects.make();
    const path = project.paths[which];
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(9, 44);
    writeFileSync(path, bytes);
    const { document } = await amalfaJson<DoctorReport>(["doctor"], { cwd: project.path });
    expect(document.next).toBe(which === "database" ? "amalfa rebuild" : "amalfa doctor --fix");
    expect(project.run(...(document.next ?? "").split(" ").slice(1))).toMatchObject({ status: 0 });
    expect(project.quarantined()).toContain(basename(path));
    expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
  },
);

test("a graph in the place of the vector cache is no newer cache: the doctor's fix moves it", async () => {
  using project = projects.make();
  copyFileSync(project.paths.database, project.paths.vectorCache);
  const { document } = await amalfaJson<DoctorReport>(["doctor", "--fix"], { cwd: project.path });
  expect(checkOf(document, "cache.open").findings).toMatchObject([{ fixed: true }]);
  expect(project.quarantined()).toContain("vector_cache.sqlite");
  expect(project.run("rebuild")).toMatchObject({ status: 0 });
  expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
});

/** Journals and logs say nothing of whose they are, and SQLite applies those that it finds under the right name. */
describe("of the vector cache, beside the graph,", () => {
  test.each(["a hot journal", "a log", "the file itself"])(
    "%s makes no graph that is for its user to move",
    async (what) => {
      using project = projects.make();
      const { database, vectorCache } = project.paths;
      const vectors = vectorsOf(vectorCache);
      const copy = project.join("copy.sqlite");
      copyFileSync(vectorCache, copy);
      if (what === "a hot journal") {
        interruptWrite(copy, "DELETE FROM cache");
        renameSync(`${copy}-journal`, `${database}-journal`);
      } else if (what === "a log") {
        using db = new Database(copy);
        db.run("PRAGMA journal_mode = WAL");
        db.run("CREATE TABLE junk (x)");
        copyFileSync(`${copy}-wal`, `${database}-wal`);
      } else copyFileSync(copy, database);
      for (let step = 0; step < 4; step++) {
        const { document } = await amalfaJson<DoctorReport>(["doctor"], { cwd: project.path });
        if (document.ok) break;
        expect(document.next).toStartWith("amalfa ");
        project.run(...(document.next ?? "").split(" ").slice(1));
      }
      expect(project.run("doctor", "--deep")).toMatchObject({ status: 0 });
      expect(project.run("search", "turtle", "--mode", "lexical").text).toContain("one.md");
      expect(vectorsOf(vectorCache)).toEqual(vectors);
    },
  );
});

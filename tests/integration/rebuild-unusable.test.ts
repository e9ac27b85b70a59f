/** `amalfa rebuild` of a database that cannot become the graph. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { makeEarlierDatabase } from "../helpers/earlier-database.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { failure, rebuild, run } from "../helpers/rebuilding.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TIMEOUT = 300_000;
setDefaultTimeout(TIMEOUT);

/** What can lie in the place of the graph, and how it gets there. */
const UNUSABLE: Readonly<Record<string, (path: string) => void>> = {
  "is not a database": (path) =>
    writeFileSync(path, "this is no database, just some text that somebody put here\n".repeat(40)),
  "was truncated": (path) => writeFileSync(path, readFileSync(path).subarray(0, 20_000)),
  "fails its integrity check": (path) => {
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 3, 4096 * 6);
    writeFileSync(path, bytes);
  },
  "was made by an earlier version": (path) => {
    rmSync(path);
    makeEarlierDatabase(path);
  },
  "was made by a version before that": (path) => {
    rmSync(path);
    using db = new Database(path);
    db.run("CREATE TABLE nodes (id TEXT PRIMARY KEY, title TEXT)");
    db.run("CREATE TABLE edges (source TEXT, target TEXT)");
  },
  "is a database of another program": (path) => {
    rmSync(path);
    using db = new Database(path);
    db.run("CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
  },
  "was made by a newer version": (path) => {
    using db = new Database(path);
    db.run("PRAGMA user_version = 999");
  },
  "lacks a table": (path) => {
    using db = new Database(path);
    db.run("DROP TABLE edges");
  },
  "has a table whose column has another name": (path) => {
    using db = new Database(path);
    db.run("ALTER TABLE nodes RENAME COLUMN title TO name");
  },
  "has a trigger that keeps rows from being written": (path) => {
    using db = new Database(path);
    db.run("CREATE TRIGGER t BEFORE INSERT ON vectors BEGIN SELECT RAISE(IGNORE); END");
  },
};

describe("a database that cannot become the graph", () => {
  for (const [name, damage] of Object.entries(UNUSABLE)) {
    test(
      `goes to quarantine when it ${name}`,
      async () => {
        using folder = notesFolder();
        await run(folder, "init");
        const truth = graphDigest(folder.join(GRAPH));
        damage(folder.join(GRAPH));
        folder.write({ [`${GRAPH}.rebuilding`]: "left by a rebuild that was killed" });
        const damaged = readFileSync(folder.join(GRAPH));
        const predicted = (await rebuild(folder, "--dry-run")).document;
        expect(readFileSync(folder.join(GRAPH)).equals(damaged)).toBe(true);
        expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
        const { status, document } = await rebuild(folder);
        expect(status).toBe(0);
        expect(document.documents).toMatchObject({ found: 5, added: 5 });
        expect(document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
        expect(predicted).toMatchObject({ documents: document.documents, graph: document.graph });
        expect(predicted.replacedBecause).toBe(document.replacedBecause);
        expect(predicted.plan).toMatchObject({ kind: "replace file", database: document.plan.database });
        const [moved = ""] = document.quarantined;
        expect(moved).toMatch(/^\.amalfa\/quarantine\/\d{4}-\d\d-\d\dT[\d-]+\.\d+Z\/resonance\.db$/);
        expect(readFileSync(folder.join(moved)).equals(damaged)).toBe(true);
        expect(graphDigest(folder.join(GRAPH))).toBe(truth);
        expect(readdirSync(folder.join(".amalfa")).filter((entry) => entry.includes("rebuilding"))).toEqual(
          [],
        );
      },
      TIMEOUT,
    );
  }

  test(
    "stays where it is, and its holder is named, while another process has it open",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      folder.write({ [GRAPH]: "damaged beyond recognition".repeat(100) });
      {
        await using holder = await HelperProcess.holdOpen(folder.join(GRAPH));
        const error = await failure(folder);
        expect(error).toMatchObject({ status: 4, code: "database.in-use" });
        expect(error.message).toContain(`process ${holder.pid}`);
        expect(readFileSync(folder.join(GRAPH), "utf8")).toStartWith("damaged beyond");
      }
      expect((await rebuild(folder)).status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "is not moved when the rebuild is refused",
    async () => {
      using folder = notesFolder();
      folder.write({
        "amalfa.settings.json": '{ "sources": ["soil", "gone"] }',
        [GRAPH]: "damaged".repeat(1000),
      });
      expect(await failure(folder)).toMatchObject({ status: 1, code: "ingest.refused" });
      expect(readFileSync(folder.join(GRAPH), "utf8")).toStartWith("damaged");
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
      expect((await rebuild(folder, "--allow-empty")).status).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "I1: a file that the settings mistake for the database is not touched",
    async () => {
      using folder = notesFolder();
      folder.write({
        "letter.txt": "A letter, and no database. ".repeat(20),
        "amalfa.settings.json": '{ "database": "letter.txt" }',
      });
      const before = readFileSync(folder.join("letter.txt"), "utf8");
      expect(await failure(folder)).toMatchObject({ status: 2, code: "database.foreign" });
      expect(readFileSync(folder.join("letter.txt"), "utf8")).toBe(before);
    },
    TIMEOUT,
  );

  test(
    "I1: a file outside .amalfa that SQLite cannot open is not touched, though it is named like a database",
    async () => {
      using folder = notesFolder();
      const secret = crypto.getRandomValues(new Uint8Array(8192));
      writeFileSync(folder.join("secret.db"), secret);
      folder.write({ "amalfa.settings.json": '{ "database": "secret.db" }' });
      const error = await failure(folder);
      expect(error).toMatchObject({ status: 2, code: "database.foreign" });
      expect(error.hint).toContain("`database` setting");
      expect(readFileSync(folder.join("secret.db")).equals(secret)).toBe(true);
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "I1: another program's database outside .amalfa is not touched, though it has nodes and edges as well",
    async () => {
      using folder = notesFolder();
      folder.write({ "amalfa.settings.json": '{ "database": "atlas.db" }' });
      using db = new Database(folder.join("atlas.db"), { create: true });
      db.run("CREATE TABLE nodes (id TEXT PRIMARY KEY, type TEXT, title TEXT, lat REAL, lon REAL)");
      db.run("CREATE TABLE edges (source TEXT, target TEXT, type TEXT, metres REAL)");
      db.close();
      const before = readFileSync(folder.join("atlas.db"));
      for (const flags of [[], ["--dry-run"]]) {
        const error = await failure(folder, ...flags);
        expect(error).toMatchObject({ status: 2, code: "database.foreign" });
        expect(error.message).toContain("atlas.db is not a graph of amalfa's");
        expect(error.hint).toContain("`database` setting");
      }
      const init = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path });
      expect([init.status, init.document.error.code]).toEqual([1, "database.foreign"]);
      expect(readFileSync(folder.join("atlas.db")).equals(before)).toBe(true);
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "a vector cache in the place of the graph stays where it is, in .amalfa as well",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      folder.write({ "amalfa.settings.json": '{ "database": ".amalfa/old-cache.db" }' });
      renameSync(folder.join(".amalfa/cache/vector_cache.sqlite"), folder.join(".amalfa/old-cache.db"));
      const before = readFileSync(folder.join(".amalfa/old-cache.db"));
      const error = await failure(folder);
      expect(error).toMatchObject({ status: 2, code: "database.foreign" });
      expect(error.message).toContain("it is a vector cache");
      expect(readFileSync(folder.join(".amalfa/old-cache.db")).equals(before)).toBe(true);
      const doctor = await amalfaJson<DoctorReport>(["doctor", "--check", "db.open"], {
        cwd: folder.path,
      });
      const [check] = doctor.document.checks;
      expect(check?.findings[0]?.message).toContain("it is a vector cache");
      expect(check?.findings[0]?.commands).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    "goes to quarantine from outside .amalfa when it is a graph of amalfa's",
    async () => {
      using folder = notesFolder();
      folder.write({ "amalfa.settings.json": '{ "database": "graph.bin" }' });
      await run(folder, "init");
      for (const name of ["was made by a newer version", "was made by an earlier version"]) {
        UNUSABLE[name]?.(folder.join("graph.bin"));
        const { status, document } = await rebuild(folder);
        expect(status).toBe(0);
        expect(document.quarantined[0]).toEndWith("/graph.bin");
      }
    },
    TIMEOUT,
  );

  test(
    "I1: a file that a symbolic link in the place of the database leads to is not touched",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      folder.write({ "precious.md": "# The only copy\n".repeat(100) });
      const before = readFileSync(folder.join("precious.md"), "utf8");
      removeDatabase(folder.join(GRAPH));
      symlinkSync("../precious.md", folder.join(GRAPH));
      expect(await failure(folder)).toMatchObject({ status: 2, code: "database.foreign" });
      expect(await failure(folder, "--dry-run")).toMatchObject({ status: 2, code: "database.foreign" });
      expect(readFileSync(folder.join("precious.md"), "utf8")).toBe(before);
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    },
    TIMEOUT,
  );

  test(
    "goes to quarantine as before where .amalfa itself is reached through a symbolic link",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      using elsewhere = new TempFolder();
      symlinkSync(folder.path, elsewhere.join("notes"));
      folder.write({ [GRAPH]: "damaged".repeat(1000) });
      const { status, document } = await run(folder, "--root", elsewhere.join("notes"), "rebuild");
      expect(status).toBe(0);
      expect(document.quarantined[0]).toStartWith(".amalfa/quarantine/");
    },
    TIMEOUT,
  );
});

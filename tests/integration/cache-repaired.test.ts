/** A vector cache that is gone, damaged or out of space: what the graph gives back, and one warning. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfa, amalfaJson, CLI, type IngestDocument } from "../helpers/amalfa.ts";
import { alterCache, cacheRows } from "../helpers/embedding.ts";
import { graphDigest, graphRows } from "../helpers/graph-rows.ts";
import { REAL_MODEL, useMadeUpModel } from "../helpers/made-up-model.ts";
import { NOTES, notesFolder } from "../helpers/notes.ts";
import { fillUp, inOwnMounts, mountOwn } from "../helpers/own-mounts.ts";
import { CACHE, GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

// Many processes one after the other; how long that takes says nothing here.
setDefaultTimeout(300_000);

const ready = useReadyNotes();

async function json<Document>(folder: TempFolder, ...args: string[]) {
  return amalfaJson<Document>(args, { cwd: folder.path });
}

test("a search that brings a note in and embeds its query warns of a damaged cache once", async () => {
  using folder = ready.copy();
  const { length } = readFileSync(folder.join(CACHE));
  for (const suffix of ["-wal", "-shm"]) rmSync(folder.join(`${CACHE}${suffix}`), { force: true });
  writeFileSync(folder.join(CACHE), new Uint8Array(length));
  folder.write({ "new.md": "# New\n\nA quagga that nobody has seen.\n" });
  const { stderr, status } = await amalfa(["search", "what nobody has asked"], {
    cwd: folder.path,
    env: REAL_MODEL,
  });
  expect(status).toBe(0);
  expect(stderr).toContain("1 added");
  expect(stderr.match(/is at fault/g)).toHaveLength(1);
});

test("one `doctor --fix` deletes all malformed rows, also where it has read few of them, and no other row", async () => {
  using folder = ready.copy();
  const cache = folder.join(CACHE);
  const before = cacheRows(cache);
  alterCache(
    cache,
    // More than are read, with the numbers that no other rows can follow and come before.
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO cache (rowid, key, vector, last_used, model, checksum)
     SELECT CASE i WHEN 1 THEN 9223372036854775807 WHEN 2 THEN -9223372036854775808 ELSE 1000000 + i END,
       printf('%064x', i), vector, last_used, model, checksum FROM n, (SELECT * FROM cache LIMIT 1)`,
  );
  const look = (...args: string[]) => json<DoctorReport>(folder, "doctor", "--check", "cache.rows", ...args);
  const { document: first } = await look();
  expect(first.next).toBe("amalfa doctor --fix");
  const { document: mended } = await look("--fix");
  expect(mended).toMatchObject({ ok: true, next: null, summary: { fixed: 1 } });
  expect(mended.checks[0]?.findings[0]).toMatchObject({ fixed: true, fixResult: "3,000 rows deleted" });
  expect(cacheRows(cache)).toEqual(before);
});

describe("I3 A full hit loads no model: seeding from the graph", () => {
  for (const [command, ...flags] of [["rebuild"], ["init", "--force"]]) {
    test(`${command} after the cache was deleted takes the graph's vectors over`, async () => {
      using folder = ready.copy();
      const before = graphDigest(folder.join(GRAPH));
      const rows = cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row);
      rmSync(folder.join(".amalfa/cache"), { recursive: true });
      const predicted = await json<IngestDocument>(folder, command!, "--dry-run", ...flags);
      expect(existsSync(folder.join(".amalfa/cache"))).toBe(false);
      const { document } = await json<IngestDocument>(folder, command!, ...flags);
      expect(document.embedding).toMatchObject({
        texts: ready.texts,
        hits: ready.texts,
        misses: 0,
        modelLoaded: false,
      });
      expect(predicted.document.embedding).toEqual(document.embedding);
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      expect(cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row)).toEqual(rows);
    });
  }

  test("a changed document costs only what changed in it, also without the cache", async () => {
    using folder = ready.copy();
    rmSync(folder.join(".amalfa/cache"), { recursive: true });
    const path = "plan/season.md";
    writeFileSync(folder.join(path), `${NOTES[path]}\n## Winter\n\nRead seed catalogues by the stove.\n`);
    const { document } = await json<IngestDocument>(folder, "init");
    expect(document.embedding.misses).toBe(1);
    expect(document.embedding.hits).toBeGreaterThan(0);
  });

  test("rebuild --no-cache computes everything", async () => {
    using folder = ready.copy();
    const { document } = await json<IngestDocument>(folder, "rebuild", "--no-cache");
    expect(document.embedding).toMatchObject({ hits: 0, misses: ready.texts });
  });

  test("a vector of the graph that is damaged, or of another text, does not get into the cache", async () => {
    using folder = ready.copy();
    const reference = cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row);
    rmSync(folder.join(".amalfa/cache"), { recursive: true });
    {
      using db = new Database(folder.join(GRAPH), { readwrite: true });
      const [a, b, c] = db.query<{ chunk: number; vector: Uint8Array }, []>("SELECT * FROM vectors").all();
      // The lowest bit of one value: still of unit length, and wrong all the same.
      a!.vector[40]! ^= 1;
      db.run("UPDATE vectors SET vector = ? WHERE chunk = ?", [a!.vector, a!.chunk]);
      db.run(
        "UPDATE vectors SET (vector, checksum) = (SELECT vector, checksum FROM vectors WHERE chunk = ?) WHERE chunk = ?",
        [c!.chunk, b!.chunk],
      );
    }
    const { document } = await json<IngestDocument>(folder, "rebuild");
    expect(document.embedding).toMatchObject({ hits: ready.texts - 2, misses: 2 });
    expect(cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row)).toEqual(reference);
  });
});

describe("I8 A cache fault is never the user's problem: through the real program", () => {
  const damage: Record<string, (path: string) => void> = {
    "is cut off": (path) => writeFileSync(path, readFileSync(path).subarray(0, 9_000)),
    "has random pages": (path) => writeFileSync(path, readFileSync(path).fill(0xa5, 8_192, 20_480)),
    "is no database": (path) =>
      writeFileSync(path, "a note, and no database whatever its name says. ".repeat(30)),
  };
  for (const [fault, spoil] of Object.entries(damage)) {
    test(`a cache that ${fault} goes to quarantine with one warning, and the next rebuild is back to 0 misses`, async () => {
      using folder = ready.copy();
      const before = graphDigest(folder.join(GRAPH));
      spoil(folder.join(CACHE));
      const spoilt = readFileSync(folder.join(CACHE));
      const first = await json<IngestDocument>(folder, "rebuild");
      expect(first.status).toBe(0);
      expect(first.stderr.trim().split("\n")).toEqual([
        expect.stringContaining("moved to .amalfa/quarantine/"),
      ]);
      expect(first.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      const [quarantined] = readdirSync(folder.join(".amalfa/quarantine"));
      const kept = folder.join(".amalfa/quarantine", quarantined!, "vector_cache.sqlite");
      expect(readFileSync(kept).equals(spoilt)).toBe(true);
      const second = await json<IngestDocument>(folder, "rebuild");
      expect([second.stderr, second.document.embedding.misses]).toEqual(["", 0]);
    });
  }

  test("a damaged cache that another process has open stays where it is", async () => {
    using folder = ready.copy();
    const path = folder.join(CACHE);
    writeFileSync(path, "a note, and no database whatever its name says. ".repeat(30));
    const holder = Bun.spawn(["sh", "-c", 'exec 9<"$1"; echo open; read -r _', "sh", path], {
      stdin: "pipe",
      stdout: "pipe",
    });
    await holder.stdout.getReader().read();
    const { status, stderr } = await json(folder, "rebuild");
    holder.stdin.end();
    await holder.exited;
    expect(status).toBe(0);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    expect(readFileSync(path, "utf8")).toStartWith("a note");
  });

  test("what lies damaged at a cache.path outside .amalfa is not moved: it may be anybody's file", async () => {
    using folder = ready.copy();
    folder.write({
      "notes.txt": "a letter that somebody else needs, and no database. ".repeat(30),
      "amalfa.settings.json": JSON.stringify({ cache: { path: "notes.txt" } }),
    });
    const before = readFileSync(folder.join("notes.txt"));
    const { status, stderr } = await json(folder, "rebuild");
    expect(status).toBe(0);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(readFileSync(folder.join("notes.txt")).equals(before)).toBe(true);
    expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
  });

  test("a newer schema, a foreign database and a folder are left alone, with one warning each", async () => {
    const spoilings: ((path: string) => void)[] = [
      (path) => alterCache(path, "PRAGMA user_version = 99"),
      (path) =>
        alterCache(
          path,
          "DROP TABLE cache",
          "DROP TABLE runs",
          "PRAGMA user_version = 0",
          "CREATE TABLE t (a)",
        ),
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ];
    for (const spoil of spoilings) {
      using folder = ready.copy();
      const before = graphDigest(folder.join(GRAPH));
      spoil(folder.join(CACHE));
      const { status, stderr } = await json<IngestDocument>(folder, "rebuild");
      expect(status).toBe(0);
      expect(stderr.trim().split("\n").length).toBe(1);
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    }
  });

  test("a full disk under the cache: the ingest is complete, and says once what it cannot keep", async () => {
    using folder = notesFolder();
    const small = folder.join("small");
    mkdirSync(small);
    folder.write({
      "amalfa.settings.json": JSON.stringify({
        sources: Object.keys(NOTES),
        cache: { path: `${small}/c.sqlite` },
      }),
    });
    const init = [process.execPath, CLI, "--root", folder.path, "--json", "init"];
    const full = inOwnMounts(`${mountOwn(small, "64k")}; ${fillUp(small)}`, init);
    const { exitCode, stdout, stderr } = Bun.spawnSync(full, { env: process.env });
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout.toString()) as IngestDocument).embedding.misses).toBe(ready.texts);
    expect(
      stderr
        .toString()
        .split("\n")
        .filter((line) => line.includes("at fault")).length,
    ).toBe(1);
    expect(graphRows(folder.join(GRAPH))).toEqual(graphRows(ready.folder.join(GRAPH)));
  });
});

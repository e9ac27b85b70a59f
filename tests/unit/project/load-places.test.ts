/** Where a project's files lie: its root, its graph and its vector cache. */
import { describe, expect, test } from "bun:test";
import { linkSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { findProjectRoot } from "../../../src/project/paths.ts";
import { AmalfaError } from "../../../src/system/errors.ts";
import { configFailure, useSettingsProject } from "../../helpers/settings-project.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const { load, place, problemsOf, write } = useSettingsProject();

const SETTINGS = "amalfa.settings.json";

describe("the graph and the vector cache", () => {
  test.each(["docs/e.md", "E.MARKDOWN", "a\0b.db"])(
    "do not take the place of a document: %j",
    async (path) => {
      const found = await problemsOf({ database: path, cache: { path } });
      expect(Object.keys(found)).toEqual(["database", "cache.path"]);
      for (const message of Object.values(found)) expect(message).toContain("markdown");
    },
  );

  test.each([
    ".amalfa",
    ".amalfa/runtime/maintenance.lock",
    ".amalfa/runtime/maintenance.lock.holder",
    ".amalfa/runtime/daemon.pid",
    ".amalfa/logs/mcp.log",
    ".amalfa/quarantine/x.db",
    ".amalfa/cache/models/x.sqlite",
  ])("do not lie at %s", async (path) => {
    expect(await problemsOf({ database: path })).toEqual({
      database: expect.stringContaining("expected a path of its own"),
    });
    expect(await problemsOf({ cache: { path } })).toHaveProperty(["cache.path"]);
  });

  test("outside of the project a new one has a name that only databases have, by whatever way it is reached", async () => {
    using elsewhere = new TempFolder();
    mkdirSync(join(place.root, ".amalfa"), { recursive: true });
    for (const name of [".zshenv", "authorized_keys", "graph.db.sh", "graph.dbx"]) {
      const path = elsewhere.join(name);
      expect(await problemsOf({ database: path, cache: { path: `${path}2` } })).toEqual({
        database: expect.stringContaining("has to end in .db"),
        "cache.path": expect.stringContaining("has to end in .db"),
      });
      symlinkSync(path, join(place.root, `.amalfa/to-${name}.db`));
      expect(await problemsOf({ database: `.amalfa/to-${name}.db` })).toHaveProperty("database");
      elsewhere.write({ [name]: "SQLite format 3 of a graph that is there already" });
      write(SETTINGS, JSON.stringify({ database: path }));
      expect((await load()).paths.database).toBe(path);
    }
    write(
      SETTINGS,
      JSON.stringify({ database: elsewhere.join("graph.sqlite3"), cache: { path: "vectors.bin" } }),
    );
    expect((await load()).paths.vectorCache).toBe(join(place.root, "vectors.bin"));
  });

  test("do not share a file", async () => {
    const same = await problemsOf({ database: "data/x.db", cache: { path: "./data/x.db" } });
    expect(Object.keys(same)).toEqual(["database", "cache.path"]);
    expect(await problemsOf({ cache: { path: ".amalfa/resonance.db" } })).toHaveProperty(["cache.path"]);
    expect(await problemsOf({ database: ".amalfa/cache/vector_cache.sqlite" })).toHaveProperty("database");
    expect(await problemsOf({ database: "x.db", cache: { path: "x.db-wal" } })).toHaveProperty([
      "cache.path",
    ]);
  });

  test.each([
    "amalfa.settings.json",
    ".amalfa/cache/graph.db",
    ".amalfa/backups/monday.db",
    ".amalfa/sessions",
    ".amalfa/stats-history.json",
  ])("the graph does not lie at %s", async (path) => {
    expect(await problemsOf({ database: path })).toEqual({
      database: expect.stringContaining("expected a path of its own such as .amalfa/resonance.db"),
    });
  });

  test("the other's place is refused by whatever way it is reached", async () => {
    mkdirSync(join(place.root, ".amalfa/cache"), { recursive: true });
    symlinkSync(".amalfa", join(place.root, "way"));
    symlinkSync("way/cache/vector_cache.sqlite", join(place.root, "nowhere.db"));
    symlinkSync(".amalfa/resonance.db", join(place.root, "graph.sqlite"));
    const one = join(place.root, ".amalfa/cache/vector_cache.sqlite");
    for (const database of [
      "way/cache/vector_cache.sqlite",
      ".amalfa/../way/./cache/vector_cache.sqlite",
      "nowhere.db",
      "way/Cache/VECTOR_CACHE.sqlite",
      "way/runtime/maintenance.lock",
      "way/logs/graph.db",
    ]) {
      expect({ database, found: await problemsOf({ database }) }).toEqual({
        database,
        found: { database: expect.stringContaining("which leads to") },
      });
    }
    expect((await problemsOf({ database: "way/cache/vector_cache.sqlite" })).database).toContain(
      `which leads to "${one}", the place of the vector cache`,
    );
    for (const path of ["graph.sqlite", "way/resonance.db", "way/resonance.db.rebuilding"]) {
      expect(Object.keys(await problemsOf({ cache: { path } }))).toEqual(["cache.path"]);
    }
  });

  test("two names of one file are one file", async () => {
    write("one.db", "");
    linkSync(join(place.root, "one.db"), join(place.root, "two.db"));
    expect(await problemsOf({ database: "one.db", cache: { path: "two.db" } })).toHaveProperty("database");
  });

  test("a link in the usual place is refused without any settings", async () => {
    mkdirSync(join(place.root, ".amalfa/cache"), { recursive: true });
    symlinkSync("cache/vector_cache.sqlite", join(place.root, ".amalfa/resonance.db"));
    const error = await configFailure(load());
    expect(error.exit).toBe(2);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]?.key).toBe("database");
    expect(error.hint).toContain("symbolic link");
  });

  test("may lie elsewhere, and links may lead there", async () => {
    mkdirSync(join(place.root, ".amalfa/runtime"), { recursive: true });
    mkdirSync(join(place.root, "disk/cache"), { recursive: true });
    symlinkSync("../disk/cache", join(place.root, ".amalfa/cache"));
    symlinkSync("../disk/graph.db", join(place.root, ".amalfa/resonance.db"));
    expect((await load()).paths.database).toBe(join(place.root, ".amalfa/resonance.db"));
    write("amalfa.settings.json", '{ "database": ".amalfa/runtime/resonance.db" }');
    expect((await load()).paths.database).toBe(join(place.root, ".amalfa/runtime/resonance.db"));
  });

  test("the graph of another project is not named, by a setting or a link, and the bounds of its cache are its own", async () => {
    using other = new TempFolder().write({
      ".amalfa/resonance.db": "theirs",
      ".amalfa/cache/vector_cache.sqlite": "",
    });
    const graph = other.join(".amalfa/resonance.db");
    const refused = { database: expect.stringContaining(`where the project ${other.path} keeps its own`) };
    expect(await problemsOf({ database: graph })).toEqual(refused);
    expect(await problemsOf({ database: other.join(".amalfa/of-mine.db") })).toEqual(refused);
    write("amalfa.settings.json", "{}");
    mkdirSync(join(place.root, ".amalfa"), { recursive: true });
    symlinkSync(graph, join(place.root, ".amalfa/resonance.db"));
    expect((await configFailure(load())).problems[0]?.message).toContain(other.path);
    rmSync(join(place.root, ".amalfa/resonance.db"));
    const limits = { maxBytes: "1MiB", maxAge: "1min" };
    const path = other.join(".amalfa/cache/vector_cache.sqlite");
    write("amalfa.settings.json", JSON.stringify({ cache: { path, ...limits } }));
    const { paths, settings } = await load();
    expect([paths.vectorCache, paths.cacheOwner]).toEqual([path, other.path]);
    expect(settings.cache).toMatchObject({ maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: undefined });
    const shared = other.join("shared.sqlite");
    write("amalfa.settings.json", JSON.stringify({ cache: { path: shared, ...limits } }));
    const outside = await load();
    expect(outside.paths.cacheOwner).toBeUndefined();
    expect(outside.settings.cache).toMatchObject({ maxBytes: 1 << 20, maxAgeMs: 60_000 });
  });

  test("may be named as they are by default", async () => {
    const settings = {
      database: ".amalfa/resonance.db",
      cache: { path: ".amalfa/cache/vector_cache.sqlite" },
    };
    write("amalfa.settings.json", JSON.stringify(settings));
    expect((await load()).paths.database).toBe(join(place.root, ".amalfa/resonance.db"));
  });
});

describe("the project root", () => {
  test("is the nearest ancestor with a .amalfa or a settings file", () => {
    const deep = join(place.root, "a/b/c");
    mkdirSync(deep, { recursive: true });
    mkdirSync(join(place.root, ".amalfa"));
    expect(findProjectRoot({ cwd: deep })).toBe(place.root);
    write("a/b/amalfa.config.js", "");
    expect(findProjectRoot({ cwd: deep })).toBe(join(place.root, "a/b"));
  });

  test("is the working directory where no ancestor is marked", () => {
    const deep = join(place.root, "a");
    mkdirSync(deep);
    expect(findProjectRoot({ cwd: deep })).toBe(deep);
  });

  test("is marked by a .amalfa that is a link or a file as well", () => {
    const deep = join(place.root, "a/b");
    mkdirSync(deep, { recursive: true });
    symlinkSync("nowhere", join(place.root, ".amalfa"));
    expect(findProjectRoot({ cwd: deep })).toBe(place.root);
    write("a/.amalfa", "");
    expect(findProjectRoot({ cwd: deep })).toBe(join(place.root, "a"));
  });

  test("may be given, relative to the working directory and through a link", () => {
    mkdirSync(join(place.root, "real"));
    symlinkSync("real", join(place.root, "link"));
    expect(findProjectRoot({ root: "link", cwd: place.root })).toBe(join(place.root, "real"));
  });

  test("that does not exist or is a file is wrong usage", () => {
    write("file", "");
    for (const given of ["nowhere", "file", "file/below"]) {
      expect(() => findProjectRoot({ root: given, cwd: place.root })).toThrow(AmalfaError);
      expect(() => findProjectRoot({ root: given, cwd: place.root })).toThrow(
        expect.objectContaining({ code: "root.invalid", exit: 2 }),
      );
    }
  });
});

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { openGraphToWrite } from "../../../src/graph/open.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "../../../src/graph/schema.ts";
import { AmalfaError } from "../../../src/system/errors.ts";
import { EARLIER_SCHEMA } from "../../helpers/earlier-database.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const digest = (path: string) => new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");

function codeOf(path: string): string | undefined {
  try {
    openGraphToWrite(path).close();
    return undefined;
  } catch (error) {
    if (error instanceof AmalfaError) return error.code;
    throw error;
  }
}

describe("I1 Files that are not amalfa's are not touched", () => {
  test.each([
    ["another program's database", "database.foreign", "CREATE TABLE app (x); INSERT INTO app VALUES (1)"],
    [
      "another program's nodes and edges",
      "database.foreign",
      "CREATE TABLE nodes (x); CREATE TABLE edges (x)",
    ],
    ["a graph of amalfa 1.x", "database.older", EARLIER_SCHEMA],
    [
      "another program's database with the columns of amalfa 1.x",
      "database.foreign",
      `PRAGMA application_id = 7; ${EARLIER_SCHEMA}`,
    ],
    [
      "an older graph",
      "database.older",
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`,
    ],
    [
      "a newer graph",
      "database.newer",
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION + 1}`,
    ],
  ])("%s keeps its bytes", (_, code, sql) => {
    using folder = new TempFolder();
    const path = folder.join("app.db");
    const db = new Database(path, { create: true, readwrite: true });
    db.run(sql);
    db.close();
    const before = digest(path);
    expect(codeOf(path)).toBe(code);
    expect(digest(path)).toBe(before);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  test("a link that leads back to itself is named, with what to do", () => {
    using folder = new TempFolder();
    const path = folder.join("graph.db");
    symlinkSync("graph.db", path);
    expect(codeOf(path)).toBe("database.unusable");
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test("an empty file whose name is no database's stays empty", () => {
    using folder = new TempFolder();
    folder.write({ notes: "", "kept.db": "", ".amalfa/graph": "" });
    expect(codeOf(folder.join("notes"))).toBe("database.foreign");
    expect(readFileSync(folder.join("notes"))).toHaveLength(0);
    expect(codeOf(folder.join("kept.db"))).toBeUndefined();
    expect(codeOf(folder.join(".amalfa/graph"))).toBeUndefined();
  });
});

test("what a crash left in a rollback journal is rolled back before the file is judged", async () => {
  using folder = new TempFolder();
  const path = folder.join("app.db");
  const crash = `
    import { Database } from "bun:sqlite";
    const db = new Database(process.argv[1], { create: true, readwrite: true });
    db.run("CREATE TABLE app (x)");
    db.run("PRAGMA cache_size = 1");
    db.run("BEGIN");
    for (let row = 0; row < 500; row++) db.run("INSERT INTO app VALUES (randomblob(900))");
    process.kill(process.pid, "SIGKILL");`;
  await Bun.spawn([process.execPath, "-e", crash, path]).exited;
  expect(existsSync(`${path}-journal`)).toBe(true);
  expect(codeOf(path)).toBe("database.foreign");
  expect(existsSync(`${path}-journal`)).toBe(false);
  using db = new Database(path, { readonly: true });
  expect(db.query("SELECT count(*) AS rows FROM app").get()).toEqual({ rows: 0 });
  expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
});

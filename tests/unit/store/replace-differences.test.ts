import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { replaceDifferences } from "../../../src/store/replace-differences.ts";
import { openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { graphRows } from "../../helpers/graph-rows.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const THINGS = { table: "things", staged: "staged_things", key: ["id"] };

function tables(present: string, staged: string): Database {
  const db = new Database(":memory:");
  db.run("CREATE TABLE things (id TEXT PRIMARY KEY, value) WITHOUT ROWID");
  db.run("CREATE TEMP TABLE staged_things (id TEXT PRIMARY KEY, value) WITHOUT ROWID");
  if (present !== "") db.run(`INSERT INTO things VALUES ${present}`);
  if (staged !== "") db.run(`INSERT INTO staged_things VALUES ${staged}`);
  return db;
}

describe("replaceDifferences", () => {
  test.each([
    ["nothing to something", "", "('a', 1), ('b', 2)"],
    ["something to nothing", "('a', 1), ('b', 2)", ""],
    [
      "rows that came, went, changed and stayed",
      "('a', 1), ('b', 2), ('c', 3)",
      "('b', 2), ('c', 4), ('d', 5)",
    ],
    ["null for a value, and a value for null", "('a', NULL), ('b', 2)", "('a', 1), ('b', NULL)"],
    ["bytes for a text of the same bytes", "('a', 'x'), ('b', x'78')", "('a', x'78'), ('b', 'x')"],
    ["a text for the number it spells", "('a', 1), ('b', '2')", "('a', '1'), ('b', 2)"],
    ["another case, and a blank at the end", "('a', 'x'), ('b', 'x')", "('a', 'X'), ('b', 'x ')"],
  ])("%s", (_, present, staged) => {
    using db = tables(present, staged);
    replaceDifferences(db, THINGS);
    const rows = (table: string) =>
      db.query(`SELECT id, typeof(value), value FROM ${table} ORDER BY id`).values();
    expect(rows("things")).toEqual(rows("staged_things"));
  });

  test("rows that are as they should be are not written", () => {
    using db = tables("('a', 1), ('b', NULL), ('c', x'78')", "('a', 1), ('b', NULL), ('c', x'79')");
    const changes = (): number => Number(db.query("SELECT total_changes()").values()[0]?.[0]);
    const before = changes();
    replaceDifferences(db, THINGS);
    // One row deleted, one inserted.
    expect(changes() - before).toBe(2);
  });
});

describe("a write of everything", () => {
  const documents = Array.from({ length: 30 }, (_, i) => ({
    id: `docs/${i}.md`,
    passages: [`first of ${i}`, `second of ${i}`],
    linksTo: i === 0 ? [] : [`docs/${i - 1}.md`],
  }));

  test.each([
    ["a text", "UPDATE chunks SET text = 'other' WHERE id = (SELECT min(id) FROM chunks)"],
    [
      "a bit of a vector",
      "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE chunk = (SELECT max(chunk) FROM vectors)",
    ],
    ["a checksum", "UPDATE vectors SET checksum = checksum + 1"],
    ["a missing vector", "DELETE FROM vectors WHERE chunk = (SELECT min(chunk) FROM vectors)"],
    ["a missing passage", "DELETE FROM chunks WHERE id = (SELECT max(id) FROM chunks)"],
    ["a document too many", "INSERT INTO nodes VALUES ('docs/x.md', 'x', 'x', '[]', '[]')"],
    ["another title", "UPDATE nodes SET title = 'other'"],
    ["another link", "UPDATE links SET target = 'elsewhere'"],
    ["an edge too many", "INSERT INTO edges VALUES ('docs/1.md', 'docs/9.md', 'x')"],
    ["other sign bits", "UPDATE vector_bits SET bits = zeroblob(length(bits))"],
    ["an empty full-text index", "INSERT INTO search_index (search_index) VALUES ('delete-all')"],
  ])("mends %s", (_, damage) => {
    using folder = new TempFolder();
    expectMended(folder.join("graph.db"), (path) => {
      using db = new Database(path);
      db.run(damage);
    });
  });

  test("mends an index that disagrees with its table", () => {
    using folder = new TempFolder();
    expectMended(folder.join("graph.db"), (path) => {
      const page = rootPageOf(path, "chunks_by_node");
      const bytes = readFileSync(path);
      const at = bytes.indexOf("docs/5.md", page.start);
      expect(at).toBeWithin(page.start, page.end);
      bytes.write("docs/5.mX", at);
      writeFileSync(path, bytes);
      using db = new Database(path);
      expect(db.query("PRAGMA integrity_check").values()).not.toEqual([["ok"]]);
    });
  });

  function write(path: string): void {
    using db = openFixtureGraph(path);
    writeFixture(db, documents, { scope: "everything", edges: "all sources" });
  }

  function expectMended(path: string, damage: (path: string) => void): void {
    write(path);
    const sound = graphRows(path);
    damage(path);
    write(path);
    expect(graphRows(path)).toEqual(sound);
    using db = new Database(path, { readwrite: true });
    expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    db.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
  }

  /** Where the first page of an index lies in the file, in bytes. */
  function rootPageOf(path: string, index: string): { start: number; end: number } {
    using db = new Database(path, { readonly: true });
    const number = (sql: string): number => Number(db.query(sql).values()[0]?.[0]);
    const size = number("PRAGMA page_size");
    const page = number(`SELECT rootpage FROM sqlite_schema WHERE name = '${index}'`);
    return { start: (page - 1) * size, end: page * size };
  }
});

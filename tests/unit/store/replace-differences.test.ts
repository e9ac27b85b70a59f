import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { replaceDifferences } from "../../../src/store/replace-differences.ts";
import { openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { graphRows } from "../../helpers/graph-rows.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const THINGS = { table: "things", staged: "staged_things", rowid: "id" };

function tables(present: string, staged: string): Database {
  const db = new Database(":memory:");
  db.run("CREATE TABLE things (id INTEGER PRIMARY KEY, value)");
  db.run("CREATE TEMP TABLE staged_things (id INTEGER, value)");
  if (present !== "") db.run(`INSERT INTO things VALUES ${present}`);
  if (staged !== "") db.run(`INSERT INTO staged_things VALUES ${staged}`);
  return db;
}

describe("replaceDifferences", () => {
  test.each([
    ["nothing to something", "", "(1, 1), (2, 2)"],
    ["something to nothing", "(1, 1), (2, 2)", ""],
    ["rows that came, went, changed and stayed", "(1, 1), (2, 2), (3, 3)", "(2, 2), (3, 4), (4, 5)"],
    ["null for a value, and a value for null", "(1, NULL), (2, 2)", "(1, 1), (2, NULL)"],
    ["bytes for a text of the same bytes", "(1, 'x'), (2, x'78')", "(1, x'78'), (2, 'x')"],
    ["a text for the number it spells", "(1, 1), (2, '2')", "(1, '1'), (2, 2)"],
    ["another case, and a blank at the end", "(1, 'x'), (2, 'x')", "(1, 'X'), (2, 'x ')"],
  ])("%s", (_, present, staged) => {
    using db = tables(present, staged);
    replaceDifferences(db, THINGS);
    const rows = (table: string) =>
      db.query(`SELECT id, typeof(value), value FROM ${table} ORDER BY id`).values();
    expect(rows("things")).toEqual(rows("staged_things"));
  });

  test("rows that are as they should be are not written", () => {
    using db = tables("(1, 1), (2, NULL), (3, x'78')", "(1, 1), (2, NULL), (3, x'79')");
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

  test.each([
    ["nodes", "docs/12.md", "docs/1b.md"],
    ["links", "docs/29.md", "aocs/29.md"],
    ["edges", "docs/12.md", "dXcs/12.md"],
    ["file_stats", "docs/12.md", "docs/1b.md"],
  ])("mends %s whose keys are out of order, where rows cannot be found by them", (table, key, other) => {
    using folder = new TempFolder();
    expectMended(folder.join("graph.db"), (path) => overwrite(path, { in: table, text: key, by: other }));
  });

  test("mends an index that disagrees with its table", () => {
    using folder = new TempFolder();
    const damage = { in: "chunks_by_node", text: "docs/5.md", by: "docs/5.mX" };
    expectMended(folder.join("graph.db"), (path) => overwrite(path, damage));
  });

  /** Writes over a text of the first page of a table or index, as a failing disk would. */
  function overwrite(path: string, damage: { in: string; text: string; by: string }): void {
    const page = rootPageOf(path, damage.in);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(damage.text, page.start);
    expect(at).toBeWithin(page.start, page.end);
    bytes.write(damage.by, at);
    writeFileSync(path, bytes);
    using db = new Database(path);
    expect(db.query("PRAGMA integrity_check").values()).not.toEqual([["ok"]]);
  }

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

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { type FixtureDocument, openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { graphRows } from "../../helpers/graph-rows.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

/** The bytes EF BF BD are the replacement character, which a byte that is no UTF-8 is read as. */
const DAMAGED_UTF8 = `
  UPDATE chunks SET text = CAST(unhex(replace(hex(text), 'EFBFBD', 'FF')) AS TEXT) WHERE instr(text, char(0xFFFD)) > 0`;

describe("a write of everything", () => {
  const documents = Array.from({ length: 30 }, (_, i) => ({
    id: `docs/${i}.md`,
    texts: [`first of ${i}: naïve, 日本語 \u{1f600} \ufffd`, `second of ${i}\u0000and more`],
    linksTo: i === 0 ? [] : [`docs/${i - 1}.md`],
  }));

  test.each([
    ["a text", "UPDATE chunks SET text = 'other' WHERE id = (SELECT min(id) FROM chunks)"],
    [
      "a bit of a vector",
      "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE chunk = (SELECT max(chunk) FROM vectors)",
    ],
    ["a heading of the same bytes that is no text", "UPDATE chunks SET heading = CAST(heading AS BLOB)"],
    ["a text in another case", "UPDATE chunks SET text = upper(text)"],
    ["a blank at the end of a text", "UPDATE chunks SET text = text || ' '"],
    ["a byte that is no UTF-8 and reads like the character it replaced", DAMAGED_UTF8],
    [
      "a text that ends at its NUL",
      "UPDATE chunks SET text = substr(text, 1, instr(text, char(0)) - 1) WHERE instr(text, char(0)) > 0",
    ],
    ["a line that is off by one", "UPDATE chunks SET end_line = end_line + 1"],
    ["another key", "UPDATE chunks SET key = 'other'"],
    ["a vector that is a text", "UPDATE vectors SET vector = CAST(vector AS TEXT)"],
    ["a checksum", "UPDATE vectors SET checksum = checksum + 1"],
    ["a missing vector", "DELETE FROM vectors WHERE chunk = (SELECT min(chunk) FROM vectors)"],
    ["a missing passage", "DELETE FROM chunks WHERE id = (SELECT max(id) FROM chunks)"],
    [
      "a passage too many",
      "INSERT INTO chunks SELECT id + 1, node, 9, heading, start_line, end_line, text, key FROM chunks WHERE id = (SELECT max(id) FROM chunks)",
    ],
    [
      "a vector too many",
      "INSERT INTO vectors SELECT chunk + 1, vector, checksum FROM vectors WHERE chunk = (SELECT max(chunk) FROM vectors)",
    ],
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

  test("does not write again what is as it should be", () => {
    using folder = new TempFolder();
    const path = folder.join("graph.db");
    write(path);
    using db = new Database(path);
    db.run("CREATE TABLE noted (what TEXT)");
    for (const table of ["chunks", "vectors"]) {
      for (const change of ["DELETE", "INSERT", "UPDATE"]) {
        db.run(
          `CREATE TRIGGER ${table}_${change} AFTER ${change} ON ${table} BEGIN INSERT INTO noted VALUES ('${table} ${change}'); END`,
        );
      }
    }
    db.run("UPDATE chunks SET text = 'other' WHERE id = (SELECT min(id) FROM chunks)");
    db.run("DELETE FROM noted");
    write(path);
    const noted = db.query("SELECT what FROM noted ORDER BY what").values().flat();
    expect(noted).toEqual(["chunks DELETE", "chunks INSERT", "vectors DELETE", "vectors INSERT"]);
  });

  const others = {
    "a passage": documents.map((document, i) =>
      i === 7 ? { ...document, texts: [...document.texts.slice(0, 1), "entirely other words"] } : document,
    ),
    "a title alone": documents.map((document, i) => (i === 7 ? { ...document, title: "Renamed" } : document)),
    "a document that goes and one that comes": [
      ...documents.slice(1),
      { id: "new.md", texts: ["first of 0: naïve, 日本語"], linksTo: [] },
    ],
    "passages in another order": documents.map((document, i) =>
      i % 5 === 0 ? { ...document, texts: [...document.texts].reverse() } : document,
    ),
    "nearly all": documents.map((document, i) =>
      i === 7
        ? document
        : { ...document, title: `T${i}`, texts: document.texts.map((text) => `new ${text}`) },
    ),
    everything: [],
  };
  test.each(Object.entries(others))(
    "brings the full-text index along when what changes is %s",
    (_, changed) => {
      using folder = new TempFolder();
      const [path, fresh] = [folder.join("graph.db"), folder.join("fresh.db")];
      write(path);
      for (const state of [changed, documents, changed]) write(path, state);
      write(fresh, changed);
      expect(graphRows(path)).toEqual(graphRows(fresh));
      using db = new Database(path, { readwrite: true });
      db.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    },
  );

  test("touches the full-text index only where something changes", () => {
    using folder = new TempFolder();
    const path = folder.join("graph.db");
    write(path);
    using db = new Database(path);
    const index = () => db.query("SELECT id, hex(block) FROM search_index_data ORDER BY id").values();
    const before = index();
    write(path);
    expect(index()).toEqual(before);
    write(path, others["a passage"]);
    const segments = (rows: unknown[][]) => rows.filter(([id]) => Number(id) > 10);
    // What was there stays, and what changed is a segment of its own.
    expect(segments(index()).length).toBeGreaterThan(segments(before).length);
    expect(index()).toEqual(expect.arrayContaining(segments(before)));
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

  function write(path: string, state: readonly FixtureDocument[] = documents): void {
    using db = openFixtureGraph(path);
    writeFixture(db, state, { scope: "everything", edges: "all sources" });
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

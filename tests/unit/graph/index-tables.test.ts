/** The tables behind a full-text index of some size, while FTS5 merges its segments in steps. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { indexTablesFault } from "../../../src/graph/index-tables.ts";

const ROUNDS = 40;
const PASSAGES = 600;

test("segments that a merge has read in part, or to their ends, are no fault", () => {
  using db = new Database(":memory:");
  db.run("CREATE VIRTUAL TABLE search_index USING fts5 (text)");
  const insert = db.query("INSERT INTO search_index VALUES (?)");
  for (let round = 0; round < ROUNDS; round++) {
    db.transaction(() => {
      for (let at = 0; at < PASSAGES; at++)
        insert.run(`common w${(round * PASSAGES + at) % 4000} ${"the ".repeat(1 + (at % 5))}`);
    })();
  }
  const pagesWithinLists = db.query("SELECT count(*) FROM search_index_data WHERE (id >> 36) & 1");
  let steps = 0;
  for (let step = 0; step < 30; step++) {
    db.run("INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)", [step % 2 === 0 ? -20 : 20]);
    if (Number(pagesWithinLists.values()[0]?.[0]) > 0) steps++;
    expect(indexTablesFault(db)).toBeUndefined();
  }
  expect(steps).toBeGreaterThan(0);
});

/** Databases of amalfa 1.x as figures, also those that nothing was looked up in for a long time. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readEarlierGraph } from "../../../src/graph/index.ts";

function planted(keyed: boolean, count: number): Database {
  const db = new Database(":memory:");
  db.run(`CREATE TABLE nodes (id TEXT${keyed ? " PRIMARY KEY" : ""}, embedding BLOB)`);
  db.run("CREATE TABLE edges (source TEXT, target TEXT)");
  db.run(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO nodes SELECT 'node-' || i, NULL FROM n`,
  );
  // Every tenth leads nowhere, and one more comes from nowhere.
  db.run(
    `INSERT INTO edges SELECT id, CASE WHEN rowid % 10 = 0 THEN 'gone' ELSE id END FROM nodes
       UNION ALL VALUES ('gone', 'node-1'), (NULL, 'node-1')`,
  );
  return db;
}

test("edges to nowhere are counted the same with an index and without one", () => {
  for (const keyed of [true, false]) {
    using db = planted(keyed, 100);
    expect(readEarlierGraph(db)).toMatchObject({ edges: 102, dangling: 12 });
  }
});

test("a graph without any index costs about what one with an index costs", () => {
  const took = (keyed: boolean): number => {
    using db = planted(keyed, 20_000);
    const started = process.cpuUsage();
    expect(readEarlierGraph(db).dangling).toBe(2_002);
    return process.cpuUsage(started).user / 1_000;
  };
  const indexed = took(true);
  // Each edge looked up by looking through all nodes cost hundreds of times as much.
  expect(took(false)).toBeLessThan(20 * indexed + 1_000);
});

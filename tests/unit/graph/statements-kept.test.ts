import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { searchGraph } from "../../../src/graph/search/search.ts";
import { SemanticIndex } from "../../../src/graph/search/semantic.ts";
import { fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

/** Searches and returns the SQL that was asked, with the statement it was asked by. */
function asked(db: Database, index: SemanticIndex, query: string): Map<string, object> {
  const statements = new Map<string, object>();
  const own = Database.prototype.query;
  db.query = (sql: string) => {
    const statement = own.call(db, sql);
    statements.set(sql, statement);
    return statement as never;
  };
  searchGraph(db, index, { query, mode: "hybrid", limit: 10, vector: unitVector("garden") });
  return statements;
}

test("a second search prepares no statement again", () => {
  using db = fixtureGraph([
    {
      id: "tomatoes.md",
      title: "Tomatoes",
      texts: ["Water the plants every morning.", "Prune side shoots."],
    },
    { id: "compost.md", title: "Compost", texts: ["Kitchen scraps and dry leaves, turned weekly."] },
  ]);
  const index = new SemanticIndex(db);
  const first = asked(db, index, "water the plants");
  const second = asked(db, index, "dry leaves");
  // More than are kept by default.
  expect(first.size).toBeGreaterThan(20);
  const again = [...second].filter(([sql, statement]) => first.has(sql) && first.get(sql) !== statement);
  expect(again.map(([sql]) => sql)).toEqual([]);
});

test("a search looks for nothing in the index of words twice", () => {
  using db = fixtureGraph([
    { id: "tomatoes.md", title: "Tomatoes", texts: ["Water the plants every morning.", "Prune the shoots."] },
    { id: "pruning.md", title: "Pruning", texts: ["Shoots grow back."] },
  ]);
  const asked: string[] = [];
  const watched = new Set<object>();
  const own = Database.prototype.query;
  db.query = (sql: string) => {
    const statement = own.call(db, sql);
    const values = statement.values.bind(statement);
    if (sql.includes("MATCH") && !watched.has(statement))
      statement.values = (...bound) => {
        asked.push(JSON.stringify([sql, bound]));
        return values(...bound);
      };
    watched.add(statement);
    return statement as never;
  };
  const query = "how do I prune the shoots of tomatoes";
  searchGraph(db, new SemanticIndex(db), { query, mode: "hybrid", limit: 10, vector: unitVector("garden") });
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
});

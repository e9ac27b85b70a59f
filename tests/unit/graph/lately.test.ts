import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { Lately } from "../../../src/graph/lately.ts";
import { stateOfRows } from "../../../src/graph/state.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("what was read is not read again while nothing has changed, and nothing is kept beyond the most", () => {
  const lately = new Lately<string, number>(2);
  const asked: string[][] = [];
  const read = (state: number, ...wanted: string[]) =>
    lately.of(state, wanted, (unknown) => {
      asked.push(unknown);
      return unknown.filter((key) => key !== "none").map((key): [string, number] => [key, key.length]);
    });
  expect([...read(1, "bb", "none", "a")]).toEqual([
    ["bb", 2],
    ["a", 1],
  ]);
  expect([...read(1, "a", "ccc")]).toEqual([
    ["a", 1],
    ["ccc", 3],
  ]);
  read(1, "a");
  read(2, "a");
  expect(asked).toEqual([["bb", "none", "a"], ["ccc"], ["a"], ["a"]]);
});

test("rows are in another state once they were written, by whomever", () => {
  using folder = new TempFolder();
  using own = new Database(folder.join("rows.db"));
  own.run("PRAGMA journal_mode = WAL");
  own.run("CREATE TABLE rows (value)");
  const states = [stateOfRows(own), stateOfRows(own)];
  own.run("INSERT INTO rows VALUES (1)");
  states.push(stateOfRows(own));
  using other = new Database(folder.join("rows.db"));
  other.run("UPDATE rows SET value = 2");
  states.push(stateOfRows(own), stateOfRows(own));
  expect(states.map((state) => states.indexOf(state))).toEqual([0, 0, 2, 3, 3]);
});

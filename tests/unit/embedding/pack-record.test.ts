/** The record of packs beside the vector cache, and what only has its name: `cache.path` may be anywhere. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { forgetPacks, PackRecord } from "../../../src/embedding/remote/pack-record.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const KEY = "ab".repeat(32);

function madeOf(tables: string): (path: string) => void {
  return (path) => {
    using db = new Database(path);
    db.run(tables);
  };
}

const OTHERS: Readonly<Record<string, (path: string) => void>> = {
  "a text": (path) => {
    writeFileSync(path, "the work of weeks");
    writeFileSync(`${path}-wal`, "the work of weeks");
  },
  "another database": madeOf("CREATE TABLE users (name); INSERT INTO users VALUES ('me');"),
  "a database with a table of the same name": madeOf("CREATE TABLE packs (name); CREATE TABLE rows (name);"),
  "a link to a text": (path) => {
    writeFileSync(`${path}.target`, "the work of weeks");
    symlinkSync(`${path}.target`, path);
  },
};

test.each(Object.keys(OTHERS))("%s in the place of the record is neither written nor removed", (kind) => {
  using folder = new TempFolder();
  const [cache, path] = [folder.join("vectors.sqlite"), folder.join("vectors.sqlite.packs")];
  OTHERS[kind]!(path);
  const before = readFileSync(path);
  const beside = existsSync(`${path}-wal`);
  {
    using record = new PackRecord(cache, "store");
    record.add("one", [KEY]);
    expect([...record.packs()]).toEqual(["one"]);
  }
  expect(forgetPacks(cache)).toBe(path);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(existsSync(`${path}-wal`)).toBe(beside);
});

test("what only lies beside it is left alone", () => {
  using folder = new TempFolder().write({ "vectors.sqlite.packs-wal": "the work of weeks" });
  expect(forgetPacks(folder.join("vectors.sqlite"))).toBeUndefined();
  expect(existsSync(folder.join("vectors.sqlite.packs-wal"))).toBe(true);
});

test("a record is emptied, and goes on being one", () => {
  using folder = new TempFolder();
  const cache = folder.join("vectors.sqlite");
  const known = () => {
    using record = new PackRecord(cache, "store");
    return [...record.packs(), ...record.keysIn(new Set(["one"])).keys()];
  };
  {
    using record = new PackRecord(cache, "store");
    record.add("one", [KEY]);
  }
  expect(known()).toEqual(["one", KEY]);
  expect(forgetPacks(cache)).toBeUndefined();
  expect(known()).toEqual([]);
});

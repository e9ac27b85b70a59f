/**
 * A database is judged by several reads. Another process may finish making it between any two of them; what is said
 * must be true of one moment.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { isEmptyDatabase, isVectorCache, openCacheToWrite } from "../../src/embedding/cache/index.ts";
import { openGraphToReadIfPresent, openGraphToWrite, schemaState } from "../../src/graph/index.ts";
import { openShared, openToWrite } from "../../src/sqlite/index.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

type Step = (path: string) => unknown;

const CACHE: Step = (path) => openCacheToWrite(path).close();
const GRAPH: Step = (path) => openGraphToWrite(path).close();

/** What `judge` says of a database without a table, for which another connection does `make` before the nth read. */
function judgedWhile<T>(make: Step, before: number, judge: (path: string) => T): T {
  using folder = new TempFolder();
  const path = folder.join("made.sqlite");
  openToWrite(path).close();
  const { query } = Database.prototype;
  let reads = 0;
  Database.prototype.query = function (this: Database, sql: string) {
    if (++reads === before) make(path);
    return query.call(this, sql);
  } as typeof query;
  try {
    return judge(path);
  } finally {
    Database.prototype.query = query;
  }
}

const NTH_READ = [1, 2, 3, 4, 5, 6];

test.each(NTH_READ)("a vector cache made before read %d is empty or a cache, nothing else", (nth) => {
  const isEmptyOrCache = (path: string) => {
    using db = openShared(path);
    return isEmptyDatabase(db) || isVectorCache(db);
  };
  expect(judgedWhile(CACHE, nth, isEmptyOrCache)).toBe(true);
});

test.each(NTH_READ)("a vector cache is opened though another process makes it before read %d", (nth) => {
  expect(judgedWhile(CACHE, nth, CACHE)).toBeUndefined();
});

test.each(NTH_READ)("a graph made before read %d is empty or current, nothing else", (nth) => {
  const state = (path: string) => {
    using db = openShared(path);
    return schemaState(db, path).kind;
  };
  expect(["empty", "current"]).toContain(judgedWhile(GRAPH, nth, state));
});

test.each(NTH_READ)("a graph is opened though another process makes it before read %d", (nth) => {
  expect(judgedWhile(GRAPH, nth, GRAPH)).toBeUndefined();
});

test.each(NTH_READ)("a graph that another process makes before read %d has no ingest yet", (nth) => {
  expect(judgedWhile(GRAPH, nth, (path) => openGraphToReadIfPresent(path))).toBeUndefined();
});

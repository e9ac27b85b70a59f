import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { isBusy, sqliteFault } from "../../../src/sqlite/errors.ts";
import { openRolledBack, openToRead, openToWrite } from "../../../src/sqlite/open.ts";
import { busyTimeout } from "../../../src/sqlite/patience.ts";
import { interruptWrite } from "../../helpers/interrupted-write.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("a file locked in rollback mode is waited for as long as asked, and then given up", () => {
  using folder = new TempFolder();
  const path = folder.join("held.db");
  using holder = new Database(path, { create: true, readwrite: true });
  holder.run("CREATE TABLE held (x)");
  holder.run("BEGIN EXCLUSIVE");
  const busyTimeoutMs = 300;
  const began = performance.now();
  expect(isBusy(thrownBy(() => openToWrite(path, { busyTimeoutMs })))).toBe(true);
  expect(performance.now() - began).toBeGreaterThanOrEqual(busyTimeoutMs);
});

test("statements wait for locks as asked once the file is open", () => {
  using folder = new TempFolder();
  using asked = openToWrite(folder.join("a.db"), { busyTimeoutMs: 1_234 });
  expect(asked.query("PRAGMA busy_timeout").get()).toEqual({ timeout: 1_234 });
  using plain = openToWrite(folder.join("a.db"));
  expect(plain.query("PRAGMA busy_timeout").get()).toEqual({ timeout: busyTimeout() });
  expect(plain.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

describe("a write that a crash interrupted", () => {
  function interrupted(): TempFolder {
    const folder = new TempFolder();
    const path = folder.join("graph.db");
    {
      using db = new Database(path, { create: true, readwrite: true });
      db.run("CREATE TABLE notes (title)");
      db.run("INSERT INTO notes VALUES ('whole')");
    }
    interruptWrite(path, "UPDATE notes SET title = 'half'");
    return folder;
  }

  test("is taken back before the file is read, and its journal mode stays", () => {
    using folder = interrupted();
    const path = folder.join("graph.db");
    expect(sqliteFault(thrownBy(() => openToRead(path)))).toBe("interrupted write");
    using db = openRolledBack(path).db;
    expect(db.query("SELECT title FROM notes").values()).toEqual([["whole"]]);
    expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    expect(existsSync(`${path}-journal`)).toBe(false);
  });

  test("is waited for as long as asked while another process is about to take it back", () => {
    using folder = interrupted();
    const path = folder.join("graph.db");
    using other = new Database(path, { readwrite: true });
    other.run("BEGIN EXCLUSIVE");
    expect(isBusy(thrownBy(() => openRolledBack(path, { busyTimeoutMs: 50 })))).toBe(true);
    other.run("ROLLBACK");
    using db = openRolledBack(path, { busyTimeoutMs: 50 }).db;
    expect(db.query("SELECT title FROM notes").values()).toEqual([["whole"]]);
  });
});

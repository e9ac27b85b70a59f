import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { isBusy } from "../../../src/sqlite/errors.ts";
import { BUSY_TIMEOUT_MS, openToWrite } from "../../../src/sqlite/open.ts";
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
  expect(plain.query("PRAGMA busy_timeout").get()).toEqual({ timeout: BUSY_TIMEOUT_MS });
  expect(plain.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

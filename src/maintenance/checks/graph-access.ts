/**
 * Opening the database as a diagnosis may: for reading, waiting little, and with an answer for whatever is there.
 *
 * The file is never read except through a connection. What it is made of shows in what SQLite says of it.
 */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { accessReason, messageOf, systemErrorCode } from "../../errors.ts";
import { isBusy, sqliteCode } from "../../sqlite/open.ts";
import { openToRead, type View } from "../../sqlite/open-as-it-lies.ts";
import { type SchemaState, schemaState } from "../../store/schema.ts";
import { THRESHOLDS } from "../thresholds.ts";

export type FileTrouble =
  /** Not a file: a folder, a pipe, a device. */
  | "not a file"
  /** The user may not read it, or not reach it. */
  | "no access"
  /** Another process keeps even readers out. */
  | "locked"
  /** Not SQLite's format: random bytes, text, or encrypted. */
  | "not a database"
  /** SQLite's format, and damaged. */
  | "damaged"
  /** A write was interrupted, and only a writer can settle it. */
  | "interrupted write"
  | "unusable";

export type DatabaseAccess =
  | { readonly kind: "missing" }
  /** No bytes at all, as a crash at the wrong moment or a full disk leaves. */
  | { readonly kind: "no bytes" }
  | { readonly kind: "trouble"; readonly trouble: FileTrouble; readonly reason: string }
  | {
      readonly kind: "open";
      readonly db: Database;
      /** "as it lies": nothing could be created beside the file. */
      readonly view: View;
    };

export type GraphAccess =
  | Exclude<DatabaseAccess, { kind: "open" }>
  | (Extract<DatabaseAccess, { kind: "open" }> & { readonly schema: SchemaState });

/** Opens the graph's database, whatever its schema. Never throws. */
export function openGraph(path: string): GraphAccess {
  const access = openDatabase(path);
  if (access.kind !== "open") return access;
  try {
    return { ...access, schema: schemaState(access.db, path) };
  } catch (error) {
    access.db.close();
    return troubleOf(error);
  }
}

/** Opens any SQLite file for reading. Never throws. */
export function openDatabase(path: string): DatabaseAccess {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: "missing" };
    if (!stat.isFile()) {
      const what = stat.isDirectory() ? "a folder" : "neither a file nor a folder";
      return { kind: "trouble", trouble: "not a file", reason: `it is ${what}` };
    }
    if (stat.size === 0) return { kind: "no bytes" };
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return { kind: "missing" };
    return { kind: "trouble", trouble: "no access", reason: accessReason(error) };
  }
  return openFile(path);
}

function openFile(path: string): DatabaseAccess {
  try {
    return { kind: "open", ...openToRead(path, { busyTimeoutMs: THRESHOLDS.lockWait }) };
  } catch (error) {
    return troubleOf(error);
  }
}

/** What an error of SQLite says of the file. */
export function troubleOf(error: unknown): Extract<DatabaseAccess, { kind: "trouble" }> {
  return { kind: "trouble", trouble: kindOfTrouble(error), reason: messageOf(error) };
}

function kindOfTrouble(error: unknown): FileTrouble {
  const code = sqliteCode(error) ?? "";
  if (isBusy(error) || code.startsWith("SQLITE_LOCKED")) return "locked";
  if (code.startsWith("SQLITE_NOTADB")) return "not a database";
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_IOERR_SHORT_READ") return "damaged";
  if (code === "SQLITE_READONLY_ROLLBACK" || code === "SQLITE_READONLY_RECOVERY") return "interrupted write";
  if (/^SQLITE_(CANTOPEN|PERM|AUTH|READONLY)/.test(code)) return "no access";
  return "unusable";
}

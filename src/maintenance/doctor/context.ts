/**
 * What checks may look at, each thing opened when it is first asked for and shared by the checks of one process.
 *
 * Reading connections only, apart from the probe for the writer's lock, which changes no byte (see `write-probe.ts`).
 */
import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { type SchemaState, schemaState } from "../../graph/index.ts";
import type { Discovery } from "../../ingest/discovery/index.ts";
import type { ConfigProblem, Project } from "../../project/index.ts";
import { openToRead, sqliteFault, type View } from "../../sqlite/index.ts";
import { AmalfaError, accessReason, clauseOf, systemErrorCode } from "../../system/index.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** A thing that is wrong with the settings, as `config.valid` reports it. */
export interface SettingsProblem extends ConfigProblem {
  /** What to run about it, where a command helps. */
  readonly commands?: readonly string[];
}

/** What a check process is told; plain data. */
export interface CheckInput {
  /** With default settings where the settings file cannot be used. */
  readonly project: Project;
  /** Empty when the settings are valid. */
  readonly settingsProblems: readonly SettingsProblem[];
  readonly deep: boolean;
  /** Processes of this diagnosis, which are in nobody's way. */
  readonly ownPids: readonly number[];
  /** Whether databases are read as memory, which takes half the time, and ends the process where a disk fails. */
  readonly mapped?: boolean;
  /** `fine` where passages that only wait for their vectors are no finding. */
  readonly waiting?: "fine" | undefined;
}

export class CheckContext implements Disposable {
  input: CheckInput;
  #graph: GraphAccess | undefined;
  #cache: DatabaseAccess | undefined;
  #discovery: Discovery | undefined;

  constructor(input: CheckInput) {
    this.input = input;
  }

  get project(): Project {
    return this.input.project;
  }

  get deep(): boolean {
    return this.input.deep;
  }

  /** Whether sources and the model are what the user configured, not defaults that stand in for them. */
  get settingsUsable(): boolean {
    return this.input.settingsProblems.length === 0;
  }

  graph(): GraphAccess {
    this.#graph ??= accessToGraph(this.project.paths.database, this.input.mapped === true);
    return this.#graph;
  }

  vectorCache(): DatabaseAccess {
    this.#cache ??= accessTo(this.project.paths.vectorCache, this.input.mapped === true);
    return this.#cache;
  }

  /** Walks the sources. Throws what `discover` throws. */
  async discovery(): Promise<Discovery> {
    if (this.#discovery === undefined) {
      const { discover } = await import("../../ingest/discovery/index.ts");
      const { root, settings } = this.project;
      this.#discovery = discover({
        root,
        sources: settings.sources,
        excludePatterns: settings.excludePatterns,
      });
    }
    return this.#discovery;
  }

  [Symbol.dispose](): void {
    for (const access of [this.#graph, this.#cache]) if (access?.kind === "open") access.db.close();
  }
}

/*
 * Opening the database as a diagnosis may: for reading, waiting little, and with an answer for whatever is there.
 *
 * The file is never read except through a connection. What it is made of shows in what SQLite says of it.
 */

export type FileTrouble =
  /** Not a file: a folder, a pipe, a device. */
  | "not a file"
  /** What lies beside it is no file, and SQLite would wait for it or fail. */
  | "obstructed"
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
function accessToGraph(path: string, mapped: boolean): GraphAccess {
  const access = accessTo(path, mapped);
  if (access.kind !== "open") return access;
  try {
    return { ...access, schema: schemaState(access.db, path) };
  } catch (error) {
    access.db.close();
    return troubleOf(error);
  }
}

/** Opens any SQLite file for reading. Never throws. */
function accessTo(path: string, mapped: boolean): DatabaseAccess {
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
  return openFile(path, mapped);
}

/** More than any database has. SQLite maps as much as there is. */
const MAPPED_BYTES = 2 ** 40;

function openFile(path: string, mapped: boolean): DatabaseAccess {
  try {
    const opened = openToRead(path, { busyTimeoutMs: THRESHOLDS.lockWait });
    // Read without locks, it may be cut short at any time.
    if (mapped && opened.view === "complete") opened.db.run(`PRAGMA mmap_size = ${MAPPED_BYTES}`);
    return { kind: "open", ...opened };
  } catch (error) {
    return troubleOf(error);
  }
}

/** What an error of SQLite says of the file. */
export function troubleOf(error: unknown): Extract<DatabaseAccess, { kind: "trouble" }> {
  const odd = error instanceof AmalfaError && error.code === "file.kind";
  return {
    kind: "trouble",
    trouble: odd ? "obstructed" : kindOfTrouble(error),
    reason: clauseOf(error),
  };
}

function kindOfTrouble(error: unknown): FileTrouble {
  const fault = sqliteFault(error);
  switch (fault) {
    case "locked":
    case "not a database":
    case "damaged":
    case "interrupted write":
    case "no access":
      return fault;
    case "read-only":
      return "no access";
    default:
      return "unusable";
  }
}

/*
 * A writing connection that changes no byte (I5).
 *
 * Whoever closes a database's last connection folds its write-ahead log in, and so changes the file. The reading
 * connection that must be given stays open longer than the one for writing, and cannot fold anything in itself.
 */

/**
 * @param reader an open reading connection to the same file, which has read something, so that it holds its lock on
 * the file.
 */
export function withWriter<T>(reader: Database, path: string, work: (db: Database) => T): T {
  reader.query("SELECT count(*) FROM sqlite_schema").get();
  const writer = new Database(path, { readwrite: true, create: false });
  try {
    writer.run(`PRAGMA busy_timeout = ${THRESHOLDS.lockWait}`);
    return work(writer);
  } finally {
    writer.close();
  }
}

/** Faults of the database as a file: whether it opens, is whole, lets writers in, and what was left beside it. */
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { alterGraph } from "../doctor.ts";
import { makeEarlierDatabase } from "../earlier-database.ts";
import { HelperProcess } from "../helper-process.ts";
import type { Hold } from "../hold-database.ts";
import { GRAPH, removeDatabase, SETTINGS } from "../project-files.ts";
import type { TempFolder } from "../temp-folder.ts";
import { type Fault, faultsOf, writing } from "./fault.ts";

const LONG_AGO = new Date("2020-01-01T00:00:00Z");

/** A process that has the database open until it is ended. */
function heldOpen(how: Hold): Fault["make"] {
  return (project) => HelperProcess.start("hold-database.ts", project.join(GRAPH), how);
}

function makeDatabase(path: string, ...statements: string[]): void {
  using db = new Database(path, { create: true });
  for (const statement of statements) db.run(statement);
}

/** Puts something else in the place of the graph. */
function replacedBy(make: (path: string) => void): Fault["make"] {
  return (project) => {
    const path = project.join(GRAPH);
    removeDatabase(path);
    make(path);
  };
}

/** A file that nobody has touched for years. @param within what of its path has that age */
function leftBehind(path: string, content: string, within = path): Fault["make"] {
  return (project) => {
    project.write({ [path]: content });
    utimesSync(project.join(within), LONG_AGO, LONG_AGO);
  };
}

/** Folds the write-ahead log in, so that the file alone is the database. */
function foldLog(db: Database): void {
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Overwrites the page where a table or an index begins. */
function damagePage(project: TempFolder, name: string): void {
  const path = project.join(GRAPH);
  const db = new Database(path);
  foldLog(db);
  const [page] = db.query("SELECT rootpage FROM sqlite_schema WHERE name = ?").values(name)[0] as [number];
  const [size] = db.query("PRAGMA page_size").values()[0] as [number];
  db.close();
  const file = readFileSync(path);
  file.fill(0x5a, (page - 1) * size, page * size);
  writeFileSync(path, file);
}

export const DATABASE_FAULTS: readonly Fault[] = [
  ...faultsOf({ check: "db.open", status: "warning", mended: "amalfa init" }, [
    {
      name: "no graph",
      says: /There is no graph/,
      make: (project) => removeDatabase(project.join(GRAPH)),
    },
    {
      name: "a database without tables, as a full disk leaves it",
      says: /is a database without tables/,
      make: replacedBy((path) => makeDatabase(path, "CREATE TABLE passing (a)", "DROP TABLE passing")),
    },
  ]),
  ...faultsOf({ check: "db.open", status: "error", mended: "amalfa init" }, [
    {
      name: "a database of zero bytes",
      says: /has no bytes at all/,
      make: replacedBy((path) => writeFileSync(path, "")),
    },
  ]),
  ...faultsOf({ check: "db.open", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "a database of random bytes",
      says: /is not a SQLite database, or is encrypted/,
      make: replacedBy((path) => writeFileSync(path, crypto.getRandomValues(new Uint8Array(20_000)))),
    },
    {
      name: "a folder in the place of the database",
      says: /it is a folder/,
      make: replacedBy((path) => mkdirSync(path)),
    },
    {
      name: "a pipe in the place of the database",
      says: /neither a file nor a folder/,
      make: replacedBy((path) => Bun.spawnSync(["mkfifo", path])),
    },
    {
      name: "a database of a newer version",
      says: /newer version of amalfa \(schema 999/,
      make: (project) => alterGraph(project, "PRAGMA user_version = 999"),
    },
    {
      name: "a database of amalfa 1.x",
      says: /earlier version of amalfa/,
      make: replacedBy(makeEarlierDatabase),
    },
    {
      name: "a database of another program",
      says: /of another program/,
      make: replacedBy((path) => makeDatabase(path, "CREATE TABLE invoices (id INTEGER PRIMARY KEY)")),
    },
    {
      name: "a graph without one of its tables",
      says: /lacks edges/,
      make: (project) => alterGraph(project, "DROP TABLE edges"),
    },
    {
      name: "a truncated database",
      says: /is damaged: /,
      make: (project) => {
        const db = new Database(project.join(GRAPH));
        foldLog(db);
        db.close();
        truncateSync(project.join(GRAPH), 60_000);
      },
    },
  ]),
  ...faultsOf({ check: "db.open", status: "error", mended: undefined }, [
    {
      name: "a database setting that leads to somebody's document",
      says: /letter\.txt, where the `database` setting leads, is no graph/,
      make: writing({
        "letter.txt": "A letter, and no database. ".repeat(20),
        [SETTINGS]: '{ "database": "letter.txt" }',
      }),
    },
    {
      name: "a database setting that leads to another program's database, with nodes and edges of its own",
      says: /atlas\.db, where the `database` setting leads, is no graph of amalfa's: it is a database of another program/,
      make: (project) => {
        project.write({ [SETTINGS]: '{ "database": "atlas.db" }' });
        makeDatabase(
          project.join("atlas.db"),
          "CREATE TABLE nodes (id INTEGER PRIMARY KEY)",
          "CREATE TABLE edges (id INTEGER PRIMARY KEY)",
        );
      },
    },
  ]),
  ...faultsOf({ check: "db.integrity", status: "error", mended: "amalfa rebuild" }, [
    {
      name: "a damaged page",
      says: /damaged/,
      make: (project) => damagePage(project, "links"),
    },
  ]),
  ...faultsOf({ check: "db.lock", status: "error", mended: "amalfa servers" }, [
    {
      name: "a writer that does not let go",
      says: /locked against writers by process \d+ \(.*hold-database/,
      make: heldOpen("reserve"),
    },
    {
      name: "a process that keeps even readers out",
      says: /locked against everybody by process \d+ \(.*hold-database/,
      make: heldOpen("exclude"),
    },
  ]),
  ...faultsOf({ check: "db.wal", status: "warning", mended: "by fix" }, [
    {
      name: "a large write-ahead log",
      says: /write-ahead log of .* has 1\d.* MiB; the database is open in process \d+/,
      make: heldOpen("grow"),
    },
  ]),
  ...faultsOf({ check: "db.leftovers", status: "warning", mended: "by fix" }, [
    {
      name: "what an interrupted reset has left",
      says: /interrupted reset/,
      make: leftBehind(".amalfa.deleting-0123abcd/resonance.db", "half gone", ".amalfa.deleting-0123abcd"),
    },
    {
      name: "what an interrupted rebuild has left",
      says: /interrupted rebuild/,
      make: leftBehind(`${GRAPH}.rebuilding`, "half built"),
    },
    {
      name: "an old temporary file",
      says: /is a temporary file/,
      make: leftBehind(".amalfa/runtime/.daemon.pid.4711.tmp", ""),
    },
    {
      name: "the log of a database that is gone",
      says: /log of a database that is gone/,
      make: (project) => {
        unlinkSync(project.join(GRAPH));
        return leftBehind(`${GRAPH}-wal`, "rows of long ago")(project);
      },
    },
  ]),
];

/** Everything that can be wrong with a project, made for real: one entry a fault, by the check that finds it. */

import { Database } from "bun:sqlite";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { storedChecksum } from "../../src/store/stored-vectors.ts";
import { alterGraph } from "./doctor.ts";
import { makeEarlierDatabase } from "./earlier-database.ts";
import { alterCache } from "./embedding.ts";
import { HelperProcess } from "./helper-process.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface Fault {
  readonly name: string;
  /** Id of the check that reports it. */
  readonly check: string;
  readonly status: "warning" | "error";
  /** What a finding says, in part. */
  readonly says: RegExp;
  /** Whether `--fix` mends it; else the first command of the finding, or none. */
  readonly mended: "by fix" | string | undefined;
  readonly args?: readonly string[];
  /** Makes the fault. A process that it answers is ended with the test. */
  readonly make: (project: TempFolder) => unknown;
}

const DATABASE = ".amalfa/resonance.db";
const CACHE = ".amalfa/cache/vector_cache.sqlite";
const LONG_AGO = new Date("2020-01-01T00:00:00Z");

function dropDatabase(project: TempFolder): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(project.join(DATABASE + suffix), { force: true });
}

/** Overwrites the page where a table or an index begins. */
function damagePage(project: TempFolder, name: string): void {
  const path = project.join(DATABASE);
  const db = new Database(path);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const [page] = db.query("SELECT rootpage FROM sqlite_schema WHERE name = ?").values(name)[0] as [number];
  const [size] = db.query("PRAGMA page_size").values()[0] as [number];
  db.close();
  const bytes = new Uint8Array(size).fill(0x5a);
  const file = readFileSync(path);
  file.set(bytes, (page - 1) * size);
  writeFileSync(path, file);
}

function aged(path: string): void {
  utimesSync(path, LONG_AGO, LONG_AGO);
}

/** A PID that no process has: of one that has just ended. */
export function deadPid(): number {
  return Bun.spawnSync(["true"]).pid;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "an unknown key in the settings",
    check: "config.valid",
    status: "error",
    says: /surces: unknown key/,
    mended: undefined,
    make: (project) => void project.write({ "amalfa.settings.json": '{ "surces": ["."] }' }),
  },
  {
    name: "settings that are no JSON",
    check: "config.valid",
    status: "error",
    says: /not valid JSON at line 1/,
    mended: undefined,
    make: (project) => void project.write({ "amalfa.settings.json": "{ sources: " }),
  },
  {
    name: "a source that does not exist",
    check: "config.sources",
    status: "error",
    says: /"nowhere" does not exist/,
    mended: undefined,
    make: (project) => void project.write({ "amalfa.settings.json": '{ "sources": [".", "nowhere"] }' }),
  },
  {
    name: "a source without a document",
    check: "config.sources",
    status: "warning",
    says: /"empty" contains no markdown/,
    mended: undefined,
    make: (project) => {
      project.write({ "amalfa.settings.json": '{ "sources": [".", "empty"] }' });
      mkdirSync(project.join("empty"));
    },
  },
  {
    name: "a missing folder",
    check: "layout.access",
    status: "warning",
    says: /runtime is missing/,
    mended: "by fix",
    make: (project) => rmSync(project.join(".amalfa/runtime"), { recursive: true }),
  },
  {
    name: ".amalfa behind a symbolic link",
    check: "layout.access",
    status: "error",
    says: /symbolic link/,
    mended: undefined,
    make: (project) => {
      renameSync(project.join(".amalfa"), project.join("elsewhere"));
      symlinkSync("elsewhere", project.join(".amalfa"));
    },
  },
  {
    name: ".amalfa that is a file",
    check: "layout.access",
    status: "error",
    says: /is not a folder/,
    mended: undefined,
    make: (project) => {
      rmSync(project.join(".amalfa"), { recursive: true });
      project.write({ ".amalfa": "a file" });
    },
  },
  {
    name: "files in the place of the folders, which is said once",
    check: "layout.access",
    status: "error",
    says: /^\S+cache is not a folder\. The same holds for \S+runtime, \S+logs, \S+quarantine\.$/,
    mended: undefined,
    make: (project) => {
      for (const name of ["cache", "runtime", "logs", "quarantine"]) {
        rmSync(project.join(`.amalfa/${name}`), { recursive: true, force: true });
        project.write({ [`.amalfa/${name}`]: "a file" });
      }
    },
  },
  {
    name: "the PID file of a process that is gone",
    check: "pid.stale",
    status: "warning",
    says: /process \d+ has ended/,
    mended: "by fix",
    make: (project) => void project.write({ ".amalfa/runtime/daemon.pid": `${deadPid()}\n` }),
  },
  {
    name: "PID files that are empty, or hold garbage, 0, a negative number, two numbers",
    check: "pid.stale",
    status: "warning",
    says: /(?:is no PID file[\s\S]*){5}/,
    mended: "by fix",
    make: (project) =>
      ["", "garbage\n", "0\n", "-1\n", "4711 4712\n"].forEach((content, index) => {
        project.write({ [`.amalfa/runtime/mcp-${index + 1}.pid`]: content });
      }),
  },
  {
    name: "a PID that belongs to another program",
    check: "pid.foreign",
    status: "warning",
    says: /is another program: sleep/,
    mended: "by fix",
    make: async (project) => {
      const stranger = await HelperProcess.run(["sh", "-c", "echo ready; exec sleep 1000"]);
      project.write({ ".amalfa/runtime/vector-daemon.pid": `${stranger.pid}\n` });
      return stranger;
    },
  },
  ...(
    [
      ["hangs", "error", /does not answer: no answer on port/],
      ["starting", "warning", /is not ready: it is still starting/],
      ["degraded", "warning", /three documents failed/],
      ["other project", "error", /of \/somewhere\/else/],
      ["other model", "warning", /uses the model another-model/],
    ] as const
  ).map(
    ([manner, status, says]): Fault => ({
      name: `a service that ${manner === "hangs" ? manner : `is "${manner}"`}`,
      check: "service.health",
      status,
      says,
      mended: "amalfa watcher restart",
      make: (project) => HelperProcess.start("odd-service.ts", project.path, manner),
    }),
  ),
  {
    name: "no graph",
    check: "db.open",
    status: "warning",
    says: /There is no graph/,
    mended: "amalfa init",
    make: dropDatabase,
  },
  {
    name: "a database of zero bytes",
    check: "db.open",
    status: "error",
    says: /has no bytes at all/,
    mended: "amalfa init",
    make: (project) => {
      dropDatabase(project);
      project.write({ [DATABASE]: "" });
    },
  },
  {
    name: "a database of random bytes",
    check: "db.open",
    status: "error",
    says: /is not a SQLite database, or is encrypted/,
    mended: "amalfa rebuild",
    make: (project) => {
      dropDatabase(project);
      project.write({ [DATABASE]: crypto.getRandomValues(new Uint8Array(20_000)) });
    },
  },
  {
    name: "a database setting that leads to somebody's document",
    check: "db.open",
    status: "error",
    says: /letter\.txt, where the `database` setting leads, is no graph/,
    mended: undefined,
    make: (project) =>
      void project.write({
        "letter.txt": "A letter, and no database. ".repeat(20),
        "amalfa.settings.json": '{ "database": "letter.txt" }',
      }),
  },
  {
    name: "a folder in the place of the database",
    check: "db.open",
    status: "error",
    says: /it is a folder/,
    mended: "amalfa rebuild",
    make: (project) => {
      dropDatabase(project);
      mkdirSync(project.join(DATABASE));
    },
  },
  {
    name: "a pipe in the place of the database",
    check: "db.open",
    status: "error",
    says: /neither a file nor a folder/,
    mended: "amalfa rebuild",
    make: (project) => {
      dropDatabase(project);
      Bun.spawnSync(["mkfifo", project.join(DATABASE)]);
    },
  },
  {
    name: "a database of a newer version",
    check: "db.open",
    status: "error",
    says: /newer version of amalfa \(schema 999/,
    mended: "amalfa rebuild",
    make: (project) => alterGraph(project, "PRAGMA user_version = 999"),
  },
  {
    name: "a database of amalfa 1.x",
    check: "db.open",
    status: "error",
    says: /earlier version of amalfa/,
    mended: "amalfa rebuild",
    make: (project) => {
      dropDatabase(project);
      makeEarlierDatabase(project.join(DATABASE));
    },
  },
  {
    name: "a database of another program",
    check: "db.open",
    status: "error",
    says: /of another program/,
    mended: "amalfa rebuild",
    make: (project) => {
      dropDatabase(project);
      using db = new Database(project.join(DATABASE), { create: true });
      db.run("CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    },
  },
  {
    name: "a database setting that leads to another program's database, with nodes and edges of its own",
    check: "db.open",
    status: "error",
    says: /atlas\.db, where the `database` setting leads, is no graph of amalfa's: it is a database of another program/,
    mended: undefined,
    make: (project) => {
      project.write({ "amalfa.settings.json": '{ "database": "atlas.db" }' });
      using db = new Database(project.join("atlas.db"), { create: true });
      db.run("CREATE TABLE nodes (id INTEGER PRIMARY KEY)");
      db.run("CREATE TABLE edges (id INTEGER PRIMARY KEY)");
    },
  },
  {
    name: "a graph without one of its tables",
    check: "db.open",
    status: "error",
    says: /lacks edges/,
    mended: "amalfa rebuild",
    make: (project) => alterGraph(project, "DROP TABLE edges"),
  },
  {
    name: "a truncated database",
    check: "db.open",
    status: "error",
    says: /is damaged: /,
    mended: "amalfa rebuild",
    make: (project) => {
      const db = new Database(project.join(DATABASE));
      db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      truncateSync(project.join(DATABASE), 60_000);
    },
  },
  {
    name: "a damaged page",
    check: "db.integrity",
    status: "error",
    says: /damaged/,
    mended: "amalfa rebuild",
    make: (project) => damagePage(project, "links"),
  },
  {
    name: "a writer that does not let go",
    check: "db.lock",
    status: "error",
    says: /locked against writers by process \d+ \(.*hold-database/,
    mended: "amalfa servers",
    make: (project) => HelperProcess.start("hold-database.ts", project.join(DATABASE), "reserve"),
  },
  {
    name: "a process that keeps even readers out",
    check: "db.lock",
    status: "error",
    says: /locked against everybody by process \d+ \(.*hold-database/,
    mended: "amalfa servers",
    make: (project) => HelperProcess.start("hold-database.ts", project.join(DATABASE), "exclude"),
  },
  {
    name: "a large write-ahead log",
    check: "db.wal",
    status: "warning",
    says: /write-ahead log of .* has 1\d.* MiB; the database is open in process \d+/,
    mended: "by fix",
    make: (project) => HelperProcess.start("hold-database.ts", project.join(DATABASE), "grow"),
  },
  {
    name: "what an interrupted reset has left",
    check: "db.leftovers",
    status: "warning",
    says: /interrupted reset/,
    mended: "by fix",
    make: (project) => {
      project.write({ ".amalfa.deleting-0123abcd/resonance.db": "half gone" });
      aged(project.join(".amalfa.deleting-0123abcd"));
    },
  },
  {
    name: "what an interrupted rebuild has left",
    check: "db.leftovers",
    status: "warning",
    says: /interrupted rebuild/,
    mended: "by fix",
    make: (project) => {
      project.write({ [`${DATABASE}.rebuilding`]: "half built" });
      aged(project.join(`${DATABASE}.rebuilding`));
    },
  },
  {
    name: "an old temporary file",
    check: "db.leftovers",
    status: "warning",
    says: /is a temporary file/,
    mended: "by fix",
    make: (project) => {
      project.write({ ".amalfa/runtime/.daemon.pid.4711.tmp": "" });
      aged(project.join(".amalfa/runtime/.daemon.pid.4711.tmp"));
    },
  },
  {
    name: "the log of a database that is gone",
    check: "db.leftovers",
    status: "warning",
    says: /log of a database that is gone/,
    mended: "by fix",
    make: (project) => {
      unlinkSync(project.join(DATABASE));
      project.write({ [`${DATABASE}-wal`]: "rows of long ago" });
      aged(project.join(`${DATABASE}-wal`));
    },
  },
  {
    name: "an edge without an end",
    check: "graph.edges",
    status: "error",
    says: /README\.md → nowhere\.md has an end that is no document/,
    mended: "amalfa rebuild",
    make: (project) => alterGraph(project, "INSERT INTO edges VALUES ('README.md', 'nowhere.md', 'link')"),
  },
  {
    name: "a passage that occurs twice",
    check: "graph.edges",
    status: "error",
    says: /occurs more than once/,
    mended: "amalfa rebuild",
    make: (project) =>
      alterGraph(
        project,
        "DROP INDEX chunks_by_node",
        "INSERT INTO chunks SELECT 1, node, ordinal, heading, start_line, end_line, text, key FROM chunks LIMIT 1",
      ),
  },
  {
    name: "a passage without a vector",
    check: "graph.vectors",
    status: "error",
    says: /1 passages have no vector/,
    mended: "amalfa rebuild",
    make: (project) =>
      alterGraph(project, "DELETE FROM vectors WHERE chunk = (SELECT min(chunk) FROM vectors)"),
  },
  {
    name: "a vector of the wrong size",
    check: "graph.vectors",
    status: "error",
    says: /1 vectors are not of 384 dimensions/,
    mended: "amalfa rebuild",
    make: (project) =>
      alterGraph(
        project,
        "UPDATE vectors SET vector = zeroblob(12) WHERE chunk = (SELECT min(chunk) FROM vectors)",
      ),
  },
  {
    name: "vectors of another model",
    check: "graph.vectors",
    status: "error",
    says: /The vectors are from the model another-model/,
    mended: "amalfa init",
    make: (project) => alterGraph(project, "UPDATE meta SET value = 'another-model' WHERE key = 'model'"),
  },
  {
    name: "a damaged vector, looked at with --deep",
    check: "graph.vectors",
    status: "error",
    says: /1 vectors do not match their checksums/,
    mended: "amalfa rebuild",
    args: ["--deep"],
    make: (project) =>
      alterGraph(
        project,
        "UPDATE vectors SET vector = unhex(substr(hex(vector), 1, 80) || '17' || substr(hex(vector), 83)) WHERE chunk = (SELECT min(chunk) FROM vectors)",
      ),
  },
  {
    name: "vectors that another runtime made, looked at with --deep",
    check: "graph.vectors",
    status: "error",
    says: /Embedded again, a passage of .* has another vector/,
    mended: "amalfa rebuild",
    args: ["--deep"],
    make: (project) => {
      using db = new Database(project.join(DATABASE));
      const rows = db
        .query("SELECT v.chunk, c.key, v.vector FROM vectors v JOIN chunks c ON c.id = v.chunk")
        .values();
      const [, , last] = rows.at(-1) as [number, string, Uint8Array];
      for (const [chunk, key] of rows as [number, string, Uint8Array][]) {
        db.run("UPDATE vectors SET vector = ?, checksum = ? WHERE chunk = ?", [
          last,
          storedChecksum(key, last),
          chunk,
        ]);
      }
    },
  },
  {
    name: "files that have moved on",
    check: "graph.drift",
    status: "warning",
    says: /1 added, 1 changed, 1 removed/,
    mended: "amalfa init",
    make: (project) => {
      project.write({ "new.md": "# New\n", "soil/worms.md": "Worms again, and more of them.\n" });
      unlinkSync(project.join("crops/tomatoes.md"));
    },
  },
  {
    name: "a new file, and one of the graph, that cannot be ingested",
    check: "graph.drift",
    status: "warning",
    says: /^crops\/tomatoes\.md cannot be ingested: is not UTF-8: .*\nnew\.md cannot be ingested: is not UTF-8: [^\n]*$/,
    mended: undefined,
    make: (project) => {
      for (const path of ["new.md", "crops/tomatoes.md"])
        project.write({ [path]: new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a]) });
    },
  },
  {
    name: "a source that is gone, with the documents that the graph has of it",
    check: "graph.drift",
    status: "warning",
    says: /removed/,
    mended: undefined,
    make: (project) => void project.write({ "amalfa.settings.json": '{ "sources": ["nowhere"] }' }),
  },
  {
    name: "passages that the full-text index lacks",
    check: "index.fts",
    status: "error",
    says: /full-text index is damaged/,
    mended: "by fix",
    make: (project) =>
      alterGraph(
        project,
        `INSERT INTO search_index (search_index, rowid, path, title, heading, text)
          SELECT 'delete', id, path, title, heading, text FROM passages LIMIT 2`,
      ),
  },
  {
    name: "a full-text index with damaged words",
    check: "index.fts",
    status: "error",
    says: /full-text index is damaged/,
    mended: "by fix",
    make: (project) =>
      alterGraph(
        project,
        `INSERT INTO search_index (search_index, rowid, path, title, heading, text)
          SELECT 'delete', id, path, title, heading, 'words that were never there' FROM passages`,
      ),
  },
  {
    name: "a full-text index of other words, looked at with --deep",
    check: "index.fts",
    status: "error",
    says: /full-text index is damaged/,
    mended: "by fix",
    args: ["--deep"],
    make: (project) => alterGraph(project, "UPDATE chunks SET text = 'entirely other words'"),
  },
  {
    name: "a vector cache of random bytes",
    check: "cache.open",
    status: "warning",
    says: /damaged or no vector cache/,
    mended: "by fix",
    make: (project) => void project.write({ [CACHE]: crypto.getRandomValues(new Uint8Array(20_000)) }),
  },
  {
    name: "a folder in the place of the vector cache",
    check: "cache.open",
    status: "warning",
    says: /it is a folder/,
    mended: "by fix",
    make: (project) => {
      rmSync(project.join(CACHE));
      project.write({ [`${CACHE}/file`]: "in a folder" });
    },
  },
  ...[
    "/dev/null/folder/x.sqlite",
    ...(process.platform === "linux" ? ["/proc/x.sqlite", "/proc/folder/x.sqlite"] : []),
  ].map(
    (path): Fault => ({
      name: `a vector cache at ${path}, where none can be made`,
      check: "cache.open",
      status: "warning",
      says: /cannot be made: (?:\/dev\/null is not a folder|nothing can be created in \/proc)/,
      mended: undefined,
      make: (project) => void project.write({ "amalfa.settings.json": JSON.stringify({ cache: { path } }) }),
    }),
  ),
  {
    name: "a vector cache of a newer version",
    check: "cache.open",
    status: "warning",
    says: /newer version/,
    mended: undefined,
    make: (project) => alterCache(project.join(CACHE), "PRAGMA user_version = 999"),
  },
  {
    name: "malformed rows in the vector cache",
    check: "cache.rows",
    status: "warning",
    says: /2 rows of the vector cache are malformed/,
    mended: "by fix",
    make: (project) =>
      alterCache(
        project.join(CACHE),
        "UPDATE cache SET vector = zeroblob(12) WHERE key = (SELECT min(key) FROM cache)",
        "UPDATE cache SET checksum = 1 WHERE key = (SELECT max(key) FROM cache)",
      ),
  },
  {
    name: "a vector cache over its cap",
    check: "cache.size",
    status: "warning",
    says: /uses 2.* MiB of 1 MiB/,
    mended: "by fix",
    make: (project) => {
      project.write({ "amalfa.settings.json": '{ "cache": { "maxBytes": "1 MiB" } }' });
      alterCache(
        project.join(CACHE),
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
          INSERT INTO cache SELECT printf('%064x', i), randomblob(1536), i, 'old', 1 FROM n`,
      );
    },
  },
  {
    name: "a log over its limit",
    check: "logs.size",
    status: "warning",
    says: /watcher\.log has 6 MiB/,
    mended: "by fix",
    make: (project) => {
      project.write({ ".amalfa/logs/watcher.log": "" });
      appendFileSync(project.join(".amalfa/logs/watcher.log"), new Uint8Array(6 * 1024 * 1024).fill(0x61));
    },
  },
];

/**
 * What there is to know of every check without loading it, in the order in which they are reported. The doctor itself
 * runs none: each is loaded by the process that runs it, with whatever it looks at.
 */
import type { CheckInfo } from "../check.ts";

// Those that tell this diagnosis' own processes from others have lanes of their own: they are told as a lane begins.
const LIST = [
  {
    id: "config.valid",
    title: "the settings are valid",
    group: "configuration",
    lane: "folders",
    fix: undefined,
  },
  {
    id: "config.sources",
    title: "every source exists, is readable and contains documents",
    group: "configuration",
    lane: "files",
    fix: undefined,
  },
  {
    id: "layout.access",
    title: ".amalfa and its folders can be used",
    group: "files",
    lane: "folders",
    fix:
      "create missing folders; move what lies in the place of a lock or file, and nobody has open, to quarantine; " +
      "put a copy in the place of a database that has another name too; set a damaged list of projects aside",
  },
  {
    id: "runtime.onnx",
    title: "Bun and the ONNX runtime work",
    group: "configuration",
    lane: "model",
    fix: undefined,
  },
  {
    id: "model.files",
    title: "the model's files are present and whole",
    group: "configuration",
    lane: "model",
    fix: undefined,
  },
  {
    id: "pid.stale",
    title: "no PID file names a process that is gone",
    group: "services",
    lane: "services",
    fix: "remove the PID file",
  },
  {
    id: "pid.foreign",
    title: "no PID file names another program",
    group: "services",
    lane: "services",
    fix: "remove the PID file; the process is left alone",
  },
  {
    id: "service.health",
    title: "running services answer and are ready",
    group: "services",
    lane: "services",
    fix: undefined,
  },
  {
    id: "service.orphan",
    title: "every running service has its PID file, and its port is free for it",
    group: "services",
    lane: "services",
    fix: "write the PID file again, where the identity of the service is proved",
  },
  {
    id: "db.open",
    title: "the database opens and holds a graph",
    group: "database",
    lane: "graph",
    fix: undefined,
  },
  {
    id: "db.lock",
    title: "a writer can get in",
    group: "database",
    lane: "lock",
    fix: undefined,
  },
  {
    id: "db.wal",
    title: "the write-ahead log is small",
    group: "database",
    lane: "log",
    fix: "fold the write-ahead log into the database and cut it to nothing, when no reader is in the way",
  },
  {
    id: "db.integrity",
    title: "the database is not damaged",
    group: "database",
    lane: "integrity",
    fix: undefined,
  },
  {
    id: "db.leftovers",
    title: "nothing is left over from interrupted commands",
    group: "files",
    lane: "files",
    fix: "move it to quarantine when no process has it open",
  },
  {
    id: "graph.rows",
    title: "every row is what was written",
    group: "graph",
    lane: "graph",
    fix: undefined,
  },
  {
    id: "graph.edges",
    title: "edges have both ends, ids are unique",
    group: "graph",
    lane: "graph",
    fix: undefined,
  },
  {
    id: "graph.vectors",
    title: "every passage has its vector",
    group: "graph",
    lane: "graph",
    fix: undefined,
  },
  {
    id: "model.language",
    title: "the model knows the language of the notes",
    group: "graph",
    lane: "graph",
    fix: undefined,
  },
  {
    id: "graph.drift",
    title: "the graph is up to date with the files",
    group: "graph",
    lane: "files",
    fix: undefined,
  },
  {
    id: "index.fts",
    title: "the full-text index agrees with the passages",
    group: "graph",
    lane: "index",
    fix: "build the full-text index again from the passages",
  },
  {
    id: "cache.open",
    title: "the vector cache opens and is not damaged",
    group: "vector cache",
    lane: "cache",
    fix:
      "build damaged indexes again from its rows; move a damaged file to quarantine when no process " +
      "has it open, and a new one starts empty",
  },
  {
    id: "cache.rows",
    title: "the vectors in the cache are whole",
    group: "vector cache",
    lane: "cache",
    fix: "delete malformed rows; what they held is computed again when it is needed",
  },
  {
    id: "cache.size",
    title: "the vector cache is within its cap",
    group: "vector cache",
    lane: "cache",
    fix: "evict the least recently used rows, down to nine tenths of the cap",
  },
  {
    id: "cache.remote",
    title: "the remote vector cache answers and holds what it should",
    group: "vector cache",
    lane: "cache",
    fix: undefined,
  },
  {
    id: "logs.size",
    title: "logs are within their limit",
    group: "logs",
    lane: "folders",
    fix: "rotate: the log goes on as <service>.log.1, and a new one begins",
  },
] as const satisfies readonly CheckInfo[];

export type CheckId = (typeof LIST)[number]["id"];

export const CHECK_LIST: readonly CheckInfo[] = LIST;

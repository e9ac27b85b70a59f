/** `db.wal`: the size of the write-ahead log, and who keeps it from being folded in. */

import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { nameOpeners, openToWrite, readPragma } from "../../../sqlite/index.ts";
import { formatBytes } from "../../../system/index.ts";
import { nameProcesses, readerLockHolders } from "../../../system/process/index.ts";
import {
  type Check,
  type CheckOutcome,
  type FixTarget,
  healthy,
  notOpen,
  outcomeOf,
  textOf,
} from "../check.ts";
import type { CheckContext } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const dbWal: Check = {
  id: "db.wal",
  repair: checkpoint,
  async run(context): Promise<CheckOutcome> {
    const { database } = context.project.paths;
    const graph = context.graph();
    if (graph.kind !== "open") return notOpen(graph);
    const bytes = statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes < THRESHOLDS.writeAheadLog) return healthy(`the write-ahead log has ${formatBytes(bytes)}`);
    return outcomeOf(
      [
        {
          severity: "warning",
          message: `The write-ahead log of ${database} has ${formatBytes(bytes)}${inTheWay(context)}.`,
          why: "It takes space on the disk and makes reading slower; nothing is lost or wrong.",
          subject: `${database}-wal`,
          fix: { action: "fold it into the database and cut it to nothing", target: { database } },
          commands: [],
        },
      ],
      "",
    );
  },
};

function inTheWay({ project, input }: CheckContext): string {
  const { database } = project.paths;
  const readers = readerLockHolders(database).filter((pid) => !input.ownPids.includes(pid));
  if (readers.length > 0) return `; ${nameProcesses(readers)} is reading`;
  const openers = nameOpeners(database, input.ownPids);
  return openers === undefined ? "" : `; the database is open in ${openers}`;
}

/* Fix of `db.wal`: folds the write-ahead log into the database, and says in bytes how far that went. */

/** While the checkpoint waits for a reader, writers wait for it; so it waits briefly, and several times. */
const ATTEMPT_MS = 100;
const PAUSE_MS = 50;
/** Bytes of a frame's header (SQLite documentation, "WAL-mode File Format"). */
const FRAME_HEADER = 24;

interface CheckpointRow {
  readonly busy: number;
  /** Frames in the log; -1 when the database is not in WAL mode. */
  readonly log: number;
  readonly checkpointed: number;
}

async function checkpoint(target: FixTarget): Promise<string> {
  const database = textOf(target, "database");
  const before = walBytes(database);
  const db = openToWrite(database, { busyTimeoutMs: ATTEMPT_MS });
  try {
    const row = await persistentCheckpoint(db);
    const pageSize = readPragma(db, "page_size");
    const result = describe(row, pageSize + FRAME_HEADER);
    if (row.busy === 0)
      return `${result}; the log had ${formatBytes(before)} and has ${formatBytes(walBytes(database))}`;
    const readers = readerLockHolders(database);
    const who = readers.length > 0 ? `; ${nameProcesses(readers)} is reading` : "";
    throw new Error(
      `a reader still needed it after ${THRESHOLDS.checkpointPatience / 1000} s (${result})${who}`,
    );
  } finally {
    db.close();
  }
}

/** `wal_checkpoint` reports failure in its row and not by throwing; a writer at work makes it busy as well. */
async function persistentCheckpoint(db: Database): Promise<CheckpointRow> {
  const end = performance.now() + THRESHOLDS.checkpointPatience;
  for (;;) {
    const row = db.query<CheckpointRow, []>("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (row === null) throw new Error("SQLite gave no answer to wal_checkpoint");
    if (row.busy === 0 || performance.now() >= end) return row;
    await Bun.sleep(PAUSE_MS);
  }
}

function describe({ busy, log, checkpointed }: CheckpointRow, frameBytes: number): string {
  const frames = (count: number): string => formatBytes(Math.max(0, count) * frameBytes);
  return `wal_checkpoint(TRUNCATE) answered busy ${busy}, log ${frames(log)}, checkpointed ${frames(checkpointed)}`;
}

function walBytes(database: string): number {
  return statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

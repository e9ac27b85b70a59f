/** Fix of `db.wal`: folds the write-ahead log into the database, and says in bytes how far that went. */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { openForWriting } from "../../sqlite/open.ts";
import { readPragma } from "../../sqlite/pragma.ts";
import { bytesText } from "../checks/text.ts";
import { nameProcesses } from "../holder-names.ts";
import { readerLockHolders } from "../lock-holders.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { type Fix, textOf } from "./fix.ts";

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

export const checkpoint: Fix = async (target) => {
  const database = textOf(target, "database");
  const before = walBytes(database);
  const db = openForWriting(database, { busyTimeoutMs: ATTEMPT_MS });
  try {
    const row = await persistentCheckpoint(db);
    const pageSize = readPragma(db, "page_size");
    const result = describe(row, pageSize + FRAME_HEADER);
    if (row.busy === 0)
      return `${result}; the log had ${bytesText(before)} and has ${bytesText(walBytes(database))}`;
    const readers = readerLockHolders(database);
    const who = readers.length > 0 ? `; ${nameProcesses(readers)} is reading` : "";
    throw new Error(
      `a reader kept it from its end for ${THRESHOLDS.checkpointPatience / 1000} s (${result})${who}`,
    );
  } finally {
    db.close();
  }
};

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
  const frames = (count: number): string => bytesText(Math.max(0, count) * frameBytes);
  return `wal_checkpoint(TRUNCATE) answered busy ${busy}, log ${frames(log)}, checkpointed ${frames(checkpointed)}`;
}

function walBytes(database: string): number {
  return statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** `db.wal`: the size of the write-ahead log, and who keeps it from being folded in. */
import { statSync } from "node:fs";
import { nameOpeners, nameProcesses } from "../holder-names.ts";
import { readerLockHolders } from "../lock-holders.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { type Check, type CheckOutcome, healthy, outcomeOf } from "./check.ts";
import type { CheckContext } from "./context.ts";
import { notOpen } from "./graph-required.ts";
import { bytesText } from "./text.ts";

export const dbWal: Check = {
  id: "db.wal",
  title: "the write-ahead log is small",
  group: "database",
  lane: "locks",
  fix: "fold the write-ahead log into the database and cut it to nothing, when no reader is in the way",
  async run(context): Promise<CheckOutcome> {
    const { database } = context.project.paths;
    const graph = context.graph();
    if (graph.kind !== "open") return notOpen(graph);
    const bytes = statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes < THRESHOLDS.writeAheadLog) return healthy(`the write-ahead log has ${bytesText(bytes)}`);
    return outcomeOf(
      [
        {
          severity: "warning",
          message: `The write-ahead log of ${database} has ${bytesText(bytes)}${inTheWay(context)}.`,
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

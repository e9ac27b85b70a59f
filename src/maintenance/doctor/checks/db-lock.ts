/** `db.lock`: can a writer get in, and if not, who holds the lock? Found out by trying; nothing is written. */
import type { Database } from "bun:sqlite";
import {
  currentLockHolder,
  describeHolder,
  type LockHolder,
  namelessLockHolders,
} from "../../../project/lock/index.ts";
import {
  hasUnwritableHeader,
  isBusy,
  nameOpeners,
  refusalBehind,
  sqliteCode,
  UNWRITABLE,
} from "../../../sqlite/index.ts";
import { messageOf } from "../../../system/index.ts";
import { isStopped, nameProcesses, otherUserOf, writerLockHolders } from "../../../system/process/index.ts";
import {
  blocked,
  type Check,
  type CheckOutcome,
  type Finding,
  healthy,
  notOpen,
  outcomeOf,
} from "../check.ts";
import { type CheckContext, withWriter } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const dbLock: Check = {
  id: "db.lock",
  async run(context): Promise<CheckOutcome> {
    const holder = currentLockHolder(context.project.paths);
    const kept = holder !== undefined && isStopped(holder.pid) ? [stoppedFinding(context, holder)] : [];
    kept.push(...(await namelessFindings(context)));
    const outcome = await look(context, holder);
    if (kept.length > 0) return outcomeOf([...kept, ...outcome.findings], "");
    // Where there is no graph yet, whoever is making it is worth a word.
    if (outcome.skipped !== true || holder === undefined) return outcome;
    return { ...outcome, message: `${outcome.message}; ${describeHolder(holder)} is at work` };
  },
};

async function look(context: CheckContext, holder: LockHolder | undefined): Promise<CheckOutcome> {
  const graph = context.graph();
  if (graph.kind === "trouble" && graph.trouble === "locked")
    return outcomeOf([heldFinding(context, "everybody")], "");
  if (graph.kind !== "open" || graph.schema.kind === "foreign")
    return graph.kind === "open" ? blocked("the database is not amalfa's", "db.open") : notOpen(graph);
  if (graph.view === "as it lies") return blocked("the database can only be read", "db.open");
  const { database } = context.project.paths;
  const attempt = await tryToWrite(graph.db, database);
  if (attempt.kind === "in") return healthy(atWork(holder) ?? "a writer gets in at once");
  if (attempt.kind === "held") return outcomeOf([heldFinding(context, "writers")], "");
  const finding = hasUnwritableHeader(database) ? unwritableFinding : closedFinding;
  return outcomeOf([finding(database, attempt.reason)], "");
}

type Attempt =
  | { readonly kind: "in" }
  | { readonly kind: "held" }
  | { readonly kind: "closed"; readonly reason: string };

/** A writer at work lets go between its transactions, so that only a lock that is held for long is a finding. */
async function tryToWrite(reader: Database, path: string): Promise<Attempt> {
  const end = performance.now() + THRESHOLDS.writerWait;
  for (;;) {
    try {
      withWriter(reader, path, (db) => {
        db.run("BEGIN IMMEDIATE");
        const table = anyTable(db);
        // What SQLite could open for reading only, such as a file that may only be appended to, it lets begin.
        if (table !== undefined) db.run(`DELETE FROM "${table}" WHERE false`);
        db.run("ROLLBACK");
      });
      return { kind: "in" };
    } catch (error) {
      if (!isBusy(error)) {
        if (sqliteCode(error) === undefined) throw error;
        return { kind: "closed", reason: refusalBehind(path, error) ?? messageOf(error) };
      }
      if (performance.now() >= end) return { kind: "held" };
      await Bun.sleep(20);
    }
  }
}

/** Undefined where there is none: an ingest that found no space leaves a database without tables. */
function anyTable(db: Database): string | undefined {
  const row = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    .get();
  return row?.name.replaceAll('"', '""');
}

function atWork(holder: LockHolder | undefined): string | undefined {
  return holder === undefined ? undefined : `${describeHolder(holder)} is at work, and a writer gets in`;
}

function stoppedFinding({ project }: CheckContext, holder: LockHolder): Finding {
  const user = otherUserOf(holder.pid);
  if (user !== undefined) {
    const what = `${describeHolder(holder)} is stopped and keeps all others waiting`;
    return {
      severity: "warning",
      message: `${describeHolder(holder)} holds the maintenance lock and does not go on.`,
      why: `Nothing else can change the graph until it goes on or ends. Ask ${user} to continue or to end it.`,
      subject: project.paths.maintenanceLock,
      commands: [],
      first: `${what}: ask ${user} to continue or to end it`,
    };
  }
  return {
    severity: "warning",
    message: `${describeHolder(holder)} holds the maintenance lock and does not go on.`,
    why:
      "Nothing else can change the graph until it goes on or ends. Continue it where it " +
      `was started (\`fg\`), or with \`kill -CONT ${holder.pid}\`; \`kill ${holder.pid}\` ` +
      `and \`kill -CONT ${holder.pid}\` end it, and the graph is as it was before.`,
    subject: project.paths.maintenanceLock,
    commands: [],
    first:
      `${describeHolder(holder)} is stopped and keeps all others waiting: ` +
      `kill -CONT ${holder.pid} lets it go on`,
  };
}

/** Whoever has just taken the lock, or is about to let it go, has no name beside it for a moment. */
async function namelessFindings({ project, input }: CheckContext): Promise<Finding[]> {
  const end = performance.now() + THRESHOLDS.writerWait;
  for (;;) {
    const pids = namelessLockHolders(project.paths).filter((pid) => !input.ownPids.includes(pid));
    if (pids.length === 0) return [];
    if (performance.now() >= end) return [namelessFinding(project.paths.maintenanceLock, pids)];
    await Bun.sleep(20);
  }
}

function namelessFinding(lock: string, pids: readonly number[]): Finding {
  const who = nameProcesses(pids);
  return {
    severity: "warning",
    message: `The maintenance lock is held by ${who}, which has not said what for.`,
    why:
      "Whatever changes the graph waits for it and gives up. Wait until that process lets go, or end it; " +
      "amalfa ends no process by itself.",
    subject: lock,
    commands: [],
    first: letGo(pids, "the maintenance lock"),
  };
}

function letGo(pids: readonly number[], what: string): string {
  const user = pids.map(otherUserOf).find((other) => other !== undefined);
  const end = user === undefined ? "end it" : `ask ${user} to end it`;
  return `wait until ${nameProcesses(pids)} lets go of ${what}, or ${end}, then run \`amalfa doctor\` again`;
}

function heldFinding(context: CheckContext, whom: "writers" | "everybody"): Finding {
  const { database } = context.project.paths;
  const pids = writerLockHolders(database).filter((pid) => !context.input.ownPids.includes(pid));
  const openers = pids.length > 0 ? undefined : nameOpeners(database, context.input.ownPids);
  const who =
    pids.length > 0
      ? `by ${nameProcesses(pids)}`
      : openers === undefined
        ? "by a process that the system does not name"
        : `; it is open in ${openers}`;
  return {
    severity: "error",
    message: `${database} is locked against ${whom} ${who}.`.replace(" ;", ";"),
    why:
      "An ingest fails with `database is locked` until that " +
      "process lets go or ends. amalfa ends no process by itself.",
    subject: database,
    commands: ["amalfa servers"],
    first: pids.length > 0 ? letGo(pids, "the database") : undefined,
  };
}

function unwritableFinding(database: string): Finding {
  return {
    severity: "error",
    message: `${database} is damaged: ${UNWRITABLE}.`,
    why: "Searches work, ingests do not. A rebuild makes a new file, and keeps the vector cache.",
    subject: database,
    commands: ["amalfa rebuild"],
  };
}

function closedFinding(database: string, reason: string): Finding {
  return {
    severity: "error",
    message: `${database} cannot be written: ${reason}.`,
    why:
      "Searches work, ingests do not: the permissions or the attributes (`lsattr`) of the " +
      "file, its folder or the file system keep writers out.",
    subject: database,
    commands: [],
    first: `let ${database} be written, then run amalfa doctor again`,
  };
}

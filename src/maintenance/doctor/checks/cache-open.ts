import {
  CACHE_SCHEMA_VERSION,
  flawsBesideRows,
  hasCacheTable,
  objectsBesideCache,
  rebuildCacheIndexes,
  schemaFault,
  schemaVersion,
} from "../../../embedding/cache/index.ts";
import {
  databaseFiles,
  hasUnwritableHeader,
  isDamage,
  isInputOutput,
  namesOfObjects,
  openRolledBack,
  readTransaction,
  sqliteCode,
  sqliteFault,
  UNWRITABLE,
} from "../../../sqlite/index.ts";
import { liesBelow } from "../../../system/files/index.ts";
import { clauseOf } from "../../../system/index.ts";
import {
  type Check,
  type CheckOutcome,
  type Finding,
  type FixContext,
  type FixTarget,
  healthy,
  outcomeOf,
  textOf,
} from "../check.ts";
import { type CheckContext, troubleOf } from "../context.ts";
import { brokenLinkAt, obstacleTo } from "../creatable.ts";

export const cacheOpen: Check = {
  id: "cache.open",
  repair: moveCache,
  async run(context): Promise<CheckOutcome> {
    const path = context.project.paths.vectorCache;
    const cache = context.vectorCache();
    const obstacle = cache.kind === "missing" ? obstacleTo(path) : undefined;
    if (obstacle !== undefined) return outcomeOf([unmakable(path, obstacle)], "");
    if (cache.kind === "missing" || cache.kind === "no bytes")
      return healthy("there is no vector cache yet; an ingest makes one");
    if (cache.kind === "trouble") {
      if (cache.trouble === "interrupted write") return outcomeOf([halfWritten(context)], "");
      const broken =
        cache.trouble === "not a database" || cache.trouble === "damaged" || cache.trouble === "not a file";
      return outcomeOf([broken ? damaged(context, cache.reason) : closed(path, cache.reason)], "");
    }
    try {
      const finding =
        schemaFinding(context, cache.db) ??
        (hasUnwritableHeader(path) ? damaged(context, UNWRITABLE) : undefined) ??
        integrityFinding(context, cache.db) ??
        besideRows(context, cache.db) ??
        indexOfOthers(context, cache.db);
      return outcomeOf(finding === undefined ? [] : [finding], soundCache(path, cache.db));
    } catch (error) {
      const { trouble, reason } = troubleOf(error);
      if (trouble !== "damaged" && trouble !== "not a database") throw error;
      return outcomeOf([damaged(context, reason)], "");
    }
  },
};

function soundCache(path: string, db: Connection): string {
  const { beside } = objectsBesideCache(db);
  const others =
    beside.length === 0 ? "" : `; ${namesOfObjects(beside)} in it is not amalfa's, and is in nobody's way`;
  return `${path} is sound${others}`;
}

const COST = "Ingests work without it, and compute the vectors that it may hold.";

type Connection = import("bun:sqlite").Database;

function schemaFinding(context: CheckContext, db: Connection): Finding | undefined {
  return readTransaction(db, () => findingOf(context, db));
}

function findingOf(context: CheckContext, db: Connection): Finding | undefined {
  const version = schemaVersion(db);
  const fault = schemaFault(db);
  if (fault === undefined) return undefined;
  const { data, vectorCache: path } = context.project.paths;
  const [objects] = db.query("SELECT count(*) FROM sqlite_schema").values()[0] as [number];
  if (version === 0 && objects === 0) return undefined;
  if (version > CACHE_SCHEMA_VERSION && hasCacheTable(db)) {
    return {
      severity: "warning",
      message:
        `${path} was made by a newer version of amalfa ` +
        `(schema ${version}, this one knows ${CACHE_SCHEMA_VERSION}).`,
      why: `${COST} Upgrade amalfa.`,
      subject: path,
      commands: [],
    };
  }
  const inside = liesBelow(data, path);
  return {
    severity: "warning",
    message: `${path} cannot be the vector cache: ${fault}.`,
    why: inside ? COST : `${COST} Correct the \`cache.path\` setting, or move the file away.`,
    subject: path,
    // What lies in .amalfa is amalfa's, whatever has become of it; elsewhere it may be anybody's.
    fix: inside ? movedAside(path) : undefined,
    commands: [],
  };
}

function movedAside(path: string): NonNullable<Finding["fix"]> {
  return { action: "move it to quarantine; a new one starts empty", target: { path } };
}

/** The quick check passes over keys that are in the table and not in its index, and the other way round. */
function integrityFinding(context: CheckContext, db: Connection): Finding | undefined {
  const whole = verdictOf(db, "integrity_check");
  if (whole === undefined) return undefined;
  const table = verdictOf(db, "quick_check");
  return table === undefined ? indexDamaged(context, whole) : damaged(context, table);
}

/** What the first thing is that is wrong, a clause. */
function verdictOf(db: Connection, pragma: "integrity_check" | "quick_check"): string | undefined {
  const [verdict] = db.query(`PRAGMA ${pragma}(1)`).values()[0] as [string];
  if (verdict === "ok") return undefined;
  return verdict
    .replace(/^\*\*\* in database main \*\*\*\s*/, "")
    .split("\n")
    .join("; ");
}

/** No connection that only reads can take it back, so that nothing that reads can use the cache. */
function halfWritten(context: CheckContext): Finding {
  const { data, vectorCache: path } = context.project.paths;
  return {
    severity: "warning",
    message:
      `The vector cache ${path} holds a write that was interrupted, ` +
      "and cannot be read until that write is undone.",
    why: `${COST} The next ingest that computes something undoes it.`,
    subject: path,
    fix: liesBelow(data, path)
      ? { action: "undo the interrupted write", target: { path, write: "interrupted" } }
      : undefined,
    commands: [],
  };
}

/** What an earlier version lacks is no fault: an ingest that opens it for writing makes it. */
function besideRows({ project }: CheckContext, db: Connection): Finding | undefined {
  const flaws = schemaVersion(db) === CACHE_SCHEMA_VERSION ? flawsBesideRows(db) : [];
  if (flaws.length === 0) return undefined;
  const { data, vectorCache: path } = project.paths;
  const inside = liesBelow(data, path);
  return {
    severity: "warning",
    message: `The vector cache ${path} lacks ${flaws.join(" and ")}, or has it otherwise than amalfa makes it.`,
    why: "Its vectors are not affected. The next ingest makes it again; figures of former ones may be lost.",
    subject: path,
    fix: inside
      ? { action: "make it again, and build the indexes from the rows", target: { path, rows: "whole" } }
      : undefined,
    commands: inside ? [] : ["amalfa init"],
  };
}

/** A unique one keeps vectors from being stored, which are then computed by each ingest again. */
function indexOfOthers({ project }: CheckContext, db: Connection): Finding | undefined {
  const { inTheWay } = objectsBesideCache(db);
  if (inTheWay.length === 0) return undefined;
  const { data, vectorCache: path } = project.paths;
  const inside = liesBelow(data, path);
  return {
    severity: "warning",
    message: `The vector cache ${path} has what amalfa did not make: ${namesOfObjects(inTheWay)}.`,
    why:
      "A unique index keeps vectors from being stored, and any other one takes time. " +
      "The next ingest that computes something removes it; no vector is lost.",
    subject: path,
    fix: inside
      ? { action: "remove it, and build the indexes from the rows", target: { path, rows: "whole" } }
      : undefined,
    commands: inside ? [] : ["amalfa init"],
  };
}

/** Its rows are whole, or say themselves that they are not. */
function indexDamaged(context: CheckContext, reason: string): Finding {
  const { data, vectorCache: path } = context.project.paths;
  return {
    severity: "warning",
    message: `An index of the vector cache ${path} is damaged: ${reason}.`,
    why: "Vectors that it fails to find are computed again. Those that it finds are right.",
    subject: path,
    fix: liesBelow(data, path)
      ? { action: "build its indexes again from its rows", target: { path, rows: "whole" } }
      : undefined,
    commands: [],
  };
}

function closed(path: string, reason: string): Finding {
  const link = brokenLinkAt(path);
  if (link !== undefined) {
    const why = `${COST} Mend the link, or remove it.`;
    return {
      severity: "warning",
      message: `${path} cannot be opened: ${link}.`,
      why,
      subject: path,
      commands: [],
    };
  }
  return {
    severity: "warning",
    message: `${path} cannot be opened: ${reason}.`,
    why: COST,
    subject: path,
    commands: ["amalfa doctor --check layout.access"],
  };
}

function unmakable(path: string, reason: string): Finding {
  return {
    severity: "warning",
    message: `The vector cache ${path} cannot be made: ${reason}.`,
    why:
      "An ingest goes on without it and computes everything each time. Correct " +
      "the `cache.path` setting, or make its folder one that can be written.",
    subject: path,
    commands: [],
  };
}

/**
 * A setting decides where the cache lies; a misspelt one may lead to anybody's file, which is then not amalfa's to
 * move.
 */
function damaged(context: CheckContext, reason: string): Finding {
  const { data, vectorCache } = context.project.paths;
  const inside = liesBelow(data, vectorCache);
  return {
    severity: "warning",
    message: `The vector cache ${vectorCache} is damaged, or is no vector cache: ${reason}.`,
    why: inside
      ? "The next ingest that computes something moves it to quarantine " +
        "and begins a new one. The vectors that it held are computed again."
      : `${COST} It lies outside .amalfa, so you have to move ` +
        "it away yourself or correct the `cache.path` setting.",
    subject: vectorCache,
    fix: inside ? movedAside(vectorCache) : undefined,
    commands: [],
  };
}

/*
 * Fix of `cache.open`: takes an interrupted write back, builds damaged indexes again, or moves a damaged vector cache
 * to quarantine with what SQLite keeps beside it.
 */

async function moveCache(target: FixTarget, { project }: FixContext): Promise<string> {
  const path = textOf(target, "path");
  // A link may have been put in its place since the check.
  if (!liesBelow(project.paths.data, path)) throw new Error("it lies outside of .amalfa, and was left alone");
  if (databaseFiles(path).length === 0) return "gone already";
  if (target.rows !== undefined && areIndexesBuilt(path)) return "its indexes were built again from its rows";
  if (target.write !== undefined && isRolledBack(path)) return "the interrupted write was undone";
  const { moveUnused } = await import("../../quarantine.ts");
  // What lies beside it may be another since it was opened.
  return moveUnused(project.paths, databaseFiles(path));
}

/** Not where two rows have one key, one of which the index did not lead to. */
function areIndexesBuilt(path: string): boolean {
  try {
    rebuildCacheIndexes(path);
    return true;
  } catch (error) {
    if (sqliteCode(error)?.startsWith("SQLITE_CONSTRAINT") === true) return false;
    throw leftAlone(error);
  }
}

/** Not where the journal does not fit the file, which is damaged then. */
function isRolledBack(path: string): boolean {
  try {
    openRolledBack(path).db.close();
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw leftAlone(error);
  }
}

/** A full disk or a missing permission passes, and says nothing of what the file holds: it stays where it is. */
function leftAlone(error: unknown): Error {
  const reason = clauseOf(error);
  const again = `${firstOf(error)} run \`amalfa doctor --fix\` again`;
  return new Error(`${reason}. The file was left where it is, with all that it holds; ${again}`, {
    cause: error,
  });
}

function firstOf(error: unknown): string {
  // A full disk shows first in the memory that connections share, which counts as missing access.
  if (isInputOutput(error)) return "see that its disk has room and can be written, then";
  switch (sqliteFault(error)) {
    case "locked":
      return "when no other process is writing to it,";
    case "full":
      return "see that its disk has room and can be written, then";
    case "read-only":
    case "interrupted write":
    case "no access":
      return "see that you may write it and its folder, then";
    default:
      return "see to that, then";
  }
}

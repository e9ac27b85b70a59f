/**
 * `db.leftovers`: what interrupted commands have left behind. What is young may still be in use and is passed over; a
 * stamp from the future, of a clock that was wrong, is as far from now as one of the past.
 */
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { loadArchive } from "../../../embedding/cache/index.ts";
import { schemaState } from "../../../graph/index.ts";
import { findPendingNotes, type ProjectPaths } from "../../../project/index.ts";
import { databaseFiles, openToRead } from "../../../sqlite/index.ts";
import { isTemporaryReplacement, liesBelow } from "../../../system/files/index.ts";
import { BUILDING_SUFFIX } from "../../rebuild/index.ts";
import { findInterruptedResets } from "../../reset/index.ts";
import {
  type Check,
  type CheckOutcome,
  type Finding,
  type FixContext,
  type FixTarget,
  outcomeOf,
  textOf,
} from "../check.ts";
import type { CheckContext } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const dbLeftovers: Check = {
  id: "db.leftovers",
  repair: moveLeftover,
  async run(context): Promise<CheckOutcome> {
    const { paths } = context.project;
    const found = [...leftovers(context), ...(await fromNotes(paths)), ...(await besideDocuments(context))];
    const findings = [...new Map(found.map((leftover) => [leftover.path, leftover])).values()]
      .filter(({ path }) => isOld(path))
      .map((leftover) => finding(leftover, liesBelow(paths.root, leftover.path)));
    return outcomeOf(findings, "nothing is left over");
  },
};

interface Leftover {
  readonly path: string;
  readonly what: string;
  readonly why: string;
}

function leftovers({ project }: CheckContext): Leftover[] {
  const { root, database, vectorCache, runtime, data, quarantine } = project.paths;
  return [
    ...(namesIn(root).length === 0
      ? []
      : findInterruptedResets(root).map((path) => ({
          path,
          what: "what an interrupted reset has not deleted",
          why: "It takes space, and nothing uses it. `amalfa reset` would delete it.",
        }))),
    ...withSuffixes(`${database}${BUILDING_SUFFIX}`).map((path) => ({
      path,
      what: "part of a database that an interrupted rebuild was building",
      why: "It takes space; the graph is as it was before that rebuild.",
    })),
    ...earlierGraphs(project.paths).map((path) => ({
      path,
      what: "the graph of an amalfa 1.x, which the settings do not name",
      why: "Nothing uses it; the graph of today is made from the markdown.",
    })),
    ...[database, vectorCache].flatMap(orphanedLogs),
    // A quarantine on another disk is copied to.
    ...foldersIn(quarantine).flatMap((folder) =>
      namesIn(folder)
        .filter((name) => /\.\d+\.copying$/.test(name))
        .map((name) => ({
          path: join(folder, name),
          what: "half a copy of a file that was on its way to quarantine",
          why: "The command that copied it was ended. The file is still whole in its old place.",
        })),
    ),
    ...[data, runtime, root].flatMap((folder) =>
      namesIn(folder)
        .filter((name) => (folder === root ? isTemporaryReplacement(name) : isTemporary(name)))
        .map((name) => ({
          path: join(folder, name),
          what: "a temporary file",
          why: "A command left it when it was ended. Nothing reads it.",
        })),
    ),
  ];
}

/** What commands have left that were ended while they wrote a file outside of `.amalfa`. */
async function fromNotes(paths: ProjectPaths): Promise<Leftover[]> {
  const notes = findPendingNotes(paths);
  if (notes.length === 0) return [];
  const { isUnfinishedExport } = await loadArchive();
  return notes.flatMap(({ note, partial, temporaries }) => {
    const files = [partial ?? [], temporaries]
      .flat()
      .filter((path) => path !== partial || isUnfinishedExport(path));
    const found = files.map((path) => ({
      path,
      what: "part of a file that a command was writing when it was ended",
      why:
        "An export, or a change of a client's settings, was " +
        "interrupted; what it was to replace is as it was before.",
    }));
    // Nothing else knows of them.
    if (files.some((path) => !isOld(path) || !liesBelow(paths.root, path))) return found;
    const what = "a command's note of what it was writing when it was ended";
    return [...found, { path: note, what, why: "Nothing reads it any more." }];
  });
}

/** 1.5 kept its graph in either of two places, and settings need not say in which. */
function earlierGraphs({ data, runtime, database }: ProjectPaths): string[] {
  return [data, runtime]
    .map((folder) => join(folder, "resonance.db"))
    .filter((path) => path !== database && isEarlierGraph(path));
}

function isEarlierGraph(path: string): boolean {
  if (!exists(path)) return false;
  try {
    using db = openToRead(path, { busyTimeoutMs: THRESHOLDS.lockWait }).db;
    const state = schemaState(db, path);
    return state.kind === "legacy" && state.proof === "columns";
  } catch {
    // What cannot be read is not proved to be one.
    return false;
  }
}

async function besideDocuments(context: CheckContext): Promise<Leftover[]> {
  if (!context.settingsUsable) return [];
  const { root } = context.project.paths;
  return (await context.discovery()).leftovers.map((path) => ({
    path: join(root, path),
    what: "a temporary file",
    why: "An `inject-tags` left it when it was ended. The document is as it was before.",
  }));
}

/** Beside a database that is gone, a log could be taken for that of the next one of the same name. */
function orphanedLogs(database: string): Leftover[] {
  if (exists(database)) return [];
  return withSuffixes(database)
    .filter((path) => path !== database)
    .map((path) => ({
      path,
      what: "the log of a database that is gone",
      why: "It belongs to no database any more, and must not be mistaken for part of the next one.",
    }));
}

function withSuffixes(path: string): string[] {
  const name = basename(path);
  const wanted = new Set([name, `${name}-wal`, `${name}-shm`, `${name}-journal`]);
  return namesIn(dirname(path))
    .filter((entry) => wanted.has(entry))
    .map((entry) => join(dirname(path), entry));
}

function isTemporary(name: string): boolean {
  return (/\.tmp$/.test(name) && !/^pending-/.test(name)) || /^maintenance\.lock\.holder\.\d+$/.test(name);
}

function foldersIn(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // A folder that is not there holds nothing, and one that cannot be read is for layout.access to report.
    return [];
  }
}

function exists(path: string): boolean {
  return namesIn(dirname(path)).includes(basename(path));
}

function isOld(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) > THRESHOLDS.leftoverAge;
}

/**
 * Where a database lies and what a command was writing is said by settings and notes, which may have come with the
 * folder from anybody. So what is outside of the project is named, and left to whoever knows what it is.
 */
function finding({ path, what, why }: Leftover, isInProject: boolean): Finding {
  return {
    severity: "warning",
    message: `${path} is ${what}.`,
    why: isInProject
      ? why
      : `${why} Outside of the project nothing is moved: remove it yourself if nobody needs it.`,
    subject: path,
    fix: isInProject ? { action: "move it to quarantine", target: { path } } : undefined,
    commands: [],
  };
}

/* Fix of `db.leftovers`: moves what is left over to quarantine. */

async function moveLeftover(target: FixTarget, { project }: FixContext): Promise<string> {
  const path = textOf(target, "path");
  if (!existsSync(path)) return "gone already";
  const { moveUnused } = await import("../../quarantine.ts");
  // A database takes along what SQLite keeps beside it.
  return moveUnused(project.paths, databaseFiles(path).filter(existsSync));
}

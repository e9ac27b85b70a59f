/**
 * Notes of files that are being written outside of `.amalfa`, so that what a command leaves there when it is killed
 * is found: the note lies in the runtime folder for as long as the command writes, and stays when it is ended.
 *
 * A note may have come with the folder, from anybody. It is a hint where to look, and proves nothing.
 */
import { lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { isTemporaryReplacement, oddKindAt, readSmallFile } from "../system/files/index.ts";
import { hasEnded } from "../system/process/index.ts";
import type { ProjectPaths } from "./paths.ts";

const NOTE = /^pending-(\d+)-[0-9a-f-]{36}\.tmp$/;
const LONGEST_BYTES = 64 * 1024;

/** Runs `work`, which writes a file by way of a temporary one beside it. Where no note can be made, it runs without. */
export function withPendingNote<T>({ runtime }: ProjectPaths, file: string, work: () => T): T {
  const note = join(runtime, `pending-${process.pid}-${crypto.randomUUID()}.tmp`);
  try {
    writeFileSync(note, `${JSON.stringify({ file })}\n`, { flag: "wx" });
  } catch {
    // Without .amalfa, or where nothing can be written there, there is nobody to find it for.
    return work();
  }
  try {
    return work();
  } finally {
    rmSync(note, { force: true });
  }
}

export interface PendingNote {
  /** Absolute path of the note. */
  readonly note: string;
  /** Absolute path of what an export may have left; its name alone does not say whose it is. */
  readonly partial: string | undefined;
  /** Absolute paths of what replacements have left, under names that only amalfa gives. */
  readonly temporaries: readonly string[];
}

/** The name of the file that an export writes to before it is complete. */
export function partialName(file: string, pid: number = process.pid): string {
  return `${file}.${pid}.partial`;
}

/** Notes of commands that have ended without removing them. Looks only; never throws. */
export function findPendingNotes({ runtime }: ProjectPaths): PendingNote[] {
  return namesIn(runtime).flatMap((name) => {
    const pid = Number(NOTE.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || !hasEnded(pid)) return [];
    const note = join(runtime, name);
    const file = fileOf(note);
    return [{ note, ...(file === undefined ? { partial: undefined, temporaries: [] } : leftBy(pid, file)) }];
  });
}

/** Links, folders and the files of other processes are nobody's leftovers. */
function leftBy(pid: number, file: string): Omit<PendingNote, "note"> {
  const partial = partialName(file, pid);
  const folder = dirname(file);
  const names = namesIn(folder).filter(
    (name) => isTemporaryReplacement(name) && name.startsWith(`.amalfa-${pid}-`),
  );
  return {
    partial: isFile(partial) ? partial : undefined,
    temporaries: names.map((name) => join(folder, name)).filter(isFile),
  };
}

function fileOf(note: string): string | undefined {
  try {
    if (oddKindAt(note) !== undefined) return undefined;
    const { file } = JSON.parse(readSmallFile(note, LONGEST_BYTES)) as { file?: unknown };
    return typeof file === "string" && isAbsolute(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

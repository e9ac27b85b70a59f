/**
 * Notes of files that are being written outside of `.amalfa`, so that what a command leaves there when it is killed
 * is found: the note lies in the runtime folder for as long as the command writes, and stays when it is ended.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isTemporaryReplacement, oddKindAt, readSmallFile } from "../system/files/index.ts";
import { isAlive } from "../system/process/index.ts";
import type { ProjectPaths } from "./paths.ts";

const NOTE = /^pending-(\d+)-[0-9a-f-]{36}\.tmp$/;
const PARTIAL = /\.\d+\.partial$/;
const LONGEST_BYTES = 64 * 1024;

/** Runs `work`, which writes temporary files into a folder. Where no note can be made, it runs without. */
export function withPendingNote<T>({ runtime }: ProjectPaths, folder: string, work: () => T): T {
  const note = join(runtime, `pending-${process.pid}-${crypto.randomUUID()}.tmp`);
  try {
    writeFileSync(note, `${JSON.stringify({ folder })}\n`, { flag: "wx" });
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
  /** Absolute paths of the temporary files in the folder that it names. */
  readonly files: readonly string[];
}

/** The name of the file that an export writes to before it is complete. */
export function partialName(file: string): string {
  return `${file}.${process.pid}.partial`;
}

/** Whether a file of this name is part of a file of amalfa's that was being written. */
function isPartialName(name: string): boolean {
  return PARTIAL.test(name) || isTemporaryReplacement(name);
}

/** Notes of commands that have ended without removing them. Looks only; never throws. */
export function findPendingNotes({ runtime }: ProjectPaths): PendingNote[] {
  return namesIn(runtime).flatMap((name) => {
    const pid = Number(NOTE.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || isAlive(pid)) return [];
    const note = join(runtime, name);
    const folder = folderOf(note);
    const files = folder === undefined ? [] : namesIn(folder).filter(isPartialName);
    return [{ note, files: files.map((file) => join(folder ?? "", file)) }];
  });
}

function folderOf(note: string): string | undefined {
  try {
    if (oddKindAt(note) !== undefined) return undefined;
    const { folder } = JSON.parse(readSmallFile(note, LONGEST_BYTES)) as { folder?: unknown };
    return typeof folder === "string" && isAbsolute(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

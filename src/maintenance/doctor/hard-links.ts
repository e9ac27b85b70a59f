/** Files of a database that have a name elsewhere as well (hard links), so that they are somebody else's files too. */
import { lstatSync } from "node:fs";
import { linkedBeside, namesOf } from "../../sqlite/index.ts";
import type { Finding } from "./check.ts";

/**
 * @param database what `makeOwn` can be given
 * @param instead commands that put a new file in its place: what is damaged cannot be copied
 */
export function hardLinkFindings(database: string, instead: readonly string[] = []): Finding[] {
  return [...ofDatabase(database, instead), ...beside(database)];
}

function ofDatabase(path: string, instead: readonly string[]): Finding[] {
  const names = isThere(path) ? namesOf(path) : 0;
  if (names < 2) return [];
  return [
    {
      severity: "warning",
      message:
        `${path} has ${names} names: it is a file of another folder as well, ` +
        "as in a copy by hard links (`cp -al`).",
      why:
        "What the other folder writes to it is seen here in part at most. The next command that writes to it here " +
        "puts a copy in its place first, and the other name keeps the file.",
      subject: path,
      fix: { action: "put a copy in its place", target: { path, names: "own" } },
      commands: instead,
    },
  ];
}

function beside(database: string): Finding[] {
  return linkedBeside(database).map((path) => ({
    severity: "error",
    message: `${path} is a hard link of another file, which SQLite would write to through it.`,
    why:
      "Commands that only read the database stop before that. Those that write to it part the two first, and the " +
      "other file keeps what it holds.",
    subject: path,
    fix: {
      action: "part it from the other file when no process has the database open",
      target: { path: database, names: "own" },
    },
    commands: [],
  }));
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Lock files that no lock can be taken on: in their place is something else, and every command that changes the graph
 * or starts a service fails.
 */
import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { isBusy, openShared } from "../../sqlite/index.ts";
import { messageOf } from "../../system/index.ts";
import type { Finding } from "./check.ts";

/** What is wrong with a lock file, if anything. One that is in order is not touched: an empty file is. */
export function lockFileFindings(path: string): Finding[] {
  const fault = faultOf(path);
  const fix = {
    action: "move it to quarantine when no process has it open",
    target: { path, move: "aside" },
  };
  return fault === undefined ? [] : [finding(path, fault, fix)];
}

/** The lock files in a folder, absolute paths. A folder that cannot be listed is another finding. */
export function lockFilesIn(runtime: string): string[] {
  try {
    const names = readdirSync(runtime).filter((name) => name.endsWith(".lock"));
    return names.sort().map((name) => join(runtime, name));
  } catch {
    return [];
  }
}

function faultOf(path: string): string | undefined {
  const stat: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return "it is not a regular file";
  return stat.size === 0 ? undefined : contentFault(path);
}

/** Only through a connection: opening the file in any other way could drop a lock that this process has on it. */
function contentFault(path: string): string | undefined {
  try {
    using db = openShared(path, { busyTimeoutMs: 0 });
    db.query("PRAGMA schema_version").get();
    return "it is a database with something in it, and a lock is empty";
  } catch (error) {
    return isBusy(error) ? undefined : messageOf(error);
  }
}

function finding(path: string, fault: string, fix: Finding["fix"]): Finding {
  return {
    severity: "error",
    message: `${path} is no lock: ${fault}.`,
    why:
      "No lock can be taken on it, or nobody can tell who has it. The next command that needs the lock " +
      "moves it to quarantine when no process has it open, and makes it anew.",
    subject: path,
    fix,
    commands: [],
  };
}

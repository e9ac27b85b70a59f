/** Lock files that no lock can be taken on: in their place is something else, and every command that changes the graph or starts a service fails. */
import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { isBusy, openForReading } from "../../sqlite/open.ts";
import type { Finding } from "./check.ts";

/** What is wrong with a lock file, if anything. One that is in order is not touched: an empty file is. */
export function lockFileFindings(path: string): Finding[] {
  const fault = faultOf(path);
  return fault === undefined ? [] : [finding(path, fault)];
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
    using db = openForReading(path, { busyTimeoutMs: 0 });
    db.query("PRAGMA schema_version").get();
    return undefined;
  } catch (error) {
    return isBusy(error) ? undefined : messageOf(error);
  }
}

function finding(path: string, fault: string): Finding {
  return {
    severity: "error",
    message: `${path} is no lock: ${fault}.`,
    why: "Commands that change the graph, or services, cannot take their lock. Make sure that none is at work, and move it away; amalfa makes it anew.",
    subject: path,
    commands: [],
  };
}

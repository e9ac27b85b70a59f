/** Processes by name, for findings that say who is in the way. */
import { readProcessIdentity } from "../services/processes/process-identity.ts";
import { describeFileHolder, findFileHolders } from "../sqlite/file-holders.ts";
import { databaseFiles } from "./quarantine.ts";

/** `process 4711 (amalfa serve)`, several joined with commas. */
export function nameProcesses(pids: readonly number[]): string {
  return pids.map((pid) => describeFileHolder({ pid, command: commandOf(pid) })).join(", ");
}

/** Who has the database open, apart from `ownPids`; undefined where nobody has, or the system does not tell. */
export function nameOpeners(database: string, ownPids: readonly number[]): string | undefined {
  const search = findFileHolders(databaseFiles(database));
  if (search.kind === "unknown") return undefined;
  const others = search.holders.filter(({ pid }) => !ownPids.includes(pid));
  return others.length === 0 ? undefined : others.map(describeFileHolder).join(", ");
}

function commandOf(pid: number): string {
  const reading = readProcessIdentity(pid);
  if (reading.kind !== "alive") return "";
  const text = reading.identity.command.join(" ");
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** Whether a process certainly exists. */
export function isAlive(pid: number): boolean {
  return readProcessIdentity(pid).kind === "alive";
}

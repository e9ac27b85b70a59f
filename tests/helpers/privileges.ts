/** What a test puts before a command that is to be held to the permissions of files, as anybody but root is. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { CLI } from "./amalfa.ts";

/** Takes root's way around file permissions away; root stays the owner of its files. Nothing for other users. */
export const WITHOUT_OVERRIDE: readonly string[] =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
    : [];

/** Runs the program held to the permissions of files, which root by itself is not. */
export function withoutOverride(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const [command = "", ...rest] = [...WITHOUT_OVERRIDE, process.execPath, CLI, ...args];
  return spawnSync(command, rest, { cwd, encoding: "utf8" });
}

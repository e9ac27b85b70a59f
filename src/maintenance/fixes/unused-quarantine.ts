/** Moving files to quarantine that certainly nobody uses: under the maintenance lock, and when no process has one of them open. */
import { relative } from "node:path";
import type { ProjectPaths } from "../../config/paths.ts";
import { describeFileHolder, findFileHolders } from "../../sqlite/file-holders.ts";
import { readTree } from "../folder-tree.ts";
import { withMaintenanceLock } from "../lock.ts";
import { planQuarantine, quarantine } from "../quarantine.ts";

/** Moves them and answers where they lie now. Throws when another command is at work, or somebody has one open. */
export async function moveUnused(paths: ProjectPaths, files: readonly string[]): Promise<string> {
  return withMaintenanceLock(paths, { command: "doctor --fix", waitSeconds: 0 }, async () => {
    const search = findFileHolders(files.flatMap((file) => [file, ...readTree(file).paths]));
    if (search.kind === "unknown") throw new Error(`it cannot be told whether it is open: ${search.reason}`);
    if (search.holders.length > 0) {
      throw new Error(`it is open in ${search.holders.map(describeFileHolder).join(", ")}`);
    }
    const moves = planQuarantine(paths, files, new Date());
    quarantine(moves);
    return `moved to ${moves.map(({ to }) => relative(paths.root, to)).join(", ")}`;
  });
}

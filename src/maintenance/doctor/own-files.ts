/** Fix of `layout.access` for a database that has other names too: opening it to write puts a copy in its place. */
import { openCacheToWrite } from "../../embedding/cache/index.ts";
import { openGraphToWrite } from "../../graph/index.ts";
import type { ProjectPaths } from "../../project/index.ts";
import { withMaintenanceLock } from "../../project/lock/index.ts";

/** Throws what opening it throws, as for a database of another program, and when another command is at work. */
export function makeOwn(paths: ProjectPaths, path: string): Promise<string> {
  return withMaintenanceLock(paths, { command: "doctor --fix", waitSeconds: 0 }, async () => {
    const open = path === paths.database ? openGraphToWrite : openCacheToWrite;
    open(path).close();
    return "it is a file of its own now";
  });
}

/**
 * A process that holds the maintenance lock of a project as an `init` does, and says how far it is. Argument: the
 * project root.
 */
import { takeMaintenanceLock } from "../../src/project/lock/lock.ts";
import { projectPaths } from "../../src/project/paths.ts";

const lock = await takeMaintenanceLock(projectPaths(process.argv[2] ?? ""), {
  command: "init",
  waitSeconds: 60,
});
await Bun.sleep(1_100);
lock.tell("reading, 42 % of 7 MiB");
process.stdout.write("holds\n");
setInterval(() => lock.isInPlace(), 1_000_000);

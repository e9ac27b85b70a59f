/**
 * A process that registers itself as a service of the project given, and then does nothing. Says when it is registered.
 *
 * Manner: `stubborn` for one that ignores SIGTERM; `ending` for one that was stopped on its way out, when it had
 * removed its PID file and still held the lock of all.
 */
import { rmSync } from "node:fs";
import { takeLockFile } from "../../../src/project/lock/index.ts";
import { projectPaths } from "../../../src/project/paths.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { pidFilePath, pidFilesLockPath } from "../../../src/services/service.ts";
import { readServiceArguments } from "../service-arguments.ts";

const { root, service, manner } = readServiceArguments();
const paths = projectPaths(root);

registerService({ paths, service, version: "0.0.0" });
if (manner === "stubborn") process.on("SIGTERM", () => {});
const kept =
  manner === "ending" ? takeLockFile(paths, pidFilesLockPath(paths), { waitMs: 1_000 }) : undefined;
if (kept !== undefined) rmSync(pidFilePath(paths, service));
setInterval(() => kept, 60_000);
process.stdout.write("registered\n");

/**
 * A process that registers itself as a service of the project given, and then does nothing.
 *
 * Arguments: the project root; `watcher` unless another is named; `stubborn` for one that ignores SIGTERM. Says when
 * it is registered.
 */
import { projectPaths } from "../../src/project/paths.ts";
import { registerService } from "../../src/services/pid-files/write.ts";
import type { ServiceName } from "../../src/services/service.ts";

const [, , root = "", service = "watcher", manner] = process.argv;

registerService({ paths: projectPaths(root), service: service as ServiceName, version: "0.0.0" });
if (manner === "stubborn") process.on("SIGTERM", () => {});
setInterval(() => {}, 60_000);
process.stdout.write("registered\n");

/**
 * A process that registers itself as a service of the project given, and then does nothing. Says when it is registered.
 *
 * Manner: `stubborn` for one that ignores SIGTERM.
 */
import { projectPaths } from "../../../src/project/paths.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { readServiceArguments } from "../service-arguments.ts";

const { root, service, manner } = readServiceArguments();

registerService({ paths: projectPaths(root), service, version: "0.0.0" });
if (manner === "stubborn") process.on("SIGTERM", () => {});
setInterval(() => {}, 60_000);
process.stdout.write("registered\n");

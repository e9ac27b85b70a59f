/** A process that registers itself as the watcher of the project given, and then does nothing. */
import { projectPaths } from "../../src/project/paths.ts";
import { registerService } from "../../src/services/pid-files/write.ts";

registerService({ paths: projectPaths(process.argv[2] ?? ""), service: "watcher", version: "0.0.0" });
setInterval(() => {}, 60_000);

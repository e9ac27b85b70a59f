/**
 * A process that registers itself as a service of a project, and answers its port in a way of the test's choice. Prints
 * its port.
 *
 * Manner: `hangs`, `starting`, `degraded`, `other project` or `other model`.
 */
import { projectPaths } from "../../../src/project/paths.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { readServiceArguments } from "../service-arguments.ts";

const { root, service, manner } = readServiceArguments();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: () => (manner === "hangs" ? new Promise<Response>(() => {}) : Response.json(health())),
});

function health() {
  return {
    status: manner === "starting" || manner === "degraded" ? manner : "ok",
    ready: manner !== "starting",
    service,
    version: "0.0.0",
    pid: process.pid,
    root: manner === "other project" ? "/somewhere/else" : root,
    model: manner === "other model" ? "another-model" : null,
    startedAt: new Date().toISOString(),
    lastError:
      manner === "degraded" ? { message: "three documents failed", at: new Date().toISOString() } : null,
  };
}

const registration = registerService({ paths: projectPaths(root), service, version: "0.0.0" });
if (server.port !== undefined) registration.update({ port: server.port });
process.stdout.write(`${server.port}\n`);

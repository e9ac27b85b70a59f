/** `amalfa serve`: the MCP server on stdin and stdout. */

import { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { loadDoctor } from "../../maintenance/doctor/index.ts";
import type { HealthReport } from "../../mcp/index.ts";
import { loadServer } from "../../mcp/index.ts";
import type { Project } from "../../project/index.ts";
import { messageOf } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, projectOf, warn } from "../invocation.ts";
import { reportError } from "../output/result.ts";

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve the project to agents: an MCP server on stdin and stdout")
    .action(async () => run(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa serve --root ~/notes", "amalfa setup-mcp"] });
}

/** Even an error must not put anything but frames on stdout, whatever --json says elsewhere (I10). */
async function run(invocation: Invocation): Promise<void> {
  try {
    await start(invocation);
  } catch (error) {
    process.exitCode = await reportError(error, { json: false, verbose: invocation.verbose });
  }
}

async function start(invocation: Invocation): Promise<void> {
  const signal = interruptSignal();
  const [project, { serve }] = await Promise.all([projectOf(invocation), loadServer()]);
  using registration = await register(project, invocation);
  if (process.stdin.isTTY) {
    warn(
      invocation,
      "this is a server for agents and waits for one on stdin; `amalfa setup-mcp` shows how a client starts it, Ctrl-C ends it",
    );
  }
  await serve({
    project,
    registration,
    signal,
    openEmbedder: async () =>
      (await import("../embedder-of.ts")).embedderOf(project, invocation, { workers: 1 }),
    health: () => examine(project.root),
    onWarning: (message) => warn(invocation, message),
  });
  // A client that sent a signal may still hold stdin open, and a worker may still be loading: neither may keep the process.
  process.exit();
}

async function examine(root: string): Promise<HealthReport> {
  const { runDoctor } = await loadDoctor();
  return runDoctor({ root, cwd: root, mode: "look", deep: false });
}

/** Without a PID file others do not see this server, which is no reason not to serve. */
async function register(project: Project, invocation: Invocation): Promise<Disposable> {
  try {
    const { registerService } = await import("../../services/pid-files/index.ts");
    return registerService({ paths: project.paths, service: "mcp", version: packageJson.version });
  } catch (error) {
    warn(invocation, `no PID file was written: ${messageOf(error)}`);
    return { [Symbol.dispose]: () => {} };
  }
}

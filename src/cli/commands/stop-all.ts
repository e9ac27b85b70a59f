/** `amalfa stop-all`: stop all services of this project, and of no other. */
import { Command } from "commander";
import { vectorPort } from "../../services/vector-daemon/index.ts";
import { printStopped } from "../background-service.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, pathsOf } from "../invocation.ts";

export function stopAllCommand(): Command {
  const command = new Command("stop-all")
    .alias("kill")
    .description("stop all services of this project, MCP servers of agents included, and wait for their end")
    .action(async () => run(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa stop-all", "amalfa stop-all --json"] });
}

async function run(invocation: Invocation): Promise<void> {
  const paths = pathsOf(invocation);
  const { stopAllServices } = await (await import("../../services/index.ts")).loadStop();
  await printStopped(await stopAllServices(paths, vectorPort(process.env)), {}, invocation);
}

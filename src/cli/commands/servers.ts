/** `amalfa servers`: every service of this project, and how it is. */
import { Command } from "commander";
import { vectorPort } from "../../services/vector-daemon/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, pathsOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { hasReaderLeft } from "../output/standard-streams.ts";

interface ServersFlags {
  readonly watch?: boolean;
}

const REFRESH_MS = 1_000;
/** Moves to the upper left corner and clears the terminal from there. */
const CLEAR = "\u001b[H\u001b[2J";

export function serversCommand(): Command {
  const command = new Command("servers")
    .description("show the services of this project: state, PID, port, uptime, memory, health")
    .option("--watch", "show them again every second, until interrupted")
    .action(async (flags: ServersFlags) => run(flags, invocationOf(command)));
  return addHelp(command, { examples: ["amalfa servers", "amalfa servers --watch"] });
}

async function run(flags: ServersFlags, invocation: Invocation): Promise<void> {
  if (flags.watch && invocation.json) {
    throw new AmalfaError(
      "usage",
      "--watch and --json do not go together: stdout would be more than one document.",
    );
  }
  const paths = pathsOf(invocation);
  const { listServices } = await import("../../services/index.ts");
  const signal = flags.watch ? interruptSignal() : undefined;
  do {
    const result = { ok: true, services: await listServices(paths, vectorPort(process.env)) };
    await printReport(invocation, result, async ({ services }, terminal) => {
      const { renderServices } = await import("../output/render-services.ts");
      const clear = flags.watch && process.stdout.isTTY ? CLEAR : "";
      return `${clear}${renderServices(services, terminal)}${flags.watch && !process.stdout.isTTY ? "\n" : ""}`;
    });
    if (signal !== undefined) await sleep(REFRESH_MS, signal);
  } while (signal !== undefined && !signal.aborted && !hasReaderLeft());
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, signal.aborted ? 0 : milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

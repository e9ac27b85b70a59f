/** `amalfa setup-mcp`: the configuration that makes a client start this project's server. */

import { Command, Option } from "commander";
import { CLIENTS, type ClientName, loadSetup } from "../../mcp/clients/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, escapedAsInJson } from "../output/safe-text.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";

interface SetupFlags {
  readonly client?: readonly ClientName[];
  readonly name: string;
  readonly write?: boolean;
}

export function setupMcpCommand(): Command {
  const command = new Command("setup-mcp")
    .description("print the configuration that makes a client start this project's MCP server")
    .addOption(new Option("--client <name...>", "for these clients only").choices(CLIENTS))
    .option("--name <name>", "the server's name in the client's file", "amalfa")
    .option("--write", "merge it into the client's file, keeping a copy of the file as it was")
    .action(async (flags: SetupFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa setup-mcp", "amalfa setup-mcp --client claude-code cursor --write"],
  });
}

async function run({ client, name, write }: SetupFlags, invocation: Invocation): Promise<void> {
  if (write === true && client === undefined) {
    throw new AmalfaError("setup.client", "--write needs to know which client's file it is to change.", {
      hint: `Add --client with one of ${CLIENTS.join(", ")}.`,
    });
  }
  const { root } = await projectOf(invocation);
  const { isInNpxCache, setupMcp } = await loadSetup();
  const report = setupMcp({
    root,
    clients: client === undefined ? CLIENTS : [...new Set(client)],
    name,
    mode: write === true ? "write" : "print",
    env: process.env,
  });
  const passing = [report.server.command, ...report.server.args].find(isInNpxCache);
  if (passing !== undefined) {
    warn(
      invocation,
      `${passing} lies in npm's cache, and clearing that cache breaks this configuration; ` +
        `install ${passing === report.server.command ? "Bun" : "amalfa"} and run setup-mcp with that`,
    );
  }
  await printReport(invocation, { ok: true, ...report }, renderSetup);
}

/* How to set a client up, for people: for each client its file, and what belongs into it. */

/** The result of `setup-mcp`. */
interface SetupReport {
  readonly clients: readonly {
    readonly client: string;
    readonly title: string;
    readonly file: string;
    readonly configuration: string;
    readonly change: "printed" | "added" | "replaced" | "unchanged";
    readonly backup: string | null;
  }[];
}

const CHANGES = {
  added: "was added to",
  replaced: "was brought up to date in",
  unchanged: "is as it should be in",
} as const;

function renderSetup(report: SetupReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const blocks = report.clients.map(({ client, title, file, configuration, change, backup }) => {
    const name = style.title(title);
    const path = style.reference(escaped(file));
    if (change === "printed") {
      const how = style.aside(`amalfa setup-mcp --client ${client} --write`);
      return `${name}: put this into ${path}, or run ${how}\n\n${escapedAsInJson(configuration).trimEnd()}`;
    }
    const kept = backup === null ? "" : `\n${style.aside(`The file as it was: ${escaped(backup)}`)}`;
    const restart = change === "unchanged" ? "" : `\n${style.aside(`Restart ${title} to use it.`)}`;
    return `${name}: the server ${CHANGES[change]} ${path}${kept}${restart}`;
  });
  return blocks.join("\n\n");
}

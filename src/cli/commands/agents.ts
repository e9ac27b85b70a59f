/** `amalfa agents install|remove`: what makes agents find this memory by themselves. */

import { Command, Option } from "commander";
import { CLIENTS, type ClientName, loadAgents } from "../../mcp/clients/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";

interface AgentsFlags {
  readonly client: readonly ClientName[];
  readonly name: string;
  readonly instructions?: boolean;
  readonly dryRun?: boolean;
}

export function agentsCommand(): Command {
  const command = new Command("agents").description("let agents find this memory by themselves");
  command.addCommand(installCommand());
  command.addCommand(removeCommand());
  return addHelp(command, {
    examples: [
      "amalfa agents install --client claude-code --instructions",
      "amalfa agents remove --client claude-code",
    ],
  });
}

function installCommand(): Command {
  const command = addOptions(new Command("install"))
    .description(
      "add the server to a client's settings; with --instructions, also tell its agents when to search",
    )
    .option("--instructions", "also write a marked section of AGENTS.md, or of CLAUDE.md for Claude Code")
    .action(async (flags: AgentsFlags) => run("install", flags, invocationOf(command)));
  return addHelp(command, {
    examples: [
      "amalfa agents install --client claude-code --instructions",
      "amalfa agents install --client cursor vscode --dry-run",
    ],
  });
}

function removeCommand(): Command {
  const command = addOptions(new Command("remove"))
    .description(
      "take the server out of a client's settings, and amalfa's section out of AGENTS.md or CLAUDE.md",
    )
    .action(async (flags: AgentsFlags) => run("remove", flags, invocationOf(command)));
  return addHelp(command, { examples: ["amalfa agents remove --client claude-code"] });
}

function addOptions(command: Command): Command {
  return command
    .addOption(new Option("--client <name...>", "for these clients").choices(CLIENTS).makeOptionMandatory())
    .option("--name <name>", "the server's name in the client's file", "amalfa")
    .option("--dry-run", "say what would be done, write nothing");
}

async function run(action: "install" | "remove", flags: AgentsFlags, invocation: Invocation): Promise<void> {
  const { root } = await projectOf(invocation);
  const { installAgents, removeAgents } = await loadAgents();
  const dryRun = flags.dryRun === true;
  const options = {
    root,
    clients: [...new Set(flags.client)],
    name: flags.name,
    instructions: flags.instructions === true,
    dryRun,
    env: process.env,
  };
  const report = action === "install" ? installAgents(options) : removeAgents(options);
  const result = { ok: true, command: `agents ${action}`, root, dryRun, ...report };
  await printReport(invocation, result, renderAgents);
}

/* What was done to the files that agents read, for people: a line for each. */

interface AgentFile {
  readonly file: string;
  readonly change: "added" | "replaced" | "removed" | "unchanged";
  readonly title?: string;
  readonly backup?: string | null;
}

/** The result of `agents install` and `agents remove`. */
interface AgentsResult {
  readonly dryRun: boolean;
  readonly clients: readonly AgentFile[];
  readonly instructions: readonly AgentFile[];
}

const DONE = {
  added: "was added to",
  replaced: "was brought up to date in",
  removed: "was taken out of",
  unchanged: "needs no change in",
} as const;

const PLANNED = {
  added: "would be added to",
  replaced: "would be brought up to date in",
  removed: "would be taken out of",
  unchanged: "needs no change in",
} as const;

function renderAgents({ dryRun, clients, instructions }: AgentsResult, terminal: Terminal): string {
  const style = styleFor(terminal);
  const words = dryRun ? PLANNED : DONE;
  const line = (what: string, { file, change, backup }: AgentFile): string => {
    const kept = backup ? `\n  ${style.aside(`The file as it was: ${escaped(backup)}`)}` : "";
    return `${what} ${words[change]} ${style.reference(escaped(file))}${kept}`;
  };
  return [
    ...clients.map((each) => line(`${style.title(each.title ?? "")}: the server`, each)),
    ...instructions.map((each) => line("The section for agents", each)),
  ].join("\n");
}

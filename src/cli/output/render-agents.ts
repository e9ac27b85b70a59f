/** What was done to the files that agents read, for people: a line for each. */
import { escaped } from "./safe-text.ts";
import { styleFor, type Terminal } from "./terminal.ts";

interface AgentFile {
  readonly file: string;
  readonly change: "added" | "replaced" | "removed" | "unchanged";
  readonly title?: string;
  readonly backup?: string | null;
}

/** The result of `agents install` and `agents remove`. */
export interface AgentsResult {
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

export function renderAgents({ dryRun, clients, instructions }: AgentsResult, terminal: Terminal): string {
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

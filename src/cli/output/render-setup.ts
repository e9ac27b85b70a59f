/** How to set a client up, for people: for each client its file, and what belongs into it. */
import { escaped } from "./safe-text.ts";
import { styleFor, type Terminal } from "./terminal.ts";

/** The result of `setup-mcp`. */
export interface SetupReport {
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

export function renderSetup(report: SetupReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const blocks = report.clients.map(({ client, title, file, configuration, change, backup }) => {
    const name = style.title(title);
    const path = style.reference(escaped(file));
    if (change === "printed") {
      const how = style.aside(`amalfa setup-mcp --client ${client} --write`);
      return `${name}: put this into ${path}, or run ${how}\n\n${configuration.trimEnd()}`;
    }
    const kept = backup === null ? "" : `\n${style.aside(`The file as it was: ${escaped(backup)}`)}`;
    const restart = change === "unchanged" ? "" : `\n${style.aside(`Restart ${title} to use it.`)}`;
    return `${name}: the server ${CHANGES[change]} ${path}${kept}${restart}`;
  });
  return blocks.join("\n\n");
}

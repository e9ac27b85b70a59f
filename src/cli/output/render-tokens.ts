/** Tokens of a server, for people. */

import type { StoredGrant } from "../../mcp/http/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

export function renderAdded(
  { token, id, name, projects, rights }: StoredGrant & { readonly token: string },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  return [
    token,
    "",
    style.aside(
      `${id} (${escaped(name)}): ${rights.join(", ")} in ${projects.map(escaped).join(", ")}. It is not shown again.`,
    ),
  ].join("\n");
}

export function renderTokens(tokens: readonly StoredGrant[], terminal: Terminal): string {
  if (tokens.length === 0) return "There are no tokens; `amalfa serve token add` makes one.";
  const style = styleFor(terminal);
  const rows = tokens.map(({ id, name, rights, projects, since }) => [
    id,
    escaped(name),
    rights.join(", "),
    projects.map(escaped).join(", "),
    since.slice(0, 10),
  ]);
  const columns = [
    { style: style.reference },
    {},
    {},
    { style: style.aside, cut: "start" as const },
    { style: style.aside },
  ];
  const lines = renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`);
  return [style.title(formatNumberOf(tokens.length, "token")), ...lines].join("\n");
}

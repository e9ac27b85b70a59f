/**
 * Writes `docs/errors.md` from the catalogue of errors: `bun scripts/errors-page.ts`. A test keeps the page current.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorEntry, EXIT } from "../src/system/error-entry.ts";
import { ERRORS } from "../src/system/errors.ts";

export const PAGE = join(import.meta.dir, "../docs/errors.md");

const STATUSES: Readonly<Record<keyof typeof EXIT, string>> = {
  failed: "the operation failed, or problems remain",
  usage: "wrong usage or settings",
  partial: "partly done: some documents failed and are named",
  busy: "another process holds the maintenance lock or the database",
  interrupted: "interrupted",
};

export function errorsPage(): string {
  const statuses = Object.entries(EXIT).map(
    ([name, status]) => `| ${status} | ${STATUSES[name as keyof typeof EXIT]} |`,
  );
  const rows = Object.entries<ErrorEntry>(ERRORS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { what, exit, hint }]) => `| \`${code}\` | ${what} | ${exit} | ${hint ?? ""} |`);
  return `# Errors

Made from the catalogue in \`src/system/errors.ts\` by \`bun scripts/errors-page.ts\`.

With \`--json\` a command that fails prints \`{"ok": false, "error": {"code", "message", "hint"}}\`. The code is one of those below and stays the same from
version to version; the message says what happened and where, the hint what to do next. Where the place that raises an error knows a better hint than
the usual one, it gives that.

## Exit statuses

| status | meaning |
|---|---|
| 0 | done; healthy |
${statuses.join("\n")}

## Codes

| code | what has happened | exit | what to do |
|---|---|---|---|
${rows.join("\n")}
`;
}

if (import.meta.main) writeFileSync(PAGE, errorsPage());

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

/** What the codes are about, by their first words, in the order of the page. */
const GROUPS: readonly (readonly [title: string, words: readonly string[]])[] = [
  ["The graph", ["database", "graph", "ingest", "lock", "data", "reset"]],
  ["Files, disks and folders", ["files", "file", "path", "root", "directory", "output"]],
  ["Settings, consent and projects", ["config", "trust", "projects"]],
  ["Documents", ["document", "folder", "front-matter", "tags", "note", "since"]],
  ["Searching and measuring", ["search", "gaps", "eval"]],
  ["The model", ["model", "embedding", "code"]],
  ["The vector cache", ["cache", "archive", "remote"]],
  ["Services", ["service", "pidfile", "watcher"]],
  ["Agents and servers", ["agents", "setup", "arguments", "cursor", "resource", "server", "token"]],
  ["The program", ["bun", "package", "process", "program", "usage", "doctor", "interrupted", "internal"]],
];

function codeTable(words: readonly string[]): string {
  const rows = Object.entries<ErrorEntry>(ERRORS)
    .filter(([code]) => words.includes(firstWord(code)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { what, exit, hint }]) => `| \`${code}\` | ${what} | ${exit} | ${hint ?? ""} |`);
  return ["| code | what has happened | exit | what to do |", "|---|---|---|---|", ...rows].join("\n");
}

const firstWord = (code: string): string => code.split(".")[0]!;

export function errorsPage(): string {
  const grouped = GROUPS.flatMap(([, words]) => words);
  const left = Object.keys(ERRORS).filter((code) => !grouped.includes(firstWord(code)));
  if (left.length > 0) throw new Error(`docs/errors.md has no group for ${left.join(", ")}.`);

  const statuses = Object.entries(EXIT).map(
    ([name, status]) => `| ${status} | ${STATUSES[name as keyof typeof EXIT]} |`,
  );
  return `# Errors

<!-- Made from the catalogue in \`src/system/errors.ts\` by \`bun scripts/errors-page.ts\`. -->

A command that fails says what happened and where, and below it what to do:

\`\`\`text
amalfa: There is no graph at /notes/.amalfa/resonance.db yet.
  Run \`amalfa init\` to build it from the markdown. If an \`init\` is running already, words can be searched within seconds.
\`\`\`

The code of the error, here \`database.missing\`, is shown with \`--json\`: \`{"ok": false, "error": {"code", "message", "hint"}}\`. A code stays the same from version to version. Messages may change.
[Troubleshooting](guides/troubleshooting.md) goes by messages and symptoms.

## Exit statuses

| status | meaning |
|---|---|
| 0 | done; healthy |
${statuses.join("\n")}

In the tables below "exit" is the usual status, and "what to do" the usual advice. A command that knows better says so: a rebuild ends with 2 for \`database.foreign\`.

${GROUPS.map(([title, words]) => `## ${title}\n\n${codeTable(words)}`).join("\n\n")}
`;
}

if (import.meta.main) writeFileSync(PAGE, errorsPage());

/**
 * Writes the JSON Schemas of every `--json` document and of the settings to `schemas/`, and `docs/json.md`, which
 * explains the documents: `bun scripts/json-schemas.ts`. A test keeps them current.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { settingsFile } from "../src/project/schema.ts";
import { DOCUMENTS, type JsonDocument } from "./json/documents.ts";
import { fieldTable, type Parts, partKey } from "./json/field-table.ts";
import { PARTS } from "./json/parts.ts";

const ROOT = join(import.meta.dir, "..");
export const SCHEMAS = join(ROOT, "schemas");
export const JSON_PAGE = join(ROOT, "docs/json.md");

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * Open: another version may add fields, and whoever validates its documents with the schema of this one must not be
 * told that they are wrong. The tests close it again.
 */
function published(schema: z.ZodType, title: string, io: "input" | "output"): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves the default of what is transformed out, since it may be one of the result.
      const preset = z.globalRegistry.get(zodSchema)?.default;
      if (preset !== undefined) jsonSchema.default = preset as typeof jsonSchema.default;
      if (io === "output" && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return { ...($schema === undefined ? {} : { $schema }), title, ...rest } as JsonSchema;
}

/** The schemas by the names of their files. */
export function jsonSchemas(): ReadonlyMap<string, JsonSchema> {
  const documents = DOCUMENTS.map(
    ({ name, schema }) => [`${name}.json`, published(schema, titleOf(name), "output")] as const,
  );
  return new Map([...documents, ["settings.json", published(settingsFile, "Settings of amalfa", "input")]]);
}

const titleOf = (name: string): string => `amalfa --json: ${name}`;

/** Each document with what its schema says, in words. */
export function jsonPage(): string {
  const schemas = jsonSchemas();
  const shared = PARTS.map(({ name, what, schema }) => ({
    name,
    what,
    schema: published(schema, name, "output"),
  }));
  const parts: Parts = new Map(shared.map(({ name, schema }) => [partKey(schema), name]));
  const sections = DOCUMENTS.map(
    (document) =>
      `## ${document.name}\n\n${printedBy(document)}\n\n${fieldTable(schemas.get(`${document.name}.json`)!, parts)}`,
  );
  const explained = shared.map(({ name, what, schema }) => {
    const others: Parts = new Map([...parts].filter(([, other]) => other !== name));
    return `## ${name}\n\nPart of other documents: ${what}.\n\n${fieldTable(schema, others)}`;
  });
  return `# JSON

<!-- Made from the schemas in \`scripts/json\` by \`bun scripts/json-schemas.ts\`. -->

Every command takes \`--json\`. Then stdout is exactly one JSON document, whatever happens. Warnings and progress go to stderr.
Only \`serve\` has no such document: its stdout carries frames of the protocol.

- A command that fails prints the document [error](#error). The exit status says so as well: see [Errors](errors.md).
- Fields may be added in any version. None is renamed or removed, so ignore what you do not know.
- A field that is marked *optional* may be missing. All others are always there.
- \`[]\` stands for each entry of a list. Where a row names several fields, \`*\` in the rows below it stands for any of them.
- What many documents have in common has a table of its own at the end: ${links(shared.map(({ name }) => name))}.
- Times are ISO 8601 in UTC. Sizes are bytes, durations are milliseconds.

The package has a JSON Schema (draft 2020-12) for each document, such as \`amalfa/schemas/search.json\`, and one for the settings,
\`amalfa/schemas/settings.json\`. The tests hold every document that the program prints against its schema.

The documents: ${links(DOCUMENTS.map(({ name }) => name))}.

${[...sections, ...explained].join("\n\n")}
`;
}

function links(names: readonly string[]): string {
  return names.map((name) => `[${name}](#${name})`).join(", ");
}

function printedBy({ name, commands, when }: JsonDocument): string {
  const lines = commands.map((command) => `\`amalfa ${command}\``);
  const who =
    lines.length === 0 ? (when ?? "") : `${lines.join(", ")}${when === undefined ? "" : ` ${when}`}`;
  return `Printed by ${who}. Schema: \`schemas/${name}.json\`.`;
}

export const schemaText = (schema: JsonSchema): string => `${JSON.stringify(schema, undefined, 2)}\n`;

if (import.meta.main) {
  mkdirSync(SCHEMAS, { recursive: true });
  for (const name of readdirSync(SCHEMAS)) rmSync(join(SCHEMAS, name));
  for (const [name, schema] of jsonSchemas()) writeFileSync(join(SCHEMAS, name), schemaText(schema));
  writeFileSync(JSON_PAGE, jsonPage());
}

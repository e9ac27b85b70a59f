/** A JSON Schema in words: a table of its fields, each by its path. */
import type { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

export function fieldTable(schema: Schema): string {
  const shapes = schema.anyOf as Schema[] | undefined;
  if (shapes !== undefined) return shapes.map((each) => `One of these:\n\n${fieldTable(each)}`).join("\n\n");
  const rows = fieldsOf(schema, "").map(
    ({ path, type, what }) => `| \`${path}\` | ${type} | ${what.replaceAll("|", "\\|")} |`,
  );
  return ["| field | type | meaning |", "|---|---|---|", ...rows].join("\n");
}

interface Field {
  readonly path: string;
  readonly type: string;
  readonly what: string;
}

function fieldsOf(schema: Schema, prefix: string): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, given]) => {
    const property = given as Schema;
    const optional = required.has(name) ? "" : ", optional";
    const path = `${prefix}${name}`;
    const own = { path, type: `${typeOf(property)}${optional}`, what: property.description ?? "" };
    return [own, ...below(property, path)];
  });
}

/** The fields of an object, or of the objects in a list. */
function below(schema: Schema, path: string): Field[] {
  const present = withoutNull(schema);
  if (present.properties !== undefined) return fieldsOf(present, `${path}.`);
  const items = present.items as Schema | undefined;
  return items?.properties === undefined ? [] : fieldsOf(items, `${path}[].`);
}

/** zod writes "or null" as a choice of two. */
function withoutNull(schema: Schema): Schema {
  const choices = (schema.anyOf as Schema[] | undefined)?.filter(({ type }) => type !== "null");
  return choices?.length === 1 ? choices[0]! : schema;
}

function typeOf(schema: Schema): string {
  const choices = schema.anyOf as Schema[] | undefined;
  if (choices !== undefined) return choices.map(typeOf).join(" or ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.prefixItems !== undefined) return "two numbers";
  if (schema.type === "array") return `list of ${plural((schema.items as Schema | undefined)?.type)}`;
  return [schema.type ?? "anything"].flat().map(typeName).join(" or ");
}

function typeName(type: string): string {
  return type === "integer" ? "whole number" : type;
}

function plural(type: unknown): string {
  return type === undefined ? "anything" : `${String(type)}s`;
}

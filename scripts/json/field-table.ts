/**
 * A JSON Schema in words: a table of its fields, each by its path.
 *
 * What several documents have in common is explained in one place, and so is what several fields of one object have:
 * a table that says the same of each metric of each mode has hundreds of rows, and nobody finds anything in it.
 */
import type { z } from "zod";

type Schema = z.core.JSONSchema.BaseSchema;

/** Objects that have a table of their own, by what `partKey` makes of them: their names. */
export type Parts = ReadonlyMap<string, string>;

/** What two schemas of the same fields have in common, whatever each is said to be for. */
export function partKey(schema: Schema): string {
  return JSON.stringify(withoutNull(schema).properties);
}

export function fieldTable(schema: Schema, parts: Parts = new Map()): string {
  const shapes = schema.anyOf as Schema[] | undefined;
  if (shapes !== undefined)
    return shapes.map((each) => `${whenOf(each, shapes)}:\n\n${fieldTable(each, parts)}`).join("\n\n");
  const rows = fieldsOf(schema, "", parts).map(
    ({ paths, type, what }) =>
      `| ${paths.map((path) => `\`${path}\``).join(", ")} | ${type} | ${what.replaceAll("|", "\\|")} |`,
  );
  return ["| field | type | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** What tells one shape from the others: the first field that has a word of its own in each. */
function whenOf(shape: Schema, shapes: readonly Schema[]): string {
  const wordOf = (each: Schema, name: string) => (each.properties?.[name] as Schema | undefined)?.const;
  const name = Object.keys(shape.properties ?? {}).find((each) => {
    const words = shapes.map((other) => wordOf(other, each)).filter((word) => word !== undefined);
    return words.length === shapes.length && new Set(words).size === shapes.length;
  });
  return name === undefined
    ? "One of these"
    : `Where \`${name}\` is \`${JSON.stringify(wordOf(shape, name))}\``;
}

/** A row: one field, or several of which the same is to be said. */
interface Field {
  readonly paths: readonly string[];
  readonly type: string;
  readonly what: string;
}

function fieldsOf(schema: Schema, prefix: string, parts: Parts): Field[] {
  const required = new Set(schema.required ?? []);
  const properties = Object.entries(schema.properties ?? {}) as [string, Schema][];
  return alike(properties, required).flatMap(({ names, property, isRequired }) => {
    const part = partOf(property, parts);
    const said = property.description ?? "";
    const type = `${typeOf(property)}${isRequired ? "" : ", optional"}`;
    const what = part === undefined ? said : `${said}; see [${part}](#${part})`;
    const own = { paths: names.map((name) => `${prefix}${name}`), type, what };
    if (part !== undefined) return [own];
    return [own, ...below(property, `${prefix}${names.length === 1 ? names[0] : "*"}`, parts)];
  });
}

interface Alike {
  readonly names: string[];
  readonly property: Schema;
  readonly isRequired: boolean;
}

/** Neighbours that differ by nothing but their names. */
function alike(properties: readonly [string, Schema][], required: ReadonlySet<string>): Alike[] {
  const groups: Alike[] = [];
  for (const [name, property] of properties) {
    const last = groups.at(-1);
    const isRequired = required.has(name);
    if (last?.isRequired === isRequired && Bun.deepEquals(last.property, property)) last.names.push(name);
    else groups.push({ names: [name], property, isRequired });
  }
  return groups;
}

function partOf(property: Schema, parts: Parts): string | undefined {
  const items = property.items as Schema | undefined;
  return parts.get(partKey(items ?? property));
}

/** The fields of an object, or of the objects in a list. */
function below(schema: Schema, path: string, parts: Parts): Field[] {
  const present = oneOf(withoutNull(schema));
  if (present.properties !== undefined) return fieldsOf(present, `${path}.`, parts);
  const items = present.items as Schema | undefined;
  return items?.properties === undefined ? [] : fieldsOf(items, `${path}[].`, parts);
}

/** Objects of several shapes as one: what not each of them has may be missing. */
function oneOf(schema: Schema): Schema {
  const shapes = schema.anyOf as Schema[] | undefined;
  if (shapes === undefined || shapes.some(({ properties }) => properties === undefined)) return schema;
  const names = [...new Set(shapes.flatMap(({ properties }) => Object.keys(properties!)))];
  const properties = Object.fromEntries(
    names.map((name) => [
      name,
      eitherOf(shapes.flatMap(({ properties: own }) => own?.[name] ?? []) as Schema[]),
    ]),
  );
  return {
    properties,
    required: names.filter((name) => shapes.every(({ required }) => required?.includes(name))),
  };
}

function eitherOf(given: readonly Schema[]): Schema {
  const [first = {}, ...others] = given;
  if (others.every((other) => Bun.deepEquals(other, first))) return first;
  const said = given.map(({ const: word, description }) =>
    word === undefined ? `${description}` : `\`${word}\`: ${description}`,
  );
  return { anyOf: [...given], description: said.join("; ") };
}

/** zod writes "or null" as a choice of two. */
function withoutNull(schema: Schema): Schema {
  const choices = (schema.anyOf as Schema[] | undefined)?.filter(({ type }) => type !== "null");
  return choices?.length === 1 ? choices[0]! : schema;
}

function typeOf(schema: Schema): string {
  const choices = schema.anyOf as Schema[] | undefined;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" or ");
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

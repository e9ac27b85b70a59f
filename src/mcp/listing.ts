/**
 * How a tool is listed. A model reads the list before it has asked for anything, so it holds what a call needs and no
 * more: bounds are checked when a tool is called, and results explain themselves.
 */
import type { ToolAnnotations } from "@modelcontextprotocol/server";
import { z } from "zod/v4";
import type { Tool } from "./tool.ts";

export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly inputSchema: ListedSchema;
  readonly outputSchema: ListedSchema;
  readonly [field: string]: unknown;
}

export interface ListedSchema {
  readonly type: "object";
  readonly [keyword: string]: unknown;
}

export function describeTool({ name, title, description, annotations, input }: Tool): ListedTool {
  return {
    name,
    title,
    description,
    annotations,
    inputSchema: inputSchema(input),
    // What a result holds stands in the result, and in full in the documentation.
    outputSchema: { type: "object" },
  };
}

/** Checked when a tool is called, with a message that says what may be given. */
const BOUNDS = new Set([
  "$schema",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "pattern",
  "minItems",
  "maxItems",
]);
/** What goes without saying, or stands in the description. */
const SILENT = new Set(["default", "propertyNames"]);

/** Clients validate with draft 7, some of them only when no other draft is named. */
function inputSchema(schema: z.ZodObject): ListedSchema {
  const { type, ...rest } = trimmed(
    z.toJSONSchema(schema, { target: "draft-7", io: "input" }),
  ) as ListedSchema;
  return { ...rest, type: type === "object" ? type : "object" };
}

function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trimmed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, part]) => !isTrimmed(key, part));
  const kept = Object.fromEntries(
    entries.map(([key, part]) => [key, key === "properties" ? trimmedEach(part) : trimmed(part)]),
  );
  const { anyOf, additionalProperties, type, ...rest } = kept;
  // One text or a list of them: a list may come as text as well.
  if (Array.isArray(anyOf)) return { ...(anyOf[0] as object), ...rest };
  if (Array.isArray(rest.enum)) return rest;
  const isStrict = additionalProperties === false;
  return { ...(type === undefined ? {} : { type }), ...rest, ...(isStrict ? { additionalProperties } : {}) };
}

/** An argument may have the name of a keyword. */
function trimmedEach(properties: unknown): unknown {
  return Object.fromEntries(
    Object.entries(properties as object).map(([name, part]) => [name, trimmed(part)]),
  );
}

function isTrimmed(key: string, part: unknown): boolean {
  return SILENT.has(key) || (BOUNDS.has(key) && typeof part !== "object");
}

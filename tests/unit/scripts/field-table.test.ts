/** The tables of docs/json.md: every field is said once, and what is the same is said together. */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { fieldTable, partKey } from "../../../scripts/json/field-table.ts";

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "output" });
const rowsOf = (table: string): string[] => table.split("\n").slice(2);

describe("the table of a document's fields", () => {
  test("names neighbours that differ by nothing but their names in one row, and their fields once", () => {
    const figure = z.object({ value: z.number().describe("the mean") }).describe("a figure");
    const table = fieldTable(
      jsonSchema(z.object({ mrr: figure, hit1: figure, seed: z.number().describe("a number") })),
    );
    expect(rowsOf(table)).toEqual([
      "| `mrr`, `hit1` | object | a figure |",
      "| `*.value` | number | the mean |",
      "| `seed` | number | a number |",
    ]);
  });

  test("keeps apart what is optional, or said to be something else", () => {
    const table = fieldTable(
      jsonSchema(
        z.object({
          a: z.string().describe("a name"),
          b: z.string().optional().describe("a name"),
          c: z.string().describe("a place"),
        }),
      ),
    );
    expect(rowsOf(table)).toEqual([
      "| `a` | string | a name |",
      "| `b` | string, optional | a name |",
      "| `c` | string | a place |",
    ]);
  });

  test("says the fields of every shape that a field may have, and when a document has which", () => {
    const kept = z.object({
      kind: z.literal("keep").describe("it stays"),
      file: z.string().describe("its name"),
    });
    const gone = z.object({
      kind: z.literal("drop").describe("it goes"),
      reason: z.string().describe("why"),
    });
    const plan = z.union([kept, gone]).describe("what is done");
    expect(rowsOf(fieldTable(jsonSchema(z.object({ plan }))))).toEqual([
      "| `plan` | object | what is done |",
      '| `plan.kind` | `"keep"` or `"drop"` | `keep`: it stays; `drop`: it goes |',
      "| `plan.file` | string, optional | its name |",
      "| `plan.reason` | string, optional | why |",
    ]);
    const table = fieldTable(jsonSchema(z.union([kept, gone])));
    expect(table.match(/^Where .*$/gm)).toEqual(['Where `kind` is `"keep"`:', 'Where `kind` is `"drop"`:']);
  });

  test("leads to the table of what several documents have, also in a list and where it may be null", () => {
    const part = z.object({ port: z.number().describe("its port") });
    const parts = new Map([[partKey(jsonSchema(part)), "service"]]);
    const table = fieldTable(
      jsonSchema(
        z.object({ one: part.nullable().describe("the watcher"), all: z.array(part).describe("all") }),
      ),
      parts,
    );
    expect(rowsOf(table)).toEqual([
      "| `one` | object or null | the watcher; see [service](#service) |",
      "| `all` | list of objects | all; see [service](#service) |",
    ]);
  });
});

/** What the package publishes about `--json`: current, complete, and strict enough to find what is wrong. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { DOCUMENTS } from "../../../scripts/json/documents.ts";
import { JSON_PAGE, jsonPage, jsonSchemas, SCHEMAS, schemaText } from "../../../scripts/json-schemas.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { validateSettingsFile } from "../../../src/project/schema.ts";
import { documentName, expectDescribed } from "../../helpers/json-documents.ts";

/** Commands without a document: one speaks a protocol, the others are the services themselves. */
const WITHOUT_DOCUMENT = ["serve", "serve worker", "watcher run", "vector run"];

const schemas = jsonSchemas();
const program = await buildProgram([], { json: false, print: () => {} });

function commandLines(command: Command, above: readonly string[] = []): string[] {
  return command.commands
    .filter((child) => child.name() !== "help")
    .flatMap((child) => {
      const words = [...above, child.name()];
      return child.commands.length === 0 ? [words.join(" ")] : commandLines(child, words);
    });
}

describe("schemas and docs/json.md", () => {
  test("are what scripts/json makes of them (bun scripts/json-schemas.ts)", () => {
    expect(readdirSync(SCHEMAS).sort()).toEqual([...schemas.keys()].sort());
    for (const [name, schema] of schemas) {
      expect(readFileSync(join(SCHEMAS, name), "utf8")).toBe(schemaText(schema));
    }
    expect(readFileSync(JSON_PAGE, "utf8")).toBe(jsonPage());
  });

  test("say of every field what it means", () => {
    expect(jsonPage().match(/^\|.*\| +\|$/gm)).toBeNull();
  });

  test("describe what every command prints", () => {
    const described = DOCUMENTS.flatMap(({ commands }) => commands);
    const all = commandLines(program).filter((line) => !WITHOUT_DOCUMENT.includes(line));
    expect([...new Set(described)].sort()).toEqual(all.sort());
  });

  test("let other versions add fields, except to settings, where an unknown key is an error", () => {
    const closed = [...schemas].filter(([, schema]) =>
      JSON.stringify(schema).includes('"additionalProperties":false'),
    );
    expect(closed.map(([name]) => name)).toEqual(["settings.json"]);
  });

  test("name every setting, with what it means", () => {
    const { properties } = schemas.get("settings.json")!;
    expect(Object.keys(properties!)).toContain("cache");
    const known = Object.fromEntries(Object.keys(properties!).map((key) => [key, undefined]));
    expect(
      validateSettingsFile(known).problems.filter(({ message }) => message.startsWith("unknown")),
    ).toEqual([]);
    expect(validateSettingsFile({ $schema: "x", other: 1 }).problems).toHaveLength(1);
  });
});

describe("a document of a test's program", () => {
  const version = { ok: true, version: "2.0.0" };

  test("is found by its command line, whatever stands between the words", () => {
    expect(documentName(["--json", "--root", "search", "cache", "--limit", "stats"], {})).toBe("cache-stats");
    expect(documentName(["search", "stats", "--json"], {})).toBe("search");
    expect(documentName(["kill", "--json"], {})).toBe("service-stop");
    expect(documentName(["doctor", "--list-checks"], {})).toBe("doctor-checks");
    expect(documentName(["search", "--", "--help"], {})).toBe("search");
    expect(documentName(["no-such-command"], {})).toBeUndefined();
    expect(documentName(["init"], { ok: false, error: { code: "usage" } })).toBe("error");
    expect(() => documentName(["init"], { error: { code: "made.up" } })).toThrow("made.up");
  });

  test.each<[string, Record<string, unknown>]>([
    ["has a field that nobody described", { ...version, other: 1 }],
    ["lacks a field", { ok: true }],
    ["has a field of another type", { ...version, version: 2 }],
  ])("is refused when it %s", async (_, document) => {
    await expectDescribed(["--version", "--json"], version);
    await expect(expectDescribed(["--version", "--json"], document)).rejects.toThrow("schemas/version.json");
  });
});

/** The pages that are made from the program itself. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { jsonSchemas } from "../../../scripts/json-schemas.ts";
import {
  COMMANDS_PAGE,
  CONFIGURATION_PAGE,
  commandsPage,
  configurationPage,
  settingsOf,
} from "../../../scripts/reference.ts";

test("docs/commands.md is what the program says of its commands (bun scripts/reference.ts)", async () => {
  const page = await commandsPage();
  expect(readFileSync(COMMANDS_PAGE, "utf8")).toBe(page);
  expect(page).toContain("\n## amalfa cache prune\n");
  expect(page).not.toContain("amalfa watcher run");
});

test("the settings of docs/configuration.md are those of the schema (bun scripts/reference.ts)", () => {
  const page = readFileSync(CONFIGURATION_PAGE, "utf8");
  expect(configurationPage(page)).toBe(page);
  expect(() => configurationPage("# Configuration\n")).toThrow("no place");
});

test("every setting has a description that is made of sentences", () => {
  const settings = settingsOf(jsonSchemas().get("settings.json")!, "");
  expect(settings.map(([key]) => key)).toContain("cache.maxBytes");
  for (const [key, { description }] of settings) expect(`${key}: ${description}`).toMatch(/: [A-Z].*[.)]$/);
});

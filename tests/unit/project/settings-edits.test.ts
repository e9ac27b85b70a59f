/** `models use` writes one name into a settings file, and leaves the rest as its user wrote it. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { executeUse, planUse } from "../../../src/maintenance/models/use.ts";
import { DEFAULT_MODEL_NAME } from "../../../src/project/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const FILE = "amalfa.settings.json";

function afterUse(text: string): string {
  using folder = new TempFolder().write({ [FILE]: text });
  executeUse(planUse(folder.path, DEFAULT_MODEL_NAME));
  return readFileSync(folder.join(FILE), "utf8");
}

test.each([
  [
    '{"sources": ["a",   "b"], "embeddings": {"model":  "gte-small"}, "watch":   {}}',
    '{"sources": ["a",   "b"], "embeddings": {"model":  "NAME"}, "watch":   {}}',
  ],
  ['{"embeddings": { "dimensions": 7 }}', '{"embeddings": { "dimensions": 384, "model": "NAME" }}'],
  [
    '\uFEFF{\r\n\t"sources": [ "a","b" ], "watch": {\r\n\t\t\t"debounce": 1 }\r\n}\r\n',
    '\uFEFF{\r\n\t"sources": [ "a","b" ], "watch": {\r\n\t\t\t"debounce": 1 },\r\n\t"embeddings": {\r\n\t\t"model": "NAME"\r\n\t}\r\n}\r\n',
  ],
  ["{}", '{\n  "embeddings": {\n    "model": "NAME"\n  }\n}'],
])("of %j nothing else changes", (before, after) => {
  expect(afterUse(before)).toBe(after.replace("NAME", DEFAULT_MODEL_NAME));
});

test.each(["[]", '{"embeddings": 3}'])("%j is refused", (text) => {
  expect(() => afterUse(text)).toThrow("was not changed");
});

/** The catalogue of errors: complete, used, and what the page about errors is made from. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorsPage, PAGE } from "../../scripts/errors-page.ts";
import type { ErrorEntry } from "../../src/system/error-entry.ts";
import { AmalfaError, ERRORS } from "../../src/system/errors.ts";
import { DATA } from "../../src/system/errors-of-data.ts";
import { DOCUMENTS } from "../../src/system/errors-of-documents.ts";
import { RUNNING } from "../../src/system/errors-of-running.ts";

const SOURCE = join(import.meta.dir, "../../src");

test("docs/errors.md is what the catalogue makes of it (bun scripts/errors-page.ts)", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(errorsPage());
});

/** Plain JavaScript, which has to run before there is anything that could load the catalogue. */
const LAUNCHER = join(import.meta.dir, "../../bin/amalfa.js");

test("what the launcher fails with is in the catalogue, with its hints and its status", () => {
  const source = readFileSync(LAUNCHER, "utf8");
  const raised = [...source.matchAll(/fail\(\s*"([a-z.]+)",\s*(?:"[^"]*"|`[^`]*`),\s*"([^"]*)",\s*\)/g)];
  expect(raised).toHaveLength(source.split("fail(").length - 1 - 1);
  const entries: Readonly<Record<string, ErrorEntry>> = ERRORS;
  for (const [, code = "", hint] of raised) {
    expect({ code, hint: entries[code]?.hint }).toEqual({ code, hint });
    expect(entries[code]?.exit).toBe(1);
  }
  expect(source).toContain("process.exitCode = 1;");
});

test("every code of the catalogue is raised somewhere", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !/(?:^|[/\\])errors-of-\w+\.ts$/.test(path),
  );
  const source = [LAUNCHER, ...files.map((path) => join(SOURCE, path))]
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  expect(Object.keys(ERRORS).filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});

test("entries are sentences, each in one part, in the order of their codes", () => {
  const parts = [DATA, DOCUMENTS, RUNNING].map((part) => Object.keys(part));
  for (const codes of parts) expect(codes).toEqual([...codes].sort());
  expect(parts.flat()).toHaveLength(Object.keys(ERRORS).length);
  for (const { what, hint } of Object.values<ErrorEntry>(ERRORS)) {
    expect(what).toMatch(/^[A-Z].*\.$/);
    // Whoever meets it is told what to do, also where whoever raises it has nothing to add.
    expect(hint).toMatch(/^[A-Z`-].*[.\w]$/);
  }
});

test("exit status and hint are the catalogue's, unless whoever raises the error knows better", () => {
  const usual = new AmalfaError("lock.held", "The project is being worked on.");
  expect(usual).toMatchObject({ exit: ERRORS["lock.held"].exit, hint: ERRORS["lock.held"].hint });
  const other = new AmalfaError("lock.held", "The project is being worked on.", { hint: "Wait.", exit: 1 });
  expect(other).toMatchObject({ exit: 1, hint: "Wait." });
});

/**
 * Turns a settings file into a plain value, which `schema.ts` then validates. Every failure is a `ConfigError`.
 */
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { AmalfaError, messageOf, sendStrayOutputToStderr, startOf } from "../system/index.ts";
import { ConfigError } from "./config-error.ts";
import { runAgreed } from "./consent/index.ts";

/** Reads a `.json` file, or runs a `.ts` or `.js` file, if its user has agreed to that, and takes its default export. Throws `config.untrusted` as well. */
export async function readSettingsFile(file: string): Promise<object> {
  const value = extname(file) === ".json" ? readJson(file) : await importDefault(file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const expected = extname(file) === ".json" ? "an object" : "an object as the default export";
    throw new ConfigError(file, [
      { key: "", message: `expected ${expected}, found ${describeValue(value)}` },
    ]);
  }
  return value;
}

/** A value in a message: short, and told apart from others of its kind. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  if (typeof value !== "string") return String(value);
  return value.length > 60 ? `${JSON.stringify(startOf(value, 60))} and more` : JSON.stringify(value);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    // A named pipe would be waited for.
    if (!statSync(file).isFile()) throw new Error("it is not a file");
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const message = error instanceof TypeError ? "is not valid UTF-8" : `cannot be read: ${messageOf(error)}`;
    throw new ConfigError(file, [{ key: "", message }]);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = jsonErrorPosition(text);
    const where = position === undefined ? "" : ` at line ${position.line}, column ${position.column}`;
    const reason = messageOf(error).replace(/^JSON Parse error: /, "");
    throw new ConfigError(file, [{ key: "", message: `is not valid JSON${where}: ${reason}` }]);
  }
}

/** The module is a program of the user's: it neither speaks where results go nor ends the process. */
async function importDefault(file: string): Promise<unknown> {
  using _ = sendStrayOutputToStderr();
  using __ = withoutExit();
  try {
    return await runAgreed(file);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new ConfigError(file, [{ key: "", message: `cannot be run: ${describeImportFailure(error)}` }]);
  }
}

function withoutExit(): Disposable {
  const { exit } = process;
  process.exit = (code) => {
    throw new Error(`it calls process.exit(${code ?? ""})`);
  };
  return {
    [Symbol.dispose]() {
      process.exit = exit;
    },
  };
}

/** Bun collects several syntax errors in one AggregateError and keeps the place of each beside the message. */
function describeImportFailure(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const position =
    typeof first === "object" && first !== null && "position" in first
      ? (first.position as unknown)
      : undefined;
  if (typeof position !== "object" || position === null || !("line" in position) || !("column" in position)) {
    return messageOf(first);
  }
  return `${messageOf(first)} (line ${String(position.line)}, column ${String(position.column)})`;
}

/*
 * Where a JSON text stops being JSON.
 *
 * The engine's own parser says what is wrong but not where, and a settings file with a missing comma is
 * unreadable without a line number.
 */

/** A place in a text, both counted from 1; the column in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** What the text must look like at an offset for one token; `y` makes each match start exactly there. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const BLANK = /[ \t\r\n]*/y;

/** The position of the first character that cannot belong to a JSON document, or `undefined` if it is one. */
export function jsonErrorPosition(text: string): TextPosition | undefined {
  const offset = firstInvalidOffset(text);
  return offset === undefined ? undefined : positionAt(text, offset);
}

/** Turns an offset in UTF-16 code units into line and column. */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** What may come next; the containers that are open are kept on a stack, so that depth costs no recursion. */
type Expecting = "value" | "value-or-close" | "key" | "key-or-close" | "colon" | "comma-or-close" | "end";

function firstInvalidOffset(text: string): number | undefined {
  const open: string[] = [];
  let expecting: Expecting = "value";
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const afterValue = (): Expecting => (open.length === 0 ? "end" : "comma-or-close");
  for (;;) {
    match(BLANK);
    const char = text[at];
    if (char === undefined) return expecting === "end" ? undefined : at;
    const closes = char === open.at(-1) && (expecting.endsWith("-close") || expecting === "comma-or-close");
    if (closes) {
      open.pop();
      at++;
      expecting = afterValue();
    } else if (expecting.startsWith("value")) {
      if (char === "{" || char === "[") {
        open.push(char === "{" ? "}" : "]");
        at++;
        expecting = char === "{" ? "key-or-close" : "value-or-close";
      } else if (match(STRING) || match(SCALAR)) expecting = afterValue();
      else return at;
    } else if (expecting.startsWith("key")) {
      if (!match(STRING)) return at;
      expecting = "colon";
    } else if (expecting === "colon") {
      if (char !== ":") return at;
      at++;
      expecting = "value";
    } else if (expecting === "comma-or-close" && char === ",") {
      at++;
      expecting = open.at(-1) === "}" ? "key" : "value";
    } else return at;
  }
}

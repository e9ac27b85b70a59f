import { extname } from "node:path";
import type { ParseError } from "jsonc-parser";
import { readSmallBytes } from "../system/files/index.ts";
import {
  AmalfaError,
  messageOf,
  sendStrayOutputToStderr,
  startOf,
  systemErrorCode,
} from "../system/index.ts";
import { ConfigError } from "./config-error.ts";
import { runAgreed } from "./consent/index.ts";

/**
 * Reads a `.json` file, or runs a `.ts` or `.js` file, if its user has agreed to that, and takes its default export.
 * Throws `config.untrusted` as well.
 */
export async function readSettingsFile(file: string): Promise<object> {
  const value = await (extname(file) === ".json" ? readJson(file) : importDefault(file));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const expected = extname(file) === ".json" ? "an object" : "an object as the default export";
    throw new ConfigError(file, [
      { key: "", message: `expected ${expected}, found ${describeValue(value)}` },
    ]);
  }
  return value;
}

/** What the settings have under a key, as in `watch.debounce`. */
export function valueAt(value: unknown, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>(
      (at, step) =>
        typeof at === "object" && at !== null ? (at as Record<string, unknown>)[step] : undefined,
      value,
    );
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

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readSmallBytes(file));
  } catch (error) {
    const message = error instanceof TypeError ? "is not valid UTF-8" : `cannot be read: ${reasonOf(error)}`;
    throw new ConfigError(file, [{ key: "", message }]);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = await jsonErrorPosition(text);
    const where = position === undefined ? "" : ` at line ${position.line}, column ${position.column}`;
    const reason = messageOf(error).replace(/^JSON Parse error: /, "");
    throw new ConfigError(file, [{ key: "", message: `is not valid JSON${where}: ${reason}` }]);
  }
}

function reasonOf(error: unknown): string {
  return systemErrorCode(error) === "ENOENT" ? "it is a symbolic link that leads nowhere" : messageOf(error);
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

/** A place in a text, both counted from 1; the column in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON: a settings file with a missing comma is unreadable without a line number, and the
 * engine's own parser says what is wrong but not where. `undefined` for a text that is JSON, or that nests deeper
 * than can be followed.
 */
export async function jsonErrorPosition(text: string): Promise<TextPosition | undefined> {
  const { parse } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    // It goes down by calling itself.
    if (!(error instanceof RangeError)) throw error;
  }
  const [first] = errors;
  if (first === undefined) return undefined;
  const lines = text.slice(0, first.offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

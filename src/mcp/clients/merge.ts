import { applyEdits, modify, type ParseError, parse as parseJson, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml, stringify as stringifyToml } from "smol-toml";
import { AmalfaError, messageOf } from "../../system/index.ts";
import type { Client } from "./clients.ts";

export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Merge {
  readonly text: string;
  readonly change: "added" | "replaced" | "unchanged";
}

type Tree = Record<string, unknown>;

/** The text to paste into a file that has nothing else in it. */
export function configurationText(client: Client, name: string, entry: ServerEntry): string {
  const tree = { [client.key]: { [name]: { ...client.extra, ...entry } } };
  return client.format === "toml" ? `${stringifyToml(tree)}\n` : `${JSON.stringify(tree, undefined, 2)}\n`;
}

/**
 * @param text the file's content; empty where there is none
 * Throws `setup.broken`, `setup.taken` or `setup.unsupported`; then nothing is to be written.
 */
export function mergeEntry(client: Client, text: string, name: string, entry: ServerEntry): Merge {
  if (text.trim() === "" || text === "\uFEFF") {
    return { text: configurationText(client, name, entry), change: "added" };
  }
  const before = parseTree(client, text);
  const existing = entryIn(before, client, name);
  refuseOtherProject(client, name, existing, entry);
  const wanted = { ...existing, ...client.extra, ...entry };
  if (existing !== undefined && Bun.deepEquals(existing, wanted)) return { text, change: "unchanged" };
  const merged =
    client.format === "toml"
      ? mergeToml(client, text, name, existing, wanted)
      : mergeJson(client, text, name, wanted);
  const servers = before[client.key] as Tree | undefined;
  const expected = { ...before, [client.key]: { ...servers, [name]: wanted } };
  if (!parsesTo(client, merged, expected)) throw unsupported(client);
  return { text: merged, change: existing === undefined ? "added" : "replaced" };
}

/**
 * The text without the entry that `mergeEntry` made for this project; undefined where there is none. Throws as
 * `mergeEntry` does, `setup.taken` for an entry that is somebody else's.
 */
export function withoutEntry(
  client: Client,
  text: string,
  name: string,
  entry: ServerEntry,
): string | undefined {
  if (text.trim() === "" || text === "\uFEFF") return undefined;
  const before = parseTree(client, text);
  const existing = entryIn(before, client, name);
  if (existing === undefined) return undefined;
  refuseOtherProject(client, name, existing, entry);
  const rest =
    client.format === "toml" ? withoutTable(client, text, name) : withoutMember(client, text, name);
  const { [name]: _, ...others } = before[client.key] as Tree;
  const expected = { ...before, [client.key]: others };
  const { [client.key]: __, ...withoutKey } = before;
  // A table of tables goes with its last one.
  const isExpected =
    parsesTo(client, rest, expected) ||
    (Object.keys(others).length === 0 && parsesTo(client, rest, withoutKey));
  if (!isExpected) throw unsupported(client);
  return rest;
}

/** Whether a client's file has nothing in it, neither settings nor comments. */
export function saysNothing({ key, format }: Client, text: string): boolean {
  const rest = text.replace(/^\uFEFF/, "").trim();
  return format === "toml" ? rest === "" : rest.replace(`"${key}"`, "").replace(/[\s{}:]/g, "") === "";
}

function withoutMember(client: Client, text: string, name: string): string {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const content = text.slice(bom.length);
  return bom + applyEdits(content, modify(content, [client.key, name], undefined, {}));
}

function withoutTable(client: Client, text: string, name: string): string {
  const lines = text.split(/(?<=\n)/);
  const { start, end } = tableIn(client, lines, name);
  return [...lines.slice(0, start), ...lines.slice(end)].join("");
}

/** A file may be written in ways that the libraries read and do not change rightly, such as with a key twice. */
function parsesTo(client: Client, text: string, expected: Tree): boolean {
  try {
    return Bun.deepEquals(parseTree(client, text), expected);
  } catch (error) {
    if (error instanceof AmalfaError) return false;
    throw error;
  }
}

function parseTree(client: Client, text: string): Tree {
  const content = text.replace(/^\uFEFF/, "");
  let tree: unknown;
  if (client.format === "toml") {
    try {
      tree = parseToml(content);
    } catch (error) {
      throw broken(client, messageOf(error).split("\n")[0] ?? "");
    }
  } else {
    const errors: ParseError[] = [];
    const comments = client.format === "json with comments";
    tree = parseJson(content, errors, { disallowComments: !comments, allowTrailingComma: comments });
    const [error] = errors;
    if (error !== undefined) {
      const line = content.slice(0, error.offset).split("\n").length;
      throw broken(client, `${inWords(printParseErrorCode(error.error))} in line ${line}`);
    }
  }
  if (!isTree(tree)) throw broken(client, "it does not hold an object");
  return tree;
}

/** `InvalidCommentToken` → `invalid comment token` */
function inWords(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

function entryIn(tree: Tree, client: Client, name: string): Tree | undefined {
  const servers = tree[client.key];
  if (servers === undefined) return undefined;
  if (!isTree(servers)) throw broken(client, `its ${client.key} is not an object`);
  const entry = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (entry !== undefined && !isTree(entry))
    throw broken(client, `its ${client.key}.${name} is not an object`);
  return entry;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** In a file for all of a user's projects, another one may have the name. */
function refuseOtherProject(
  client: Client,
  name: string,
  existing: Tree | undefined,
  entry: ServerEntry,
): void {
  const rootIn = (args: unknown): unknown =>
    Array.isArray(args) ? args[args.indexOf("--root") + 1] : undefined;
  if (existing === undefined) return;
  const root = rootIn(existing.args);
  const isAmalfa =
    Array.isArray(existing.args) && existing.args.includes("serve") && existing.args.includes("--root");
  if (isAmalfa && root === rootIn(entry.args)) return;
  const owner = isAmalfa ? `for the project ${String(root)}` : "that setup-mcp did not make";
  throw new AmalfaError(
    "setup.taken",
    `${client.file} has a server "${name}" already, ${owner}. Nothing was changed.`,
  );
}

function mergeJson(client: Client, text: string, name: string, wanted: Tree): string {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  let content = text.slice(bom.length);
  const before = parseTree(client, content);
  const existing = entryIn(before, client, name);
  if (existing === undefined) return bom + addJson(content, before, client.key, name, wanted);
  for (const [field, value] of Object.entries(wanted)) {
    if (Bun.deepEquals(existing[field], value)) continue;
    content = applyEdits(content, modify(content, [client.key, name, field], value, {}));
  }
  return bom + content;
}

/**
 * The library can indent what it inserts, but then it also formats the lines around it; so the indentation is made
 * here.
 */
function addJson(content: string, before: Tree, key: string, name: string, wanted: Tree): string {
  const lineEnd = content.includes("\r\n") ? "\r\n" : "\n";
  const unit = /^([ \t]+)"/m.exec(content)?.[1] ?? "  ";
  const servers = before[key];
  const [path, value, depth, siblings] =
    servers === undefined
      ? [[key], { [name]: wanted }, 1, Object.keys(before).length]
      : [[key, name], wanted, 2, Object.keys(servers as Tree).length];
  const [edit] = modify(content, path, value, {});
  if (edit === undefined) return content;
  const indent = lineEnd + unit.repeat(depth);
  const pretty = JSON.stringify(value, undefined, unit).replaceAll("\n", indent);
  const entry = `${indent}${JSON.stringify(path.at(-1))}: ${pretty}`;
  // Behind the last sibling, or alone between two brackets.
  const insert = siblings > 0 ? `,${entry}` : `${entry}${lineEnd}${unit.repeat(depth - 1)}`;
  return content.slice(0, edit.offset) + insert + content.slice(edit.offset + edit.length);
}

/**
 * Appends a table, or replaces the one of that name: from its header to the next, which is how such files are
 * written.
 */
function mergeToml(
  client: Client,
  text: string,
  name: string,
  existing: Tree | undefined,
  wanted: Tree,
): string {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const table = stringifyToml({ [client.key]: { [name]: wanted } })
    .trim()
    .replaceAll("\n", lineEnd);
  if (existing === undefined) {
    const gap = text.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
    return `${text}${gap}${table}${lineEnd}`;
  }
  const lines = text.split(/(?<=\n)/);
  const { start, end } = tableIn(client, lines, name);
  const blank =
    lines
      .slice(start, end)
      .join("")
      .match(/(?:\r?\n)*$/)?.[0] || lineEnd;
  return [...lines.slice(0, start), table + blank, ...lines.slice(end)].join("");
}

/** From the table's header to the next. */
function tableIn(client: Client, lines: readonly string[], name: string): { start: number; end: number } {
  const header = new RegExp(`^\\s*\\[\\s*${client.key}\\s*\\.\\s*["']?${escapeRegExp(name)}["']?\\s*\\]`);
  const start = lines.findIndex((line) => header.test(line));
  if (start < 0) throw unsupported(client);
  const length = lines.slice(start + 1).findIndex((line) => /^\s*\[/.test(line));
  return { start, end: length < 0 ? lines.length : start + 1 + length };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function broken(client: Client, problem: string): AmalfaError {
  return new AmalfaError("setup.broken", `${client.file} cannot be read: ${problem}. Nothing was changed.`, {
    hint: "Correct the file, or run the command without --write and paste what it prints.",
  });
}

function unsupported(client: Client): AmalfaError {
  return new AmalfaError(
    "setup.unsupported",
    `${client.file} is written in a way that cannot be merged into without changing more. Nothing was changed.`,
  );
}

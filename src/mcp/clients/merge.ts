import { type ParseError, parse as parseJson, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml, stringify as stringifyToml } from "smol-toml";
import { AmalfaError, loadJsonMember, messageOf } from "../../system/index.ts";
import type { Client } from "./clients.ts";
import { withField, withoutTable, withTable } from "./edit-toml.ts";

const { withMember, withoutMember } = await loadJsonMember();

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
      : mergeJson(client, text, name, existing, wanted);
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
  const path = [client.key, name] as const;
  const rest = client.format === "toml" ? withoutTable(text, path) : withoutMember(text, path);
  if (rest === undefined) throw unsupported(client);
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

/** Only what has to be different is: fields that the user added to the entry, and all comments, stay. */
function mergeJson(client: Client, text: string, name: string, existing: Tree | undefined, wanted: Tree) {
  const path = [client.key, name];
  if (existing === undefined) return withMember(text, path, wanted);
  const set = (edited: string, [field, value]: [string, unknown]) =>
    withMember(edited, [...path, field], value);
  return changedFields(existing, wanted).reduce(set, text);
}

function mergeToml(client: Client, text: string, name: string, existing: Tree | undefined, wanted: Tree) {
  const path = [client.key, name] as const;
  if (existing === undefined) return withTable(text, path, wanted);
  const set = (edited: string, [field, value]: [string, unknown]) => {
    const changed = withField(edited, path, field, value);
    if (changed === undefined) throw unsupported(client);
    return changed;
  };
  return changedFields(existing, wanted).reduce(set, text);
}

function changedFields(existing: Tree, wanted: Tree): [string, unknown][] {
  return Object.entries(wanted).filter(([field, value]) => !Bun.deepEquals(existing[field], value));
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

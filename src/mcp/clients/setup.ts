/** The configuration that makes a client start this project's server, and writing it into the client's file. */

import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { applyEdits, modify, type ParseError, parse as parseJson, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml, stringify as stringifyToml } from "smol-toml";
import { projectPaths, withPendingNote } from "../../project/index.ts";
import {
  createFile,
  type FileSnapshot,
  readSnapshot,
  realPlace,
  replaceFile,
} from "../../system/files/index.ts";
import { AmalfaError, messageOf, startOf, systemErrorCode } from "../../system/index.ts";
import { bunProgram } from "../../system/process/index.ts";
import { type Client, type ClientName, clientNamed } from "./clients.ts";

export interface SetupOptions {
  /** Absolute path of the project root. */
  readonly root: string;
  readonly clients: readonly ClientName[];
  /** The server's name in the clients' files. */
  readonly name: string;
  readonly mode: "print" | "write";
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ClientSetup {
  readonly client: ClientName;
  readonly title: string;
  /** Absolute path of the client's file. */
  readonly file: string;
  /** The entry in the client's own format, as it stands in a file of its own. */
  readonly configuration: string;
  readonly change: "printed" | "added" | "replaced" | "unchanged";
  /** Absolute path of the copy of the file as it was. */
  readonly backup: string | null;
}

export interface SetupReport {
  readonly server: ServerEntry & { readonly name: string };
  readonly clients: readonly ClientSetup[];
}

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/**
 * Every client's file is read and merged before the first one is written, so that one that cannot be merged keeps all as they are.
 * Throws `setup.name` (exit 2), `setup.*` and `file.*`; then the file that is named has not changed.
 */
export function setupMcp({ root, clients, name, mode, env }: SetupOptions): SetupReport {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new AmalfaError("setup.name", `"${startOf(name, 100)}" cannot be the name of a server.`);
  }
  // Absolute, so that it works from whatever directory the client starts it in, and whatever its PATH is.
  const [command = "", ...program] = bunProgram(CLI);
  const entry = { command, args: [...program, "--root", root, "serve"] };
  const places = { root, env, platform: process.platform };
  const paths = projectPaths(root);
  const steps = clients.map((each) => {
    const client = clientNamed(each, places);
    const step = planSetup(client, name, entry, mode);
    // What a kill leaves beside the client's file is found through a note.
    return mode === "print" ? step : () => withPendingNote(paths, dirname(realPlace(client.file)), step);
  });
  return { server: { name, ...entry }, clients: carryOut(steps) };
}

/** Whether a path lies where `npx` keeps what it runs, which is there until somebody clears npm's cache. */
export function isInNpxCache(path: string): boolean {
  return path.split(/[\\/]/).includes("_npx");
}

/** An error names the files that were changed before it. */
function carryOut(steps: readonly (() => ClientSetup)[]): ClientSetup[] {
  const done: ClientSetup[] = [];
  for (const step of steps) {
    try {
      done.push(step());
    } catch (error) {
      const changed = done.filter(({ change }) => change === "added" || change === "replaced");
      if (!(error instanceof AmalfaError) || changed.length === 0) throw error;
      const files = changed.map(({ file }) => file).join(", ");
      throw new AmalfaError(error.code, `${error.message} Before that, ${files} was written.`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        exit: error.exit,
        cause: error,
      });
    }
  }
  return done;
}

/** Reads and merges; what it answers writes. */
function planSetup(
  client: Client,
  name: string,
  entry: ServerEntry,
  mode: SetupOptions["mode"],
): () => ClientSetup {
  const configuration = configurationText(client, name, entry);
  const described = { client: client.name, title: client.title, file: client.file, configuration };
  if (mode === "print") return () => ({ ...described, change: "printed", backup: null });
  const snapshot = readIfPresent(client.file);
  if (snapshot === undefined) {
    return () => {
      create(client, configuration);
      return { ...described, change: "added", backup: null };
    };
  }
  const { text, change } = merged(client, textOf(snapshot), name, entry);
  if (change === "unchanged") return () => ({ ...described, change, backup: null });
  return () => {
    const backup = backUp(snapshot);
    replaceFile(snapshot, Buffer.from(text, "utf8"));
    return { ...described, change, backup };
  };
}

function merged(
  client: Client,
  text: string,
  name: string,
  entry: ServerEntry,
): ReturnType<typeof mergeEntry> {
  try {
    return mergeEntry(client, text, name, entry);
  } catch (error) {
    // The libraries that read such files call themselves for every level.
    if (!(error instanceof RangeError)) throw error;
    throw new AmalfaError(
      "setup.broken",
      `${client.file} is nested too deeply to be read. Nothing was changed.`,
      { cause: error },
    );
  }
}

/** The file behind `path`, through symbolic links: many people keep such files elsewhere. */
function readIfPresent(path: string): FileSnapshot | undefined {
  try {
    return readSnapshot(realpathSync(path));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") {
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
      throw new AmalfaError("setup.broken", `${path} is a link to nothing. Nothing was changed.`, {
        hint: "Remove the link, or make the file that it leads to.",
        cause: error,
      });
    }
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError(
      "setup.broken",
      `${path} cannot be read: ${messageOf(error)}. Nothing was changed.`,
      {
        cause: error,
      },
    );
  }
}

function textOf({ bytes, path }: FileSnapshot): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AmalfaError("setup.broken", `${path} is not UTF-8. Nothing was changed.`, { cause });
  }
}

/** What is in a user's folder may hold secrets later on, so only the user may read it. */
function create({ file, scope }: Client, configuration: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    createFile(file, Buffer.from(configuration, "utf8"), scope === "user" ? 0o600 : 0o644);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError("setup.unwritable", `${file} cannot be written: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function backUp({ path, bytes, mode }: FileSnapshot): string {
  const backup = `${path}.${new Date().toISOString().replaceAll(/[-:]/g, "")}.bak`;
  try {
    createFile(backup, bytes, mode);
    return backup;
  } catch (error) {
    throw new AmalfaError(
      "setup.unwritable",
      `${path} cannot be backed up to ${backup}: ${messageOf(error)}.`,
      {
        hint: "Check the permissions of the folder and the free space; the file was not changed.",
        cause: error,
      },
    );
  }
}

/*
 * One server's entry in a client's configuration, everything else in the file untouched. Pure: text in, text out.
 *
 * The result is parsed again and compared with what was meant; a file for which that fails is refused.
 */

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
  const before = readTree(client, text);
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
  if (!readsAs(client, merged, expected)) throw unsupported(client);
  return { text: merged, change: existing === undefined ? "added" : "replaced" };
}

/** A file may be written in ways that the libraries read and do not change rightly, such as with a key twice. */
function readsAs(client: Client, text: string, expected: Tree): boolean {
  try {
    return Bun.deepEquals(readTree(client, text), expected);
  } catch (error) {
    if (error instanceof AmalfaError) return false;
    throw error;
  }
}

function readTree(client: Client, text: string): Tree {
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
  const before = readTree(client, content);
  const existing = entryIn(before, client, name);
  if (existing === undefined) return bom + addJson(content, before, client.key, name, wanted);
  for (const [field, value] of Object.entries(wanted)) {
    if (Bun.deepEquals(existing[field], value)) continue;
    content = applyEdits(content, modify(content, [client.key, name, field], value, {}));
  }
  return bom + content;
}

/** The library can indent what it inserts, but then it also formats the lines around it; so the indentation is made here. */
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

/** Appends a table, or replaces the one of that name: from its header to the next, which is how such files are written. */
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
  const header = new RegExp(`^\\s*\\[\\s*${client.key}\\s*\\.\\s*["']?${escapeRegExp(name)}["']?\\s*\\]`);
  const start = lines.findIndex((line) => header.test(line));
  if (start < 0) throw unsupported(client);
  const length = lines.slice(start + 1).findIndex((line) => /^\s*\[/.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  const blank =
    lines
      .slice(start, end)
      .join("")
      .match(/(?:\r?\n)*$/)?.[0] || lineEnd;
  return [...lines.slice(0, start), table + blank, ...lines.slice(end)].join("");
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

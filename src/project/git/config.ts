/**
 * Single values of git's configuration, read as git reads its files, without git.
 *
 * Of what the files can say only sections, keys and values are known here, and files that they include; conditions on
 * branches or on remotes are never met, since they would need more of the repository.
 */

import { lstatSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { readSmallFile } from "../../system/files/index.ts";

/** Files that include each other have no end otherwise. */
const MOST_FILES = 50;

export interface ConfigEntry {
  /** In lower case, as in `core.excludesfile`; a name in quotes stands between the two as it is written. */
  readonly key: string;
  readonly value: string;
}

export interface Repository {
  /** The folder that holds `HEAD` and the rest. */
  readonly gitDirectory: string;
  /** The same, apart from linked worktrees. */
  readonly commonDirectory: string;
}

/** The last value of a key over the system's, the user's and the repository's files, or undefined. */
export function configValue(repository: Repository, key: string): string | undefined {
  const users = [...systemFiles(), ...userFiles()].flatMap((file) => entriesOf(file, repository));
  const entries = [...users, ...entriesOf(join(repository.commonDirectory, "config"))];
  const perWorktree = entries.findLast((entry) => entry.key === "extensions.worktreeconfig")?.value;
  if (perWorktree === "true") entries.push(...entriesOf(join(repository.gitDirectory, "config.worktree")));
  return entries.findLast((entry) => entry.key === key)?.value;
}

/**
 * What one file says, with what it includes. Empty where it cannot be read.
 *
 * @param repository what conditions are about; without it none is met, as in the files of a repository, whose
 * patterns are not the user's
 */
export function entriesOf(
  file: string,
  repository?: Repository,
  left = { files: MOST_FILES },
): ConfigEntry[] {
  if (left.files-- <= 0) return [];
  return parseConfig(readSmall(file) ?? "").flatMap((entry) => {
    const condition = /^includeif\.(.*)\.path$/s.exec(entry.key)?.[1];
    const met = condition !== undefined && repository !== undefined && holds(condition, file, repository);
    if (entry.key !== "include.path" && !met) return [entry];
    return entriesOf(resolve(dirname(file), withHome(entry.value)), repository, left);
  });
}

/** As git finds it. */
function home(): string {
  return process.env.HOME || homedir();
}

/** `~/` at the beginning of a path is the user's home. */
export function withHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(home(), path.slice(1)) : path;
}

/** The user's folder for git's configuration. */
export function userConfigFolder(): string {
  const { XDG_CONFIG_HOME = "" } = process.env;
  return join(isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(home(), ".config"), "git");
}

function systemFiles(): string[] {
  const { GIT_CONFIG_NOSYSTEM = "", GIT_CONFIG_SYSTEM } = process.env;
  if (!/^(|0|false|no|off)$/i.test(GIT_CONFIG_NOSYSTEM)) return [];
  return [GIT_CONFIG_SYSTEM ?? "/etc/gitconfig"];
}

function userFiles(): string[] {
  const { GIT_CONFIG_GLOBAL } = process.env;
  if (GIT_CONFIG_GLOBAL !== undefined) return [GIT_CONFIG_GLOBAL];
  return [join(userConfigFolder(), "config"), join(home(), ".gitconfig")];
}

/** `gitdir:` and `gitdir/i:`; a pattern that ends with `/` is that of everything below. */
function holds(condition: string, file: string, { gitDirectory }: Repository): boolean {
  const [, fold, written] = /^gitdir(\/i)?:(.+)$/s.exec(condition) ?? [];
  if (written === undefined) return false;
  const from = written.startsWith("./") ? join(dirname(file), written) : withHome(written);
  const anchored = isAbsolute(from) ? from : `**/${from}`;
  const pattern = anchored.endsWith("/") ? `${anchored}**` : anchored;
  const same = (text: string) => (fold === undefined ? text : text.toLowerCase());
  return new Bun.Glob(same(pattern)).match(same(gitDirectory));
}

/** Sections, keys and values of a configuration file. Lines that are none of these are passed over. */
export function parseConfig(text: string): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  let section = "";
  const lines = text
    .replace(/^\uFEFF/, "")
    .replace(/(?<!\\)((?:\\\\)*)\\\r?\n/g, "$1")
    .split(/\r?\n/);
  for (const line of lines) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header !== null) {
      const [, name = "", sub] = header;
      section = name.toLowerCase() + (sub === undefined ? "" : `.${sub.replaceAll(/\\(.)/g, "$1")}`);
    }
    const rest = header === null ? line : line.slice(header[0].length);
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*(?:=(.*))?$/.exec(rest.replace(/^\s*[#;].*/, "")) ?? [];
    if (section !== "" && key !== undefined) {
      entries.push({
        key: `${section}.${key.toLowerCase()}`,
        value: value === undefined ? "true" : unquoted(value),
      });
    }
  }
  return entries;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b" };

/** A value without its quotes, escapes and comment. */
function unquoted(written: string): string {
  let value = "";
  /** Up to where blanks count: those at the end do not, unless in quotes. */
  let end = 0;
  let quoted = false;
  for (let at = written.search(/\S|$/); at < written.length; at++) {
    const char = written[at]!;
    if (!quoted && (char === "#" || char === ";")) break;
    if (char === '"') {
      quoted = !quoted;
      end = value.length;
      continue;
    }
    const next = written[at + 1];
    if (char === "\\" && next !== undefined) {
      value += ESCAPES[next] ?? next;
      at++;
    } else value += char;
    if (quoted || /\S/.test(char)) end = value.length;
  }
  return value.slice(0, end);
}

/* Looking at git's files, which may be anything: they come with a folder that somebody else made. */

/** What is there, without following a link; undefined also where it may not be looked at. */
export function lookAt(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** A file of git's as text; undefined for what is no regular file, too large for one, or cannot be read. */
export function readSmall(path: string, mostBytes?: number): string | undefined {
  return orUndefined(() => readSmallFile(path, mostBytes));
}

/** Whether all exist and belong to one user. */
export function haveOneOwner(paths: readonly string[]): boolean {
  const owners = paths.map((path) => lookAt(path)?.uid);
  return owners.every((owner) => owner !== undefined && owner === owners[0]);
}

export function orUndefined<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

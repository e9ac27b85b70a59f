/** The configuration that makes a client start this project's server, and writing it into the client's file. */

import { lstatSync, mkdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { projectPaths, withPendingNote } from "../../project/index.ts";
import {
  createFile,
  DATA_DIRECTORY,
  type FileSnapshot,
  isBelow,
  readSnapshot,
  realPath,
  realPlace,
  replaceFile,
} from "../../system/files/index.ts";
import {
  AmalfaError,
  clauseOf,
  programFile,
  startOf,
  systemErrorCode,
  writeHint,
  writeReason,
} from "../../system/index.ts";
import { bunProgram } from "../../system/process/index.ts";
import { type Client, type ClientName, clientNamed } from "./clients.ts";
import { configurationText, mergeEntry, type ServerEntry } from "./merge.ts";

export interface SetupOptions {
  /** Absolute path of the project root. */
  readonly root: string;
  readonly clients: readonly ClientName[];
  /** The server's name in the clients' files. */
  readonly name: string;
  /** "plan": says what "write" would do. */
  readonly mode: "print" | "plan" | "write";
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

const CLI = programFile("src/cli.ts");

/**
 * Every client's file is read and merged before the first one is written, so that one that cannot be merged keeps all
 * as they are. Throws `setup.name` (exit 2), `setup.*` and `file.*`; then the file that is named has not changed.
 */
export function setupMcp({ root, clients, name, mode, env }: SetupOptions): SetupReport {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new AmalfaError("setup.name", `"${startOf(name, 100)}" cannot be the name of a server.`);
  }
  const entry = serverEntry(root);
  const places = { root, env, platform: process.platform };
  const paths = projectPaths(root);
  const steps = clients.map((each) => {
    const client = clientNamed(each, places);
    if (mode !== "print") requireInProject(root, client);
    const step = planSetup(client, name, entry, mode);
    // What a kill leaves beside the client's file is found through a note.
    return mode !== "write" ? step : () => withPendingNote(paths, realPlace(client.file), step);
  });
  return { server: { name, ...entry }, clients: carryOut(steps) };
}

/**
 * Where a path of the project really leads; undefined where that is out of it, or to where git and amalfa keep what
 * is theirs.
 */
export function placeInProject(root: string, path: string): string | undefined {
  const place = realPlace(path);
  const top = realPlace(root);
  if (!isBelow(top, place)) return undefined;
  const names = relative(top, place)
    .split(sep)
    .map((name) => name.toLowerCase());
  return names.some((name) => name === ".git" || name === DATA_DIRECTORY) ? undefined : place;
}

/**
 * What a client keeps in the project is not written wherever a link, which may have come with the folder, leads; a
 * user's own files are the user's to link. Throws `setup.outside`.
 */
export function requireInProject(root: string, { file, scope }: Client): void {
  if (scope === "user") return;
  const place = placeInProject(root, file);
  const expected = join(realPlace(root), relative(root, file));
  if (place !== undefined && (place === expected || /\.jsonc?$/i.test(place))) return;
  // Whoever reads it says that it is a link to nothing.
  if (place !== undefined && lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
  throw new AmalfaError(
    "setup.outside",
    `${file} leads through a symbolic link to ${realPlace(file)}. Nothing was changed.`,
  );
}

/** Absolute, so that it works from whatever directory the client starts it in, and whatever its PATH is. */
export function serverEntry(root: string): ServerEntry {
  const [command = "", ...program] = bunProgram(CLI);
  return { command, args: [...program, "--root", root, "serve"] };
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
      if (mode === "write") create(client, configuration);
      return { ...described, change: "added", backup: null };
    };
  }
  const { text, change } = unlessTooDeep(client, () => mergeEntry(client, textOf(snapshot), name, entry));
  if (change === "unchanged" || mode === "plan") return () => ({ ...described, change, backup: null });
  return () => {
    const backup = backUp(snapshot);
    replaceFile(snapshot, Buffer.from(text, "utf8"));
    return { ...described, change, backup };
  };
}

/** The libraries that read such files call themselves for every level. */
export function unlessTooDeep<T>(client: Client, edit: () => T): T {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AmalfaError(
      "setup.broken",
      `${client.file} is nested too deeply to be read. Nothing was changed.`,
      { cause: error },
    );
  }
}

/** The file behind `path`, through symbolic links: many people keep such files elsewhere. */
export function readIfPresent(path: string): FileSnapshot | undefined {
  try {
    return readSnapshot(realPath(path));
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
      `${path} cannot be read: ${clauseOf(error)}. Nothing was changed.`,
      {
        cause: error,
      },
    );
  }
}

export function textOf({ bytes, path }: FileSnapshot): string {
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
    throw new AmalfaError("setup.unwritable", `${file} cannot be written: ${writeReason(error)}.`, {
      cause: error,
    });
  }
}

export function backUp({ path, bytes, mode }: FileSnapshot): string {
  const backup = `${path}.${new Date().toISOString().replaceAll(/[-:]/g, "")}.bak`;
  try {
    createFile(backup, bytes, mode);
    return backup;
  } catch (error) {
    throw new AmalfaError(
      "setup.unwritable",
      `${path} cannot be backed up to ${backup}: ${writeReason(error)}.`,
      {
        hint: "Check the permissions of the folder and the free space; the file was not changed.",
        ...writeHint(error),
        cause: error,
      },
    );
  }
}

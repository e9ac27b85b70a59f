/**
 * Making agents find the memory by themselves: the server's entry in their settings and, where that is asked for, a
 * section of the file that tells them how to work. Everything is read and planned before the first file is written.
 *
 * Markdown stays read-only (I1), which is about notes: `AGENTS.md` and `CLAUDE.md` are instructions to agents, are
 * named by whoever calls, and only what stands between amalfa's own marks is ever written or removed.
 */
import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { projectPaths, withPendingNote } from "../../project/index.ts";
import { createFile, type FileSnapshot, isMarkdown, replaceFile } from "../../system/files/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { type Client, type ClientName, clientNamed, instructionsFile } from "./clients.ts";
import { saysNothing, withoutEntry } from "./merge.ts";
import { type SectionChange, sectionText, withoutSection, withSection } from "./section.ts";
import {
  backUp,
  type ClientSetup,
  placeInProject,
  readIfPresent,
  requireInProject,
  type SetupOptions,
  serverEntry,
  setupMcp,
  textOf,
  unlessTooDeep,
} from "./setup.ts";

export interface AgentsOptions extends Omit<SetupOptions, "mode"> {
  /** Whether the files that agents read before they work are written as well. */
  readonly instructions: boolean;
  readonly dryRun: boolean;
}

export interface AgentFile {
  /** Absolute path. */
  readonly file: string;
  readonly change: "added" | "replaced" | "removed" | "unchanged";
}

export interface ClientFile extends AgentFile {
  readonly client: ClientName;
  readonly title: string;
  /** Absolute path of the copy of the file as it was. */
  readonly backup: string | null;
}

export interface AgentsReport {
  readonly clients: readonly ClientFile[];
  readonly instructions: readonly AgentFile[];
}

/** Throws what `setupMcp` throws, and `agents.section`; a file that is named has not changed then. */
export function installAgents(options: AgentsOptions): AgentsReport {
  const { instructions, dryRun, name } = options;
  const steps = instructions ? planSections(options, (text) => withSection(text, sectionText(name))) : [];
  // Whatever would refuse to be written does so here, before the first file is changed.
  setupMcp({ ...options, mode: "plan" });
  const setup = setupMcp({ ...options, mode: dryRun ? "plan" : "write" });
  return { clients: setup.clients.map(clientFile), instructions: steps.map((step) => step(dryRun)) };
}

function clientFile({ client, title, file, change, backup }: ClientSetup): ClientFile {
  return { client, title, file, change: change === "printed" ? "unchanged" : change, backup };
}

/** Takes the entries and the sections away again. Throws as `installAgents` does. */
export function removeAgents(options: AgentsOptions): AgentsReport {
  const { clients, dryRun } = options;
  const sections = planSections(options, withoutSection);
  const entries = clients.map((client) => planRemoval(client, options));
  return { clients: entries.map((step) => step(dryRun)), instructions: sections.map((step) => step(dryRun)) };
}

type Step<Done> = (dryRun: boolean) => Done;

function planRemoval(name: ClientName, { root, env, name: server }: AgentsOptions): Step<ClientFile> {
  const client = clientNamed(name, { root, env, platform: process.platform });
  const described = { client: name, title: client.title, file: client.file, backup: null };
  requireInProject(root, client);
  const snapshot = readIfPresent(client.file);
  const rest =
    snapshot === undefined
      ? undefined
      : unlessTooDeep(client, () => withoutEntry(client, textOf(snapshot), server, serverEntry(root)));
  if (snapshot === undefined || rest === undefined) return () => ({ ...described, change: "unchanged" });
  return (dryRun) => {
    if (dryRun) return { ...described, change: "removed" };
    // A file that held nothing but the entry was made for it, unless there is a copy of one that was there before.
    // Left behind empty, nobody would know what it is for.
    const earlier = saysNothing(client, rest) ? emptyBackup(client, snapshot.path) : undefined;
    if (client.scope === "project" && saysNothing(client, rest) && earlier === undefined) {
      rmSync(client.file);
      removeIfEmpty(dirname(client.file), root);
      return { ...described, change: "removed" };
    }
    const backup = backUp(snapshot);
    replaceFile(snapshot, earlier === undefined ? Buffer.from(rest, "utf8") : Buffer.from(earlier));
    return { ...described, change: "removed", backup };
  };
}

/** A folder such as `.cursor`, which is made for the file; the project itself stays. */
function removeIfEmpty(folder: string, root: string): void {
  if (relative(root, folder) === "") return;
  try {
    rmdirSync(folder);
  } catch {
    // Something else is in it, or it is not the user's to remove: the entry is gone all the same.
  }
}

/** What a file said that was there without any entry when one was written into it, by the copy that was made then. */
function emptyBackup(client: Client, path: string): Uint8Array | undefined {
  const copies = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`) && /\.\d{8}T\d{6}\.\d{3}Z\.bak$/.test(name))
    .sort()
    .reverse();
  for (const name of copies) {
    const copy = readIfPresent(join(dirname(path), name));
    if (copy !== undefined && saysNothing(client, textOf(copy))) return copy.bytes;
  }
  return undefined;
}

function planSections(
  { root, clients }: AgentsOptions,
  edit: (text: string | undefined) => SectionChange,
): Step<AgentFile>[] {
  const names = new Set(clients.map(instructionsFile).filter((name) => name !== undefined));
  const steps = new Map<string, Step<AgentFile>>();
  for (const name of names) {
    const file = placeInside(root, join(root, name));
    if (!steps.has(file)) steps.set(file, planSection(root, file, edit));
  }
  return [...steps.values()];
}

function planSection(
  root: string,
  file: string,
  edit: (text: string | undefined) => SectionChange,
): Step<AgentFile> {
  const snapshot = readIfPresent(file);
  const edited = edit(snapshot === undefined ? undefined : textOf(snapshot));
  if (edited.change === "unclear") {
    throw new AmalfaError(
      "agents.section",
      `The marks of amalfa's section in ${file} are not one beginning and one end. Nothing was changed.`,
    );
  }
  if (edited.change === "unchanged") return () => ({ file, change: "unchanged" });
  const { change, text } = edited;
  const isOwnFile = edited.change === "removed" && edited.isOwnFile;
  const write = (): void => {
    writeText(file, snapshot, text);
    // A file that was made for the section is not left behind empty.
    if (isOwnFile) rmSync(file, { force: true });
  };
  return (dryRun) => {
    if (!dryRun) withPendingNote(projectPaths(root), file, write);
    return { file, change };
  };
}

function writeText(file: string, snapshot: FileSnapshot | undefined, text: string): void {
  if (snapshot === undefined) createFile(file, Buffer.from(text, "utf8"), 0o666 & ~process.umask());
  else replaceFile(snapshot, Buffer.from(text, "utf8"));
}

/**
 * Many keep `CLAUDE.md` as a link to `AGENTS.md`, or the other way round, so a link to another file of the project is
 * followed. It is not where it leads to anything but markdown, which might be a program, or into a folder without
 * documents.
 */
function placeInside(root: string, path: string): string {
  const place = placeInProject(root, path);
  if (place === undefined) throw refusedLink(path, "out of the project, or into .git or .amalfa");
  if (!isMarkdown(place)) throw refusedLink(path, "to a file that is not markdown");
  return place;
}

function refusedLink(path: string, where: string): AmalfaError {
  return new AmalfaError(
    "agents.section",
    `${basename(path)} is a link that leads ${where}. Nothing was changed.`,
    { hint: "Put a file in the place of the link, or call the command without --instructions." },
  );
}

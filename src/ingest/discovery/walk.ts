/**
 * One source's tree, folder by folder, without recursion, so that depth is bounded by the file system alone.
 */

import { isUtf8 } from "node:buffer";
import { type Dirent, existsSync, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { isNeverIngested, treeOf } from "../../project/index.ts";
import { isBelow, isCode, isMarkdown, isTemporaryReplacement, realPath } from "../../system/files/index.ts";
import { messageOf, systemErrorCode } from "../../system/index.ts";
import { documentId } from "../markdown/index.ts";
import type { FileAccess } from "../plan.ts";
import { isBackupFolder } from "./backups.ts";
import type { DeferredFile, DiscoveredFile, Findings, Folder, GlobFilter, Tree, Visit } from "./findings.ts";
import {
  extendRules,
  type IgnoreRules,
  isDocumentIgnored,
  isIgnored,
  mayIgnoreDocuments,
  readRules,
} from "./ignore.ts";
import { IN_THE_CLOUD, placeholderFor } from "./placeholders.ts";

const QUIETLY_ABSENT = { throwIfNoEntry: false } as const;

/** A markdown file that is to be a document. */
export function* walkFolder(
  tree: Tree,
  start: Folder,
  filter: GlobFilter | undefined,
  findings: Findings,
): Generator<void, number> {
  const pending: Visit[] = [{ ...start, depth: 0, testDocuments: true }];
  let documents = 0;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    yield;
    const entries = readFolder(tree, visit, findings);
    if (entries === undefined) continue;
    if (isOtherTree(tree, visit, entries, filter)) {
      findings.otherTrees.add(`${documentId(visit.relative.slice(0, -1))}/`);
      continue;
    }
    for (const { name } of entries) {
      if (isTemporaryReplacement(name)) findings.leftovers.add(visit.relative + name);
    }
    const rules = rulesInside(tree, visit, entries, findings);
    if (rules === "unreadable") continue;
    const testDocuments = mayIgnoreDocuments(rules) || mayIgnoreDocuments(tree.excluded);
    const folder: Visit = { ...visit, rules, testDocuments };
    for (const entry of entries) {
      const step = lookAt(tree, folder, entry, filter, findings);
      if (step === "document") documents++;
      else if (step !== undefined) pending.push(step);
    }
  }
  return documents;
}

/** Records a file as a document. Answers whether it is one. */
export function addFile(tree: Tree, relative: string, kind: "link" | "entry", findings: Findings): boolean {
  const id = documentId(relative);
  if (findings.files.has(id)) return true;
  if (findings.deferred !== undefined) {
    findings.deferred.set(id, { relative, kind });
    return true;
  }
  const stats = statsOfFile(tree, id, { relative, kind }, findings);
  if (stats === undefined) return false;
  findings.files.set(id, asDiscovered(tree, id, relative, stats));
  return true;
}

/** What the file system says of a file, where it may be a document; else it is named in the findings. */
export function statsOfFile(
  tree: Tree,
  id: string,
  { relative, kind }: DeferredFile,
  findings: Findings,
): Stats | undefined {
  const path = `${tree.root}/${relative}`;
  try {
    const stats = kind === "link" ? statSync(path) : statSync(path, QUIETLY_ABSENT);
    if (stats === undefined) return undefined;
    // A folder link is not followed, whatever it is called.
    if (kind === "link" && stats.isDirectory()) return undefined;
    if (!stats.isFile()) {
      findings.failed.set(relative, `is ${describeType(stats)}, not a regular file`);
      return undefined;
    }
    if (kind === "link" && !isInside(tree.realRoot, realPath(path))) {
      findings.failed.set(relative, "is a link to a file outside the project root");
      return undefined;
    }
    return stats;
  } catch (error) {
    findings.failed.set(relative, describeAccessFailure(error, kind));
    // A link that leads nowhere is known to hold nothing, as one that leads out of the project is.
    if (!(kind === "link" && leadsNowhere(error))) findings.unobserved.add(id);
    return undefined;
  }
}

export function asDiscovered(tree: Tree, id: string, relative: string, stats: Stats): DiscoveredFile {
  const { size, mtimeMs, ctimeMs, ino: inode } = stats;
  return { id, path: `${tree.root}/${relative}`, size, mtimeMs, ctimeMs, inode, access: accessByMode(stats) };
}

function leadsNowhere(error: unknown): boolean {
  return /^(ENOENT|ENOTDIR|ELOOP)$/.test(systemErrorCode(error) ?? "");
}

/** Records a folder that cannot be looked into. */
export function addUnreadableFolder(relative: string, error: unknown, findings: Findings): void {
  const path = relative.replace(/\/$/, "");
  findings.failed.set(path === "" ? "." : path, describeAccessFailure(error, "entry"));
  findings.unobserved.add(path === "" ? "" : `${documentId(path)}/`);
}

/** Whether a path is the folder or lies in it; both absolute and without symbolic links. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || isBelow(folder, path);
}

export function describeAccessFailure(error: unknown, kind: "link" | "entry"): string {
  switch (systemErrorCode(error)) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "is a link that leads back to itself";
    case "ENAMETOOLONG":
      return "its path is too long for the system";
    case "ENOENT":
    case "ENOTDIR":
      return kind === "link" ? "is a link to nothing" : "vanished while it was examined";
    default:
      return messageOf(error);
  }
}

function readFolder(tree: Tree, folder: Folder, findings: Findings): Dirent[] | undefined {
  const path = `${tree.root}/${folder.relative}`;
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    // The replacement character is what a name that is not UTF-8 is shown with; such a name cannot be opened by it.
    if (!entries.some(({ name }) => name.includes("\uFFFD"))) return entries;
    return withoutUndecodable(tree, folder, entries, findings);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    addUnreadableFolder(folder.relative, error, findings);
    return undefined;
  }
}

/** Leaves out the names that are not valid UTF-8, and names those among them that could have held a document. */
function withoutUndecodable(tree: Tree, folder: Folder, entries: Dirent[], findings: Findings): Dirent[] {
  const names = readdirSync(`${tree.root}/${folder.relative}`, { encoding: "buffer" });
  const valid = new Set(names.filter((name) => isUtf8(name)).map((name) => name.toString("utf8")));
  for (const bytes of names.filter((name) => !isUtf8(name))) {
    const shown = bytes.toString("utf8");
    const isFolder = entries.some((entry) => entry.name === shown && entry.isDirectory());
    const relative = folder.relative + shown;
    if (
      shown.startsWith(".") ||
      !(isFolder || isMarkdown(shown)) ||
      isExcluded(tree, folder, isFolder ? `${relative}/` : relative)
    ) {
      continue;
    }
    findings.failed.set(folder.relative + escapeBytes(bytes), "its name is not valid UTF-8");
  }
  return entries.filter(({ name }) => valid.has(name));
}

function escapeBytes(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    // The longest valid character that starts here, or else one escaped byte.
    const length = [1, 2, 3, 4].find(
      (size) => at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)),
    );
    text +=
      length === undefined
        ? `\\x${bytes.toString("hex", at, at + 1)}`
        : bytes.toString("utf8", at, at + length);
    at += length ?? 1;
  }
  return text;
}

/**
 * Whether a folder is a git tree of its own: a linked worktree, which is the same documents once more, or a clone.
 * Not so for a source that lies there, nor where a glob names the folder.
 */
function isOtherTree(
  tree: Tree,
  { relative, depth }: Visit,
  entries: readonly Dirent[],
  filter: GlobFilter | undefined,
): boolean {
  // Names of every folder are looked through, so no set is made of them.
  if (depth === 0 || !entries.some(({ name }) => name === ".git" || name === "HEAD")) return false;
  const folder = relative.slice(0, -1);
  return treeOf(`${tree.root}/${folder}`) === "own" && !filter?.folders.some((glob) => glob.match(folder));
}

/** The rules of a folder with those of its own `.gitignore`. Git takes no link for one, and neither is it done here. */
function rulesInside(
  tree: Tree,
  folder: Folder,
  entries: readonly Dirent[],
  findings: Findings,
): IgnoreRules | "unreadable" {
  if (!entries.some((entry) => entry.name === ".gitignore" && entry.isFile())) return folder.rules;
  try {
    const text = readRules(`${tree.root}/${folder.relative}.gitignore`);
    return extendRules(folder.rules, tree.fromTop + folder.relative, text);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return folder.rules;
    // Without its rules the folder would show what its owner keeps out: it is left alone.
    findings.failed.set(`${folder.relative}.gitignore`, describeAccessFailure(error, "entry"));
    findings.unobserved.add(folder.relative === "" ? "" : `${documentId(folder.relative.slice(0, -1))}/`);
    return "unreadable";
  }
}

function lookAt(
  tree: Tree,
  folder: Visit,
  entry: Dirent,
  filter: GlobFilter | undefined,
  findings: Findings,
): "document" | Visit | undefined {
  const { name } = entry;
  const inTheCloud = placeholderFor(name);
  if (inTheCloud !== undefined) addAbsent(tree, folder, inTheCloud, filter, findings);
  const type = typeOf(tree, folder, entry);
  if (type !== "folder" && !mayBeDocument(name, filter)) return undefined;
  if (name.startsWith(".") && !admitsHidden(filter, name)) return undefined;
  const relative = folder.relative + name;
  if (type === "folder") {
    if (isNeverIngested(name) || (filter !== undefined && folder.depth >= filter.depth)) return undefined;
    const below: Visit = { ...folder, relative: `${relative}/`, depth: folder.depth + 1 };
    const isLeftOut = isExcluded(tree, folder, below.relative) || isBackupFolder(tree.root, below.relative);
    return isLeftOut ? undefined : below;
  }
  if (filter !== undefined && !filter.glob.match(relative)) return undefined;
  if (folder.testDocuments && isDocumentExcluded(tree, folder, relative)) return undefined;
  if (type === "special") {
    findings.failed.set(relative, `is ${describeType(entry)}, not a regular file`);
    return undefined;
  }
  return addFile(tree, relative, type, findings) ? "document" : undefined;
}

/** A document that is there, though not here: an ingest must neither forget it nor pass over it without a word. */
function addAbsent(
  tree: Tree,
  folder: Visit,
  name: string,
  filter: GlobFilter | undefined,
  findings: Findings,
): void {
  const relative = folder.relative + name;
  if (name.startsWith(".") && !admitsHidden(filter, name)) return;
  if (filter !== undefined && !filter.glob.match(relative)) return;
  if (isDocumentExcluded(tree, folder, relative) || existsSync(`${tree.root}/${relative}`)) return;
  findings.failed.set(relative, IN_THE_CLOUD);
  findings.unobserved.add(documentId(relative));
}

/** As far as its name tells. Code is a document only where the source is for code. */
function mayBeDocument(name: string, filter: GlobFilter | undefined): boolean {
  return isMarkdown(name) || (filter?.code === true && isCode(name));
}

function admitsHidden(filter: GlobFilter | undefined, name: string): boolean {
  return filter?.hidden.some((segment) => segment.match(name)) === true;
}

function isDocumentExcluded(tree: Tree, folder: Folder, relative: string): boolean {
  return (
    isDocumentIgnored(folder.rules, tree.fromTop + relative) || isDocumentIgnored(tree.excluded, relative)
  );
}

function isExcluded(tree: Tree, folder: Folder, relative: string): boolean {
  return isIgnored(folder.rules, tree.fromTop + relative) || isIgnored(tree.excluded, relative);
}

function typeOf(tree: Tree, folder: Folder, entry: Dirent): "folder" | "entry" | "link" | "special" {
  if (entry.isFile()) return "entry";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice())
    return "special";
  // Some file systems do not tell types while listing.
  try {
    const stats = lstatSync(`${tree.root}/${folder.relative}${entry.name}`);
    return stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "entry";
  } catch {
    return "entry";
  }
}

function describeType(entry: Dirent | Stats): string {
  if (entry.isFIFO()) return "a named pipe";
  if (entry.isSocket()) return "a socket";
  return entry.isDirectory() ? "a folder" : "a device";
}

/*
 * Whether this user may read a file, as far as its mode tells.
 *
 * A document is recognised as unchanged without being opened, so that one whose permissions were taken away would go
 * unnoticed for ever (I12). The mode comes with the size and the time and costs nothing; where it leaves doubt, the
 * file is opened and the system has the last word, since access lists may grant what the mode does not.
 */

const READ_BY_OWNER = 0o400;
const READ_BY_GROUP = 0o040;
const READ_BY_OTHERS = 0o004;
const READ_BY_ANYBODY = READ_BY_OWNER | READ_BY_GROUP | READ_BY_OTHERS;

/** Undefined where there are no such users, as on Windows. */
const USER = process.getuid?.();
const GROUPS: ReadonlySet<number> = new Set([process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])]);

export function accessByMode({ mode, uid, gid }: Pick<Stats, "mode" | "uid" | "gid">): FileAccess {
  if (USER === undefined) return "granted";
  return (mode & bitFor(uid, gid)) === 0 ? "in doubt" : "granted";
}

/** Root reads what belongs to others; a file that nobody may read is worth a try. */
function bitFor(uid: number, gid: number): number {
  if (USER === 0) return READ_BY_ANYBODY;
  if (uid === USER) return READ_BY_OWNER;
  return GROUPS.has(gid) ? READ_BY_GROUP : READ_BY_OTHERS;
}

/**
 * Writing notes, for agents that were allowed to (I1).
 *
 * A note lies inside the sources, so that it is found again, and nowhere that a symbolic link leads to. It is written
 * whole or not at all. What is there already is replaced only by whoever has read exactly that: they name its digest.
 */
import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { admitsDocument } from "../ingest/discovery/index.ts";
import { decodeMarkdown, documentId, relativePathOf } from "../ingest/markdown/index.ts";
import { whyUnreadable } from "../ingest/reading/index.ts";
import { isNeverIngested, type Project } from "../project/index.ts";
import {
  AnchoredFolder,
  Displaced,
  type FileSnapshot,
  isMarkdown,
  readSnapshot,
  realPath,
  replaceFile,
  temporaryName,
} from "../system/files/index.ts";
import { AmalfaError, messageOf, startOf, systemErrorCode, writeHint, writeReason } from "../system/index.ts";
import { etagOf } from "./etag.ts";
import { refuseNoteName } from "./note-name.ts";
import { entryAt } from "./path-inside.ts";
import { asOnlyWriter } from "./writers-lock.ts";
import { placeInProject } from "./written-place.ts";

export interface WriteRequest {
  /** Relative to the project root, or a document's id. */
  readonly path: string;
  readonly text: string;
  /** The digest of the file as it was read; needed to replace one. */
  readonly etag?: string | undefined;
}

export interface WrittenNote {
  /** The document's id. */
  readonly id: string;
  readonly created: boolean;
  /** The digest of the file as it is now. */
  readonly etag: string;
  /** First and last line of what was written, counted from 1. */
  readonly lines: readonly [number, number];
}

/** Characters of a text at most. */
export const MAX_NOTE_CHARACTERS = 1_000_000;

/**
 * Writes a note that is new, or replaces the one that the digest names. Throws `note.*`, `path.*`, `file.*`; then
 * nothing has changed.
 */
export function writeNote(project: Project, request: WriteRequest): WrittenNote {
  return asOnlyWriter(project, () => write(project, request));
}

function write(project: Project, { path, text, etag }: WriteRequest): WrittenNote {
  const place = notePlace(project, path);
  const content = bytesOf(text.endsWith("\n") ? text : `${text}\n`);
  const present = snapshotAt(place);
  if (present === undefined) {
    if (etag !== undefined) throw changed(place.id, "is not there any more");
    create(place, content);
    return written(place.id, true, content, 1);
  }
  if (etag === undefined) {
    throw new AmalfaError("note.exists", `${place.id} is there already, and was not changed.`);
  }
  if (etagOf(present.bytes) !== etag.trim()) throw changed(place.id, "is not what was read");
  if (Buffer.compare(present.bytes, content) !== 0) replaceFile(present, content, project.paths.runtime);
  return written(place.id, false, content, 1);
}

/** So often it is tried again where somebody else has written to the file in between. */
const TRIES = 5;

/**
 * Adds a text to the end of a note, on a line of its own, and makes the note where there is none. Throws what
 * `writeNote` throws.
 */
export function appendNote(project: Project, request: WriteRequest): WrittenNote {
  for (let tries = 1; ; tries++) {
    try {
      return asOnlyWriter(project, () => appendOnce(project, request));
    } catch (error) {
      const isLate = error instanceof AmalfaError && /^(file\.changed|note\.exists)$/.test(error.code);
      // Nothing of what the other has written is lost: the text goes behind it.
      if (!isLate || request.etag !== undefined || tries === TRIES) throw error;
    }
  }
}

function appendOnce(project: Project, request: WriteRequest): WrittenNote {
  const { path, text, etag } = request;
  const place = notePlace(project, path);
  const present = snapshotAt(place);
  if (present === undefined || present.bytes.length === 0)
    return write(
      project,
      present === undefined ? request : { ...request, etag: etag ?? etagOf(present.bytes) },
    );
  if (etag !== undefined && etagOf(present.bytes) !== etag.trim())
    throw changed(place.id, "is not what was read");
  const before = textOf(present, place.id);
  const lineEnd = before.includes("\r\n") ? "\r\n" : "\n";
  const gap = /\n$/.test(before) ? "" : lineEnd;
  const added = (text.endsWith("\n") ? text : `${text}\n`).replace(/\r\n?|\n/g, lineEnd);
  const content = Buffer.concat([present.bytes, bytesOf(gap + added)]);
  replaceFile(present, content, project.paths.runtime);
  return written(place.id, false, content, lineCount(before + gap) + 1);
}

interface NotePlace {
  readonly id: string;
  /** From the root, with `/` between its segments. */
  readonly relative: string;
  /** Absolute, without symbolic links. */
  readonly root: string;
}

/** Throws `path.outside`, `path.not-markdown`, `note.name`, `note.instructions` and `note.place`. */
function notePlace({ root, settings }: Project, written: string): NotePlace {
  const asked = relativePathOf(placeInProject(root, written));
  const relative = posix.normalize(asked.normalize("NFC"));
  const segments = relative.split("/");
  const isOutside =
    relative.startsWith("/") || segments.some((name) => name === ".." || isNeverIngested(name));
  if (isOutside || asked.trim() === "" || /[\x00-\x1f\x7f\\]/.test(asked)) {
    throw new AmalfaError(
      "path.outside",
      `"${startOf(written, 200)}" is not a place for a note inside the project root.`,
    );
  }
  if (!isMarkdown(relative) || relative.endsWith("/")) {
    throw new AmalfaError(
      "path.not-markdown",
      `"${startOf(written, 200)}" is not the name of a markdown file.`,
      {
        hint: "Give a path that ends in .md.",
      },
    );
  }
  const base = realRoot(root, relative);
  refuseNoteName(base, relative);
  const file = spelledAsPresent(base, relative);
  refuseLinks(base, file, written);
  const { sources, excludePatterns } = settings;
  if (!admitsDocument({ root, sources, excludePatterns }, file)) {
    throw new AmalfaError(
      "note.place",
      `${relative} lies outside the sources or is excluded from them, so no search would find it.`,
      {
        hint: `The sources are ${sources.map((source) => `"${source}"`).join(", ")}.`,
      },
    );
  }
  return { id: documentId(file), relative: file, root: base };
}

function realRoot(root: string, relative: string): string {
  try {
    return realPath(root);
  } catch (error) {
    throw isGone(error) ? rootReplaced(root, relative, error) : error;
  }
}

/** Gone, a file, or a link where a folder was. */
function isGone(error: unknown): boolean {
  return /^(?:ENOENT|ENOTDIR|ELOOP)$/.test(systemErrorCode(error) ?? "");
}

function rootReplaced(root: string, id: string, cause: unknown): AmalfaError {
  return new AmalfaError(
    "note.place",
    `The project's folder ${root} has been moved, replaced or taken away: ${id} was not written.`,
    { hint: "Bring the folder back, or start the server again in the one that is there now.", cause },
  );
}

/** A file whose name is composed of other code points is the same file to people. */
function spelledAsPresent(root: string, relative: string): string {
  let place = "";
  for (const name of relative.split("/")) {
    const folder = join(root, place);
    const present = existsSync(join(folder, name))
      ? name
      : namesIn(folder).find((each) => each.normalize("NFC") === name);
    place = posix.join(place, present ?? name);
  }
  return place;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function refuseLinks(root: string, relative: string, written: string): void {
  let place = root;
  for (const name of relative.split("/")) {
    place = join(place, name);
    const entry = entryAt(place);
    if (entry === undefined) return;
    if (entry.isSymbolicLink()) {
      throw new AmalfaError(
        "note.place",
        `"${startOf(written, 200)}" leads through a symbolic link, and was not written.`,
        {
          hint: "Give the path of the file or folder that the link leads to, if that lies in the project.",
        },
      );
    }
  }
}

function snapshotAt({ root, relative, id }: NotePlace): FileSnapshot | undefined {
  try {
    return readSnapshot(join(root, relative));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    const reason = whyUnreadable(error).replace(/\.$/, "");
    throw new AmalfaError("path.unreadable", `${id} cannot be read: ${reason}. It was not changed.`, {
      cause: error,
    });
  }
}

/** Step by step through open folders, so that no link that comes into the place of one leads anywhere else. */
function create({ relative, root, id }: NotePlace, content: Uint8Array): void {
  const folders = relative.split("/");
  const name = folders.pop() ?? relative;
  try {
    using opened = new DisposableStack();
    let folder = opened.use(openRoot(root, id));
    for (const each of folders) folder = opened.use(folder.madeFolder(each));
    folder.createNew(name, content, { mode: 0o666 & ~process.umask(), temporary: temporaryName() });
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    if (error instanceof Displaced)
      throw new AmalfaError("note.place", `${messageOf(error)}: ${id} was not written.`);
    if (systemErrorCode(error) === "EEXIST") {
      throw new AmalfaError(
        "note.exists",
        `${id} has just been made by another program, and was not changed.`,
      );
    }
    throw new AmalfaError("file.unwritable", `${id} cannot be written: ${writeReason(error)}.`, {
      ...writeHint(error),
      cause: error,
    });
  }
}

function openRoot(root: string, id: string): AnchoredFolder {
  try {
    return AnchoredFolder.open(root);
  } catch (error) {
    throw isGone(error) ? rootReplaced(root, id, error) : error;
  }
}

/** Throws `note.text` for what would be no document. */
function bytesOf(text: string): Buffer {
  if (text.length > MAX_NOTE_CHARACTERS) throw unusable(`has more than ${MAX_NOTE_CHARACTERS} characters`);
  if (text.includes("\0")) throw unusable("has NUL characters");
  if (!text.isWellFormed()) throw unusable("has halves of characters");
  return Buffer.from(text, "utf8");
}

function unusable(what: string): AmalfaError {
  return new AmalfaError("note.text", `The text ${what}. Nothing was written.`);
}

function textOf({ bytes }: FileSnapshot, id: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    decodeMarkdown(bytes);
    return text;
  } catch (cause) {
    throw new AmalfaError("document.encoding", `${id} is not UTF-8 and was not changed.`, { cause });
  }
}

function changed(id: string, what: string): AmalfaError {
  return new AmalfaError("note.changed", `${id} ${what}, and was left as it is.`);
}

function written(id: string, created: boolean, content: Uint8Array, from: number): WrittenNote {
  const last = lineCount(Buffer.from(content).toString("utf8"));
  return { id, created, etag: etagOf(content), lines: [Math.min(from, last), last] };
}

function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

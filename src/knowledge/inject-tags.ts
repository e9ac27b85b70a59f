/**
 * Adding tags to a document's front matter: with `write-note.ts` the only place that ever writes a user's file (I1).
 *
 * Everything but the tags stays byte for byte as it is, and the file is replaced whole or not at all. What is about
 * to be written is read back first; if that shows anything but the old content with the new tags, nothing is written.
 */
import { relative, sep } from "node:path";
import { findDocumentId, openGraphToReadIfPresent } from "../graph/index.ts";
import { documentId } from "../ingest/markdown/index.ts";
import { whyUnreadable } from "../ingest/reading/index.ts";
import type { Project } from "../project/index.ts";
import { type FileSnapshot, readSnapshot, replaceFile } from "../system/files/index.ts";
import { AmalfaError, startOf } from "../system/index.ts";
import { markdownFileInside } from "./path-inside.ts";
import type { TagEdit } from "./tag-edit.ts";
import { asOnlyWriter } from "./writers-lock.ts";
import { placeInProject } from "./written-place.ts";

export interface InjectTagsReport {
  /** The document's id. */
  readonly path: string;
  readonly added: readonly string[];
  /** Asked for, and there already. */
  readonly present: readonly string[];
  /** All tags of the document now. */
  readonly tags: readonly string[];
}

export const MAX_TAGS = 50;
export const MAX_TAG_LENGTH = 100;

/**
 * Letters, digits and _ in any script, with - / . : + between them: the same with and without quotes, and in lists
 * separated by commas or spaces.
 */
const TAG = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_/.:+-]*[\p{L}\p{N}\p{M}_+])?$/u;

/**
 * Adds tags to the file at `path`, a path relative to the project root or a document's id. Tags that are there
 * already, whatever their case, are not added again; when all are, the file is not written. Throws `tags.invalid`,
 * `path.*`, `front-matter.*`, `document.encoding`, `file.*`; then nothing has changed.
 */
export async function injectTags(
  project: Project,
  path: string,
  wanted: readonly string[],
): Promise<InjectTagsReport> {
  const tags = checkTags(wanted);
  const file = fileToWrite(project, path);
  const id = documentId(relative(project.root, file).split(sep).join("/"));
  // Loads the YAML library, which a server that injects nothing does not need. From here to the end nothing is waited
  // for.
  const { addTags } = await import("./tag-edit.ts");
  return asOnlyWriter(project, () => {
    const snapshot = snapshotOf(file, id);
    const edit = addTags(textOf(snapshot, id), tags, id);
    if (edit.added.length > 0) replaceFile(snapshot, Buffer.from(edit.text, "utf8"), project.paths.runtime);
    return describe(id, tags, edit);
  });
}

/** A file is written only where its own path says which; a name or a title leads to a hint. */
function fileToWrite(project: Project, written: string): string {
  try {
    return markdownFileInside(project.root, placeInProject(project.root, written));
  } catch (error) {
    if (!(error instanceof AmalfaError) || error.code !== "path.missing") throw error;
    const meant = documentCalled(project, written);
    throw meant === undefined
      ? error
      : new AmalfaError(error.code, error.message, { hint: `Did you mean ${meant}?`, cause: error });
  }
}

/** The id of the only document that has a name, a title or an alias; undefined where there is none that has a file. */
function documentCalled({ root, paths }: Project, name: string): string | undefined {
  try {
    using db = openGraphToReadIfPresent(paths.database)?.db;
    const id = db === undefined ? undefined : findDocumentId(db, name);
    if (id !== undefined) markdownFileInside(root, id);
    return id;
  } catch {
    // No such document, several, or a graph that cannot be read: what was asked for is missing all the same.
    return undefined;
  }
}

function describe(id: string, asked: readonly string[], { added, tags }: TagEdit): InjectTagsReport {
  const present = asked.filter((tag) => !added.includes(tag));
  return { path: id, added, present, tags };
}

/** Without a leading `#`, each once. */
function checkTags(wanted: readonly string[]): string[] {
  const tags = new Map<string, string>();
  for (const written of wanted) {
    const tag = written.trim().replace(/^#/, "").normalize("NFC");
    if (!TAG.test(tag) || tag.length > MAX_TAG_LENGTH) {
      throw new AmalfaError("tags.invalid", `"${startOf(written, 200)}" cannot be a tag.`, {
        hint:
          "A tag consists of letters, digits and _, with - / . " +
          `: + between them, up to ${MAX_TAG_LENGTH} characters.`,
      });
    }
    if (!tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag);
  }
  if (tags.size === 0 || tags.size > MAX_TAGS) {
    throw new AmalfaError("tags.invalid", `Give one to ${MAX_TAGS} tags.`);
  }
  return [...tags.values()];
}

function snapshotOf(file: string, id: string): FileSnapshot {
  try {
    return readSnapshot(file);
  } catch (error) {
    const reason = whyUnreadable(error).replace(/\.$/, "");
    throw new AmalfaError("path.unreadable", `${id} cannot be read: ${reason}. It was not changed.`, {
      hint:
        error instanceof AmalfaError
          ? "Name a markdown file."
          : "Check the permissions of the file and its folder.",
      cause: error,
    });
  }
}

function textOf({ bytes }: FileSnapshot, id: string): string {
  try {
    // The byte order mark is part of what has to stay.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AmalfaError("document.encoding", `${id} is not UTF-8 and was not changed.`, { cause });
  }
}

/** One document as it stands in its file. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { findDocumentId, guarded, storedText, storedTexts } from "../graph/index.ts";
import { parsedAs } from "../ingest/code/index.ts";
import {
  decodeMarkdown,
  documentId,
  loadParser,
  type ParsedDocument,
  relativePathOf,
} from "../ingest/markdown/index.ts";
import { readRegularFile, whyUnreadable } from "../ingest/reading/index.ts";
import type { Project } from "../project/index.ts";
import { isBelow, isCode, realPath } from "../system/files/index.ts";
import { AmalfaError, startOf, systemErrorCode } from "../system/index.ts";
import { etagOf } from "./etag.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told, textNow } from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { isSymbolicLink, markdownFileInside } from "./path-inside.ts";
import { sectionLines } from "./section-lines.ts";
import { type LineRange, placeInProject, referencesIn } from "./written-place.ts";

export type { LineRange } from "./written-place.ts";

export interface DocumentText {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** Absolute path. */
  readonly path: string;
  /** First and last line of `text`, counted from 1; [0, 0] for an empty document. */
  readonly lines: readonly [number, number];
  readonly totalLines: number;
  readonly text: string;
  /**
   * Names the content of the file. Whoever replaces the file gives it, as proof that they have read what they
   * replace.
   */
  readonly etag: string;
}

/** What of a document is to be read. */
export interface ReadRequest {
  /** A path, an id, an ending of one, or a name; lines may stand behind it, as in `notes.md:12-14`. */
  readonly wanted: string;
  /** Where `wanted` names lines as well, these are read. */
  readonly range?: LineRange | undefined;
}

/** A document, its names included, as its file is now. Throws what `readDocument` throws. */
export async function readDocumentNow(
  project: Project,
  graph: FreshGraph,
  { wanted, range }: ReadRequest,
): Promise<DocumentText & Told> {
  let parser: Parser | undefined = mayNameHeading(wanted) ? await loadParser() : undefined;
  const load = async (): Promise<void> => {
    parser = await loadParser();
  };
  return answerFresh(graph, (reader, { gone }) => {
    const found = readDocument(project, reader, wanted, { range, parser });
    const { id } = found;
    const state = compareWithFiles(project.root, reader.db, [id], gone).get(id);
    const stale = { changed: state === "changed" ? [id] : [], removed: [] };
    if (state !== "changed" || parser === undefined)
      return { value: found, stale, prepare: state === "changed" && parser === undefined ? load : undefined };
    return { value: { ...found, ...namesNow(project.root, id, parser) }, stale };
  });
}

type Parser = Awaited<ReturnType<typeof loadParser>>;

/** Whether a heading may stand behind the id, which only the parser finds. */
export function mayNameHeading(wanted: string): boolean {
  return /#|%23/.test(wanted);
}

/** The title and the tags that the file of a document says now. */
export function namesNow(
  root: string,
  id: string,
  { parseDocument }: Parser,
): Pick<DocumentText, "title" | "tags"> {
  const { title, tags } = parsedAs(id, textNow(root, id) ?? "", parseDocument);
  return { title: title ?? basename(id, extname(id)), tags };
}

/**
 * Throws `document.unknown`, `document.ambiguous`, `document.heading`, `document.vanished`, `document.outside`,
 * `document.unreadable`.
 * @param parser finds the heading behind the id; without it the document is read as a whole
 */
export function readDocument(
  project: Project,
  reader: GraphReader,
  wanted: string,
  {
    range: asked,
    parser,
  }: { readonly range?: LineRange | undefined; readonly parser?: Parser | undefined } = {},
): DocumentText {
  const {
    id,
    title,
    tags,
    lines: written,
    heading,
  } = guarded(project.paths.database, () => {
    const { id: found, lines, heading } = findReference(project, reader, wanted);
    const select = "SELECT title, tags FROM nodes WHERE id = ?";
    const stored = reader.db.query<{ title: string; tags: string }, [string]>(select).get(found);
    return {
      id: found,
      title: storedText(stored?.title ?? found, found),
      tags: storedTexts(stored?.tags ?? "[]", found),
      lines,
      heading,
    };
  });
  const path = join(project.root, relativePathOf(id));
  const bytes = bytesOf(project.root, path, id);
  const whole = textOf(bytes, id);
  const lines = whole.replace(/\n$/, "").split("\n");
  const section = (): LineRange | undefined =>
    heading === undefined || parser === undefined || isCode(id)
      ? undefined
      : sectionOf(id, parser.parseDocument(whole), lines, heading);
  const range = asked ?? written ?? section() ?? [1, Number.POSITIVE_INFINITY];
  const total = lines.length === 1 && lines[0] === "" ? 0 : lines.length;
  if (range[0] > Math.max(1, total)) {
    throw new AmalfaError("document.lines", `${id} has ${total} lines; there is no line ${range[0]}.`);
  }
  const first = Math.min(range[0], total);
  const last = Math.min(range[1], total);
  return {
    id,
    title,
    tags,
    path,
    lines: [first, last],
    totalLines: total,
    text: total === 0 ? "" : lines.slice(first - 1, last).join("\n"),
    etag: etagOf(bytes),
  };
}

/** How many headings an error names at most. */
const NAMED = 12;

/** Throws `document.heading`. */
export function sectionOf(
  id: string,
  parsed: ParsedDocument,
  lines: readonly string[],
  heading: string,
): LineRange {
  const range = sectionLines(parsed, lines, heading);
  if (range !== undefined) return range;
  const there = parsed.headings.map(({ text }) => `"${startOf(text, 80)}"`);
  const more = there.length > NAMED ? ", …" : "";
  throw new AmalfaError("document.heading", `${id} has no heading "${startOf(heading.trim(), 200)}".`, {
    hint:
      there.length === 0
        ? "It has no headings at all."
        : `It has ${there.slice(0, NAMED).join(", ")}${more}.`,
  });
}

/**
 * A document's id from its path, its id, an unambiguous ending of either, or its name. Throws `document.unknown` and
 * `document.ambiguous`.
 */
export function findDocument(project: Project, reader: GraphReader, wanted: string): string {
  return findReference(project, reader, wanted).id;
}

/** The same, with the lines or the heading that stand behind it; a document whose own name ends so goes first. */
export function findReference(
  project: Project,
  reader: GraphReader,
  wanted: string,
): { readonly id: string; readonly lines: LineRange | undefined; readonly heading: string | undefined } {
  const ways = referencesIn(wanted).flatMap(({ name, lines, heading }) => {
    const place = placeInProject(project.root, name).replace(/^(?:\.\/)+/, "");
    return [...new Set([documentId(place), place])].map((way) => ({ way, place, lines, heading }));
  });
  const isLink = (id: string): boolean => isSymbolicLink(project.root, id);
  let unknown: AmalfaError | undefined;
  for (const { way, lines, heading } of ways) {
    try {
      return { id: findDocumentId(reader.db, way, isLink), lines, heading };
    } catch (error) {
      if (!(error instanceof AmalfaError) || error.code !== "document.unknown") throw error;
      unknown ??= error;
    }
  }
  for (const { place, lines, heading } of ways) {
    const id = documentAtFile(project, reader, place);
    if (id !== undefined) return { id, lines, heading };
  }
  for (const { place } of ways) {
    const file = knownAsFile(project, place);
    if (file !== undefined) throw file;
  }
  throw unknown;
}

/** The document that a path leads to by way of `..` or of a folder that is a link. */
function documentAtFile(project: Project, reader: GraphReader, wanted: string): string | undefined {
  try {
    const place = placeInProject(project.root, markdownFileInside(project.root, wanted));
    return findDocumentId(reader.db, documentId(place));
  } catch {
    return undefined;
  }
}

/**
 * The error for a file that is there and not in the graph. It says whether the file could not be ingested, or has not
 * been ingested yet.
 */
function knownAsFile(project: Project, wanted: string): AmalfaError | undefined {
  let path: string;
  try {
    path = markdownFileInside(project.root, wanted);
  } catch (error) {
    const isOther = error instanceof AmalfaError && error.code === "path.not-markdown";
    return isOther && lstatSync(join(project.root, wanted)).isFile() ? noDocument(wanted) : undefined;
  }
  const problem = whyNotText(path);
  const message =
    problem === undefined
      ? `"${wanted}" is a file that the graph does not have.`
      : `"${wanted}" is a file that the graph cannot have: ${problem}.`;
  const hint =
    problem === undefined
      ? "Run `amalfa init` if it belongs to the sources; `amalfa list-sources` names them."
      : "Mend the file, then run `amalfa init`.";
  return new AmalfaError("document.unknown", message, { hint });
}

function noDocument(wanted: string): AmalfaError {
  return new AmalfaError("document.unknown", `"${wanted}" is a file, but no document.`, {
    hint:
      "Documents are markdown files. Code becomes one where a source names it by its extension, such as " +
      "`src/**/*.ts`; `amalfa list-sources` shows the sources.",
  });
}

function whyNotText(path: string): string | undefined {
  try {
    decodeMarkdown(readRegularFile(path));
    return undefined;
  } catch (error) {
    return whyUnreadable(error).replace(/\.$/, "");
  }
}

/** Parses "12", "3-9" or "40-". Throws `document.lines` (exit 2). */
export function parseLineRange(text: string): LineRange {
  const match = /^(\d+)(?:(-)(\d*))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : match[3] ? Number(match[3]) : Number.POSITIVE_INFINITY;
  if (match === null || first < 1 || last < first) {
    throw new AmalfaError("document.lines", `"${text}" is not a range of lines.`, {
      hint: "Give a line such as 12, a range such as 3-9, or an open one such as 40-.",
    });
  }
  return [first, last];
}

function textOf(bytes: Uint8Array, id: string): string {
  try {
    return decodeMarkdown(bytes);
  } catch (error) {
    throw error instanceof AmalfaError && error.code === "document.encoding"
      ? unreadable(id, error.message, error)
      : error;
  }
}

function bytesOf(root: string, path: string, id: string): Uint8Array {
  try {
    return readInside(realPath(root), realPath(path), id);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") {
      throw vanished(id);
    }
    throw unreadable(id, `cannot be read: ${whyUnreadable(error).replace(/\.$/, "")}`, error);
  }
}

export function vanished(id: string): AmalfaError {
  return new AmalfaError(
    "document.vanished",
    `${id} is in the graph, but its file is gone or no longer in a source.`,
    {
      hint: "Run `amalfa init` to bring the graph up to date with the files.",
    },
  );
}

/** @param what completes a sentence that begins with the document's id */
function unreadable(id: string, what: string, cause: unknown): AmalfaError {
  return new AmalfaError("document.unreadable", `${id} ${what}.`, { cause });
}

/**
 * The bytes of a regular file below the root. Where the file lies is asked again once it is open: a folder on the way
 * may have been replaced by a link in between. A named pipe is never waited for.
 */
function readInside(root: string, path: string, id: string): Uint8Array {
  if (!isBelow(root, path)) throw outside(id);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw outside(id);
    const now = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    const moved =
      now === undefined || now.ino !== stat.ino || now.dev !== stat.dev || realPath(path) !== path;
    if (moved) throw outside(id);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function outside(id: string): AmalfaError {
  return new AmalfaError(
    "document.outside",
    `${id} is no longer a file inside the project root and is not read.`,
  );
}

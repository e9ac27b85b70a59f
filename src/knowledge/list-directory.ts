/**
 * The folders of the graph: which documents lie where. Read from the documents' ids, so it never looks outside the
 * project.
 */
import { posix } from "node:path";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told } from "./freshness/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { placeInProject } from "./written-place.ts";

export interface DirectoryEntry {
  /** The id of a document, or the path of a folder with `/` at its end; relative to the project root. */
  readonly path: string;
  readonly kind: "folder" | "document";
  /** Only of a document. */
  readonly title?: string;
  /** Documents in the folder and below it; 1 for a document. */
  readonly documents: number;
}

export interface DirectoryReport {
  /** The folder that is listed, with `/` at its end; empty for the project root. */
  readonly path: string;
  readonly depth: number;
  /** Documents in the folder and below it, shown or not. */
  readonly documents: number;
  /** Folders first, then documents, each in the order of their paths. */
  readonly entries: readonly DirectoryEntry[];
}

/** The folders of the documents that there are now. Throws what `listDirectory` throws. */
export async function listDirectoryNow(
  project: Project,
  graph: FreshGraph,
  request: DirectoryRequest,
): Promise<DirectoryReport & Told> {
  return answerFresh(graph, (reader, { gone }) => {
    const path = placeInProject(project.root, request.path);
    const report = listDirectory(reader, { ...request, path }, gone);
    const shown = report.entries.filter(({ kind }) => kind === "document").map(({ path }) => path);
    const states = compareWithFiles(project.root, reader.db, shown, gone);
    const removed = shown.filter((id) => states.get(id) === "gone");
    const value =
      removed.length === 0 ? report : listDirectory(reader, request, new Set([...gone, ...removed]));
    return { value, stale: { changed: [], removed } };
  });
}

export interface DirectoryRequest {
  readonly path: string;
  readonly depth: number;
  /** Those that lie in the folder itself, or all down to that depth, which is the default. */
  readonly documents?: "here" | "all";
}

/**
 * Folders and documents down to `depth` levels below `path`.
 * Throws `path.outside` (exit 2), and `folder.unknown` for a folder without documents.
 */
export function listDirectory(
  { db }: GraphReader,
  { path, depth, documents = "all" }: DirectoryRequest,
  gone: ReadonlySet<string> = new Set(),
): DirectoryReport {
  const folder = folderPrefix(path);
  const all = db.query("SELECT id, title FROM nodes ORDER BY id").values() as [string, string][];
  const rows = gone.size === 0 ? all : all.filter(([id]) => !gone.has(id));
  const inside = rows.filter(([id]) => id.startsWith(folder));
  if (inside.length === 0 && folder !== "")
    throw unknownFolder(
      path,
      rows.map(([id]) => id),
    );
  const entries = new Map<string, DirectoryEntry>();
  for (const [id, title] of inside) addEntries(entries, { id, title, folder, depth, documents });
  const sorted = [...entries.values()].sort(
    (a, b) => Number(a.kind === "document") - Number(b.kind === "document") || (a.path < b.path ? -1 : 1),
  );
  return { path: folder, depth, documents: inside.length, entries: sorted };
}

interface AddedDocument extends Required<Pick<DirectoryRequest, "depth" | "documents">> {
  readonly id: string;
  readonly title: string;
  readonly folder: string;
}

function addEntries(
  entries: Map<string, DirectoryEntry>,
  { id, title, folder, depth, documents }: AddedDocument,
): void {
  const segments = id.slice(folder.length).split("/");
  for (let level = 1; level <= Math.min(depth, segments.length); level++) {
    if (level === segments.length) {
      if (documents === "all" || level === 1)
        entries.set(id, { path: id, kind: "document", title, documents: 1 });
      return;
    }
    const path = `${folder}${segments.slice(0, level).join("/")}/`;
    entries.set(path, { path, kind: "folder", documents: (entries.get(path)?.documents ?? 0) + 1 });
  }
}

/** "", or the folder with `/` at its end. */
function folderPrefix(path: string): string {
  const normal = posix.normalize(path === "" ? "." : path).replace(/\/+$/, "");
  if (normal === ".") return "";
  if (path.includes("\0") || path.startsWith("/") || normal === "" || normal.split("/").includes("..")) {
    throw new AmalfaError("path.outside", `"${path}" is not a folder inside the project root.`, {
      hint: "Give a folder's path from the project root, such as docs/guides; for the root itself, none.",
    });
  }
  return `${normal}/`;
}

function unknownFolder(path: string, ids: readonly string[]): AmalfaError {
  const folders = new Set(ids.flatMap((id) => (id.includes("/") ? `${id.split("/")[0]}/` : [])));
  const named = [...folders].slice(0, 10).join(", ");
  return new AmalfaError("folder.unknown", `No document of the graph lies in "${path}".`, {
    hint:
      named === ""
        ? "All documents lie in the project root itself; leave the path out."
        : `Folders with documents are ${named}${folders.size > 10 ? ", …" : ""}.`,
  });
}

/**
 * Says which document a link leads to. Pure: it knows the ids and aliases of the documents and nothing else.
 *
 * The answer does not depend on the order of the documents, and takes the same time however many there are.
 */
import { documentId, relativePathOf } from "./document-id.ts";

export interface LinkTarget {
  readonly id: string;
  readonly aliases: readonly string[];
}

export interface UnresolvedReference {
  /** `link` is a path, anything else may also be a name. */
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
}

export type Resolution =
  | { readonly kind: "resolved"; readonly id: string }
  /** Looks like a document and there is none. */
  | { readonly kind: "unresolved" }
  /** Does not lead to a document: another site, an image, a place on the same page. */
  | { readonly kind: "external" };

export type LinkResolver = (sourceId: string, link: UnresolvedReference) => Resolution;

const UNRESOLVED: Resolution = { kind: "unresolved" };
const EXTERNAL: Resolution = { kind: "external" };

const MARKDOWN_EXTENSION = /\.(?:md|markdown|mdown|mkd|mdx)$/i;
const HTML_EXTENSION = /\.html?$/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const INDEX_NAMES = ["README.md", "readme.md", "Readme.md", "index.md"];
// A name may well contain a dot ("Node.js"), so only what is known to be no document counts as one.
const MEDIA_EXTENSION =
  /\.(?:png|jpe?g|gif|svg|webp|avif|bmp|ico|tiff?|pdf|mp[34]|m4a|mov|mkv|ogg|wav|flac|webm|zip|csv|docx|xlsx|pptx|canvas|base|excalidraw)$/i;

export function createLinkResolver(documents: Iterable<LinkTarget>): LinkResolver {
  const index = new DocumentIndex(documents);
  return (sourceId, { type, target }) => {
    const reference = target.trim();
    if (reference === "" || reference.startsWith("//") || SCHEME.test(reference)) return EXTERNAL;
    return type === "link"
      ? resolvePath(index, sourceId, reference)
      : resolveName(index, sourceId, type, reference);
  };
}

/** Where a link of type `link` leads, below the project root; undefined if it leads out of the root. */
export function pathOfLink(sourceId: string, target: string): string | undefined {
  return joinPath(sourceId, writtenPath(target.trim()));
}

function writtenPath(reference: string): string {
  return decodePercent(reference.split("?", 1)[0]!);
}

function resolvePath(index: DocumentIndex, sourceId: string, reference: string): Resolution {
  const written = writtenPath(reference);
  if (written === "") return EXTERNAL;
  const path = joinPath(sourceId, written);
  const id = path === undefined ? undefined : index.atPath(path);
  if (id !== undefined) return { kind: "resolved", id };
  return MARKDOWN_EXTENSION.test(written) ? UNRESOLVED : EXTERNAL;
}

function resolveName(index: DocumentIndex, sourceId: string, type: string, reference: string): Resolution {
  const explicit = /^(?:\.\.?)?\//.test(reference);
  // What a wikilink names is looked for in the whole project; a relation may hold a path as a link does.
  const paths =
    explicit || (type !== "wikilink" && type !== "embed") ? [reference, decodePercent(reference)] : [];
  for (const candidate of paths) {
    const path = joinPath(sourceId, candidate);
    const id = path === undefined ? undefined : index.atPath(path);
    if (id !== undefined) return { kind: "resolved", id };
  }
  const id = explicit ? undefined : index.named(documentId(reference), folderOf(sourceId));
  if (id !== undefined) return { kind: "resolved", id };
  return MEDIA_EXTENSION.test(reference) ? EXTERNAL : UNRESOLVED;
}

function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function folderOf(id: string): string {
  return id.slice(0, id.lastIndexOf("/") + 1);
}

/** The path below the project root, with `/` at its end where it can only be a folder; undefined if it leads out. */
function joinPath(sourceId: string, reference: string): string | undefined {
  const base = reference.startsWith("/") ? "" : folderOf(relativePathOf(sourceId));
  const segments: string[] = [];
  const written = (base + reference).split("/");
  for (const segment of written) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  const last = written.at(-1)!;
  const path = segments.join("/");
  return path !== "" && (last === "" || last === "." || last === "..") ? `${path}/` : path;
}

/** Fewest segments, then alphabetical order. */
function isBetter(id: string, other: string): boolean {
  const difference = id.split("/").length - other.split("/").length;
  return difference === 0 ? id < other : difference < 0;
}

/** The best document for each key. */
class BestByKey {
  readonly #best = new Map<string, string>();

  add(key: string, id: string): void {
    const current = this.#best.get(key);
    if (current === undefined || isBetter(id, current)) this.#best.set(key, id);
  }

  find(key: string): string | undefined {
    return this.#best.get(key);
  }
}

/** Finds documents by the end of their path, with or without its extension; the same folder goes first. */
class SuffixIndex {
  readonly #normalise: (text: string) => string;
  readonly #anywhere = new BestByKey();
  readonly #inFolder = new BestByKey();

  constructor(normalise: (text: string) => string) {
    this.#normalise = normalise;
  }

  add(id: string): void {
    const path = this.#normalise(id);
    const extension = MARKDOWN_EXTENSION.exec(path)?.[0].length ?? 0;
    const stem = path.slice(0, path.length - extension);
    for (const end of extension > 0 ? [path, stem] : [path]) {
      this.#inFolder.add(end, id);
      for (let start = 0; ; ) {
        this.#anywhere.add(end.slice(start), id);
        const slash = end.indexOf("/", start);
        if (slash < 0) break;
        start = slash + 1;
      }
    }
  }

  find(reference: string, folder: string): string | undefined {
    const end = this.#normalise(reference);
    const path = this.#normalise(folder) + end.slice(end.lastIndexOf("/") + 1);
    const near = `/${path}`.endsWith(`/${end}`) ? this.#inFolder.find(path) : undefined;
    return near ?? this.#anywhere.find(end);
  }
}

/** Finds documents by alias, whatever its letters; the same folder goes first. */
class AliasIndex {
  readonly #anywhere = new BestByKey();
  readonly #inFolder = new BestByKey();

  add(alias: string, id: string): void {
    this.#anywhere.add(fold(alias), id);
    this.#inFolder.add(`${folderOf(id)}\0${fold(alias)}`, id);
  }

  find(reference: string, folder: string): string | undefined {
    return this.#inFolder.find(`${folder}\0${fold(reference)}`) ?? this.#anywhere.find(fold(reference));
  }
}

interface NameIndexes {
  readonly asWritten: SuffixIndex;
  readonly folded: SuffixIndex;
  readonly aliases: AliasIndex;
}

class DocumentIndex {
  readonly #documents: readonly LinkTarget[];
  readonly #ids: ReadonlySet<string>;
  #names: NameIndexes | undefined;

  constructor(documents: Iterable<LinkTarget>) {
    this.#documents = [...documents];
    this.#ids = new Set(this.#documents.map(({ id }) => id));
  }

  /** The document a path leads to, as site generators and file browsers understand it. */
  atPath(path: string): string | undefined {
    const id = documentId(path);
    if (this.#ids.has(id)) return id;
    const isFolder = id === "" || id.endsWith("/");
    const candidates = INDEX_NAMES.map((name) => (isFolder ? id + name : `${id}/${name}`));
    if (!isFolder) candidates.unshift(`${id}.md`);
    if (HTML_EXTENSION.test(id)) candidates.unshift(id.replace(HTML_EXTENSION, ".md"));
    return candidates.find((candidate) => this.#ids.has(candidate));
  }

  /** The document a wikilink names. */
  named(reference: string, folder: string): string | undefined {
    if (this.#ids.has(reference)) return reference;
    if (this.#ids.has(`${reference}.md`)) return `${reference}.md`;
    this.#names ??= this.#indexNames();
    const { asWritten, folded, aliases } = this.#names;
    return (
      asWritten.find(reference, folder) ?? folded.find(reference, folder) ?? aliases.find(reference, folder)
    );
  }

  /** Made only when a name is asked for: many projects have links by path alone. */
  #indexNames(): NameIndexes {
    const names = {
      asWritten: new SuffixIndex((text) => text),
      folded: new SuffixIndex(fold),
      aliases: new AliasIndex(),
    };
    for (const { id, aliases } of this.#documents) {
      names.asWritten.add(id);
      names.folded.add(id);
      for (const alias of aliases) names.aliases.add(alias, id);
    }
    return names;
  }
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

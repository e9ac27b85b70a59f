/**
 * Says which document a link leads to. Pure: it knows the ids and aliases of the documents, the roots of links, and
 * nothing else.
 *
 * The answer does not depend on the order of the documents, and takes the same time however many there are.
 */

import { DocumentIndex, type LinkTarget } from "./document-index.ts";
import {
  documentId,
  folderOf,
  joinFolder,
  joinPath,
  type LinkRoot,
  MARKDOWN_EXTENSION,
  namesMeant,
  pageFolder,
  readings,
} from "./link-paths.ts";

export type { LinkTarget } from "./document-index.ts";

export interface UnresolvedReference {
  /** `link` is a path, anything else may also be a name. */
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
}

export type Resolution =
  /** `anchor`: the place in the document, unless the `#` is part of its name. */
  | { readonly kind: "resolved"; readonly id: string; readonly anchor: string | undefined }
  /** Looks like a document and there is none. `paths`: where a file of that name would lie, below the project root. */
  | { readonly kind: "unresolved"; readonly paths: readonly string[] }
  /** Something in the project that is no document, such as an image: where it would lie. */
  | { readonly kind: "file"; readonly paths: readonly string[] }
  /** Leads out of the project, or to a place on the same page. */
  | { readonly kind: "external" };

export type LinkResolver = (sourceId: string, link: UnresolvedReference) => Resolution;

const EXTERNAL: Resolution = { kind: "external" };

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const HTML_EXTENSION = /\.html?$/i;
/** As opposed to a name such as "Part one: the start". */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\S/i;
/** An extension, as opposed to the end of a version or of a name such as "v1.2" or "Node.js guide". */
const EXTENSION = /\.[a-z][a-z\d]{0,7}$/i;
// A name may well contain a dot ("Node.js"), so only what is known to be no document counts as one.
const PICTURES = "png|jpe?g|gif|svg|webp|avif|bmp|ico|tiff?";
const SOUND_AND_FILM = "mp[34]|m4a|mov|mkv|ogg|wav|flac|webm";
const OTHER_MEDIA = "zip|csv|docx|xlsx|pptx|canvas|base|excalidraw";
const MEDIA_EXTENSION = new RegExp(`\\.(?:${PICTURES}|pdf|${SOUND_AND_FILM}|${OTHER_MEDIA})$`, "i");
/** `LICENSE`, `CONTRIBUTING`, `Makefile`: names of files without an extension, which are never names of pages. */
const LOUD_NAME = /(?:^|\/)(?:[A-Z][A-Z\d_-]+|(?:Make|Docker|Gem|Pod|Rake|Vagrant|Proc|Jenkins|Brew)file)$/;
const TEMPLATE = /\{\{|\{%|\$\{|<%/;
/** Aliases of folders that only a bundler knows, such as `~/assets`. */
const ALIAS = /^(?:~|@[\w-]*)\//;
/** What stands for the root of a site: Jekyll's variable, Docusaurus's alias, Zola's for the folder of its pages. */
const SITE_ROOT = /^(?:(?:\{\{-?\s*site\.(?:baseurl|url)\s*-?\}\}|@site)\/?|@\/(?=[^?#]*\.md$))/;
/** What says only that a path of a file follows: in Pelican, and in MyST. */
const PATH_FOLLOWS =
  /^(?:\{(?:filename|static|attach)\}|\|(?:filename|static|attach)\||project:(?=[^?]*\.md$))/;
/** Pages that Pelican makes. */
const MADE_PAGE = /^[{|](?:author|category|tag|index)[}|]/;

/** @param roots what links that begin with `/` may be relative to; the project root always is. */
export function createLinkResolver(
  documents: Iterable<LinkTarget>,
  roots: readonly LinkRoot[] = [],
): LinkResolver {
  const resolver = new Resolver(new DocumentIndex(documents), roots);
  return (sourceId, { type, target, anchor }) => {
    const reference = target.trim().replace(PATH_FOLLOWS, "").replace(SITE_ROOT, "/");
    if (MADE_PAGE.test(reference)) return EXTERNAL;
    if (reference === "" || reference.startsWith("//") || TEMPLATE.test(reference)) return EXTERNAL;
    if (type !== "link") return resolver.name(sourceId, { type, target: reference, anchor });
    return SCHEME.test(reference) ? EXTERNAL : resolver.path(sourceId, reference, anchor);
  };
}

class Resolver {
  readonly #index: DocumentIndex;
  readonly #roots: readonly LinkRoot[];
  readonly #keepsLanguage: boolean;

  constructor(index: DocumentIndex, roots: readonly LinkRoot[]) {
    this.#index = index;
    this.#keepsLanguage = roots.some(({ translations }) => translations?.own === true);
    // The longest prefix says most.
    this.#roots = [...roots].sort((a, b) => b.prefix.length - a.prefix.length);
  }

  path(sourceId: string, reference: string, anchor: string | undefined): Resolution {
    const found = this.#documentReadAs(sourceId, reference, anchor);
    if (found !== undefined) return found;
    const written = reference.replace(/\?.*$/s, "");
    if (written === "" || /^\/+$/.test(written)) return EXTERNAL;
    const paths = this.#placesOf(sourceId, reference);
    if (MARKDOWN_EXTENSION.test(written)) return { kind: "unresolved", paths };
    if (ALIAS.test(written)) return EXTERNAL;
    if (HTML_EXTENSION.test(written)) return this.#page(written, paths);
    if (EXTENSION.test(written)) return { kind: "file", paths };
    if (written.startsWith("/")) return { kind: "unresolved", paths };
    // Only sites have pages without an extension; elsewhere it is a folder or a file such as LICENSE.
    const isPage = paths.length > 0 && this.#isOnSite(sourceId) && !LOUD_NAME.test(written);
    return { kind: isPage ? "unresolved" : "file", paths };
  }

  name(sourceId: string, { type, target, anchor }: UnresolvedReference): Resolution {
    const explicit = /^(?:\.\.?)?\//.test(target);
    // What a wikilink names is looked for in the whole project; a relation may hold a path as a link does.
    const isPath = explicit || (type !== "wikilink" && (type !== "embed" || MARKDOWN_EXTENSION.test(target)));
    const found = isPath ? this.#documentReadAs(sourceId, target, anchor) : undefined;
    if (found !== undefined) return found;
    const names = explicit ? [] : namesMeant(target, anchor);
    // Words elsewhere in front matter happen to be titles; a wikilink means a note.
    const byTitle = type === "wikilink" || type === "embed";
    for (const find of [
      (name: string) => this.#index.named(documentId(name), folderOf(sourceId)),
      (name: string) => (byTitle ? this.#index.titled(name) : undefined),
      (name: string) => (byTitle ? this.#index.namedOtherwise(name, folderOf(sourceId)) : undefined),
    ]) {
      const name = names.find((each) => find(each) !== undefined);
      if (name !== undefined)
        return { kind: "resolved", id: find(name)!, anchor: name === target ? anchor : undefined };
    }
    if (ADDRESS.test(target)) return EXTERNAL;
    return {
      kind: MEDIA_EXTENSION.test(target) ? "file" : "unresolved",
      paths: this.#placesOf(sourceId, target),
    };
  }

  /**
   * A link to a page of HTML that no document stands for. In a folder that has documents it is a mistake; elsewhere, as
   * with `../std/index.html`, the page may be made by another program and belongs to another part of the site.
   */
  #page(written: string, paths: readonly string[]): Resolution {
    const isExpected = written.startsWith("/") || paths.some((path) => this.#index.hasFolder(folderOf(path)));
    return isExpected ? { kind: "unresolved", paths } : EXTERNAL;
  }

  #documentReadAs(sourceId: string, target: string, anchor: string | undefined): Resolution | undefined {
    const parts = readings(target);
    for (const reading of [...readings(target, anchor)]) {
      const id = this.#documentAt(sourceId, reading);
      if (id !== undefined)
        return { kind: "resolved", id, anchor: parts.includes(reading) ? anchor : undefined };
    }
    return undefined;
  }

  /**
   * The document at a place. Where the page has several languages: the one that the link means, or the one shown for
   * it.
   */
  #documentAt(sourceId: string, reference: string): string | undefined {
    const found = this.#writtenAt(sourceId, reference);
    if (found !== undefined)
      return this.#keepsLanguage ? this.#index.translated(this.#roots).ownVersion(sourceId, found) : found;
    const page = reference.replace(HTML_EXTENSION, "");
    if (EXTENSION.test(page) && !MARKDOWN_EXTENSION.test(page)) return undefined;
    return firstOf(this.#placesIn(sourceId, page), (place) =>
      this.#index.translated(this.#roots).shownAt(sourceId, place),
    );
  }

  #placesIn(sourceId: string, reference: string): string[] {
    if (reference.startsWith("/")) return this.#rootedPaths(sourceId, reference);
    const path = joinPath(sourceId, reference);
    if (MARKDOWN_EXTENSION.test(reference)) return path === undefined ? [] : [path];
    // Elsewhere than on a site it is a folder, or a file without an extension.
    if (!this.#isOnSite(sourceId)) return [];
    const onSite = joinFolder(pageFolder(sourceId), reference);
    return [onSite, path].filter((place) => place !== undefined && place !== "") as string[];
  }

  #writtenAt(sourceId: string, reference: string): string | undefined {
    if (reference.startsWith("/")) return this.#documentFromRoot(sourceId, reference);
    const path = joinPath(sourceId, reference);
    const id = path === undefined ? undefined : this.#index.atPath(path);
    if (id !== undefined || MARKDOWN_EXTENSION.test(reference) || !this.#isOnSite(sourceId)) return id;
    // Where pages are folders, a relative link starts from that of the page.
    const places = this.#placesIn(sourceId, reference);
    return (
      firstOf(places, (place) => this.#index.atPath(place)) ??
      firstOf(places, (place) => this.#index.atAddress(place))
    );
  }

  #documentFromRoot(sourceId: string, reference: string): string | undefined {
    const places = this.#rootedPaths(sourceId, reference);
    const found = firstOf(places, (path) => this.#index.atPath(path)) ?? this.#index.withAddress(reference);
    if (found !== undefined || /^\/*$/.test(reference)) return found;
    return (
      firstOf(places, (path) => this.#index.atAddress(path)) ?? this.#documentFromAbove(sourceId, reference)
    );
  }

  /** Where nobody says what the root is, it may be any folder above the document that has such a page. */
  #documentFromAbove(sourceId: string, reference: string): string | undefined {
    const segments = folderOf(sourceId).split("/").slice(0, -1);
    const folders = segments.map((_, depth) => `${segments.slice(0, depth + 1).join("/")}/`);
    return firstOf(folders, (folder) => {
      const path = joinFolder(folder, reference);
      return path === undefined ? undefined : this.#index.atPath(path);
    });
  }

  /** Below each root that the reference may be relative to, the likeliest first. */
  #rootedPaths(sourceId: string, reference: string): string[] {
    const own = this.#roots.filter((root) => sourceId.startsWith(root.site) || liesIn(sourceId, root));
    const fitting = [...own, ...this.#roots.filter((root) => !own.includes(root))].filter(({ prefix }) =>
      `${reference}/`.startsWith(prefix),
    );
    const sites = fitting.map(({ prefix, folder }) => joinFolder(folder, reference.slice(prefix.length)));
    const project = joinFolder("", reference);
    const all = MARKDOWN_EXTENSION.test(reference) ? [project, ...sites] : [...sites, project];
    return [...new Set(all.filter((path) => path !== undefined))];
  }

  #placesOf(sourceId: string, reference: string): string[] {
    const places = readings(reference).flatMap((reading) =>
      reading.startsWith("/") ? this.#rootedPaths(sourceId, reading) : (joinPath(sourceId, reading) ?? []),
    );
    return [...new Set(places)];
  }

  #isOnSite(sourceId: string): boolean {
    return this.#roots.some((root) => liesIn(sourceId, root));
  }
}

function liesIn(sourceId: string, { folder }: LinkRoot): boolean {
  return sourceId.startsWith(folder);
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Pages of a site in several languages: which document is the same page in another one, and which is shown where a
 * translation is missing.
 *
 * Folders are called `it` and `no` for other reasons too. One counts as a language's only where another language has
 * a folder beside it, where the same page lies outside of it, or where the site's files say so.
 */
import { type Place, placeOf } from "../../graph/search/index.ts";
import { type LinkRoot, MARKDOWN_EXTENSION, pageAddress, type Translations } from "./link-paths.ts";

interface Page {
  /** The address without what says the language. */
  readonly address: string;
  /** Undefined where nothing says a language, or not for sure. */
  readonly tag: string | undefined;
}

/** What is done of a site of which no file says what made it. */
const UNKNOWN: Translations = { fallback: true, own: false };

export class TranslatedPages {
  readonly #roots: readonly LinkRoot[];
  /** The ids of each address, by tag; that without one has the key "". */
  readonly #pages = new Map<string, Map<string, string>>();
  /** Folders that are languages'. */
  readonly #folders = new Set<string>();
  /** Tags in names that are languages'. */
  readonly #names = new Set<string>();
  /** Documents in each folder of a language, by the folder above it. */
  readonly #sizes = new Map<string, Map<string, number>>();

  /** @param ids of all documents */
  constructor(ids: readonly string[], roots: readonly LinkRoot[]) {
    // The deepest folder says most.
    this.#roots = roots
      .filter(({ translations }) => translations !== undefined)
      .sort((a, b) => b.folder.length - a.folder.length);
    const places = ids.map((id) => ({ id, place: placeOf(id) }));
    this.#learnLanguages(places);
    for (const { id, place } of places) {
      const { address, tag = "" } = this.#pageAt(id, place);
      const versions = this.#pages.get(address) ?? new Map<string, string>();
      const known = versions.get(tag);
      versions.set(tag, known === undefined || id < known ? id : known);
      this.#pages.set(address, versions);
    }
  }

  /** What stands for a document where a page of one language links to it without saying which: its translation. */
  ownVersion(sourceId: string, id: string): string {
    const { tag } = this.#page(sourceId);
    if (tag === undefined || !this.#rulesOf(sourceId).own) return id;
    const { address, tag: said } = this.#page(id);
    const own = said === undefined ? this.#pages.get(address)?.get(tag) : undefined;
    return own === undefined || own === sourceId ? id : own;
  }

  /**
   * The document that is shown at a path below the project root, where no file lies: a translation that is laid out in
   * another way, or the page in the site's first language.
   */
  shownAt(sourceId: string, path: string): string | undefined {
    const { own, fallback, language } = this.#rulesOf(sourceId);
    // As a file nobody looks for a page elsewhere, unless the site's generator does.
    if (MARKDOWN_EXTENSION.test(path) && !own) return undefined;
    const { address, tag } = this.#page(path);
    const versions = this.#pages.get(address);
    if (versions === undefined) return undefined;
    const wanted = tag ?? (own ? this.#page(sourceId).tag : undefined);
    const version = wanted === undefined ? undefined : versions.get(wanted);
    if (version !== undefined && version !== sourceId) return version;
    if (!fallback || wanted === undefined) return undefined;
    return versions.get("") ?? versions.get(language ?? this.#largestBeside(path) ?? "en");
  }

  /** Whether two documents are one page in two languages, as far as their places tell. */
  isTranslation(id: string, other: string): boolean {
    const [a, b] = [this.#page(id), this.#page(other)];
    return a.address === b.address && a.tag !== b.tag;
  }

  #rulesOf(id: string): Translations {
    return this.#roots.find(({ folder }) => id.startsWith(folder))?.translations ?? UNKNOWN;
  }

  #page(path: string): Page {
    // As a folder, so that what follows a dot is no extension.
    const place = MARKDOWN_EXTENSION.test(path) || path.endsWith("/") ? path : `${path}/`;
    return this.#pageAt(place, placeOf(place));
  }

  #pageAt(path: string, { page, tag, folder }: Place): Page {
    const root = this.#roots.find((each) => path.startsWith(each.folder))?.translations;
    if (root?.of !== undefined && root.tag !== undefined) {
      const below = path.slice(this.#roots.find((each) => each.translations === root)!.folder.length);
      return { address: pageAddress(root.of + below), tag: root.tag };
    }
    const isSaid = tag !== undefined && root?.languages?.includes(tag) === true;
    const isNamed = tag !== undefined && this.#names.has(tag);
    // An address has the language as its first folder, wherever its pages lie.
    const isFirst = folder !== undefined && this.#roots.some((each) => each.folder === parentOf(folder));
    const isFolder = folder !== undefined && (this.#folders.has(folder) || (isNamed && isFirst));
    const isSure = isSaid || isFolder || (folder === undefined && isNamed);
    return isSure ? { address: pageAddress(page), tag } : { address: pageAddress(path), tag: undefined };
  }

  #learnLanguages(places: readonly { readonly id: string; readonly place: Place }[]): void {
    const plain = new Set(places.flatMap(({ place: { page, tag } }) => (tag === undefined ? [page] : [])));
    const named = new Map<string, Set<string>>();
    for (const { place } of places) {
      const { page, tag, folder } = place;
      if (tag === undefined) continue;
      if (folder === undefined) {
        named.set(page, (named.get(page) ?? new Set()).add(tag));
        if (plain.has(page)) this.#names.add(tag);
        continue;
      }
      const above = parentOf(folder);
      const sizes = this.#sizes.get(above) ?? new Map<string, number>();
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
      this.#sizes.set(above, sizes);
      if (plain.has(page) || above.endsWith("i18n/")) this.#folders.add(folder);
    }
    for (const tags of named.values()) if (tags.size > 1) for (const tag of tags) this.#names.add(tag);
    for (const folders of this.#sizes.values()) {
      if (folders.size > 1) for (const folder of folders.keys()) this.#folders.add(folder);
    }
  }

  /** The language that most is written in beside the folder of a path's language. */
  #largestBeside(path: string): string | undefined {
    const { folder } = placeOf(path);
    const beside = [...(this.#sizes.get(parentOf(folder ?? "")) ?? [])];
    const [largest] = beside.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return largest === undefined ? undefined : placeOf(largest[0]).tag;
  }
}

function parentOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
}

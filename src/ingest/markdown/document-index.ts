/**
 * Finds documents by path, name and alias, in the same time however many there are. What it finds does not depend on
 * their order.
 */
import { dayOf, otherNamesOf, pageNameOf } from "../../system/index.ts";
import {
  documentId,
  folderOf,
  type LinkRoot,
  MARKDOWN_EXTENSION,
  pageAddress,
  relativePathOf,
} from "./link-paths.ts";
import { TranslatedPages } from "./translated-pages.ts";

export interface LinkTarget {
  readonly id: string;
  readonly aliases: readonly string[];
  /** What it is called where no file and no alias has the name. */
  readonly title?: string | undefined;
}

const HTML_EXTENSION = /\.html?$/i;
const EXTENSIONS = [".md", ".mdx", ".markdown", ".mdown", ".mkd"];
const INDEX_NAMES = ["README.md", "readme.md", "Readme.md", "index.md", "_index.md", "index.mdx"];

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
  /** Undefined where several documents have the title. */
  readonly titles: ReadonlyMap<string, string | undefined>;
}

interface SiteIndexes {
  readonly addresses: BestByKey;
  /** Aliases that are addresses, as Hugo has them, without `/` at either end. */
  readonly aliases: BestByKey;
}

export class DocumentIndex {
  readonly #documents: readonly LinkTarget[];
  readonly #ids: ReadonlySet<string>;
  #names: NameIndexes | undefined;
  #sites: SiteIndexes | undefined;
  #decomposed: BestByKey | undefined;
  #folders: ReadonlySet<string> | undefined;
  #days: AliasIndex | undefined;
  #translated: TranslatedPages | undefined;

  constructor(documents: Iterable<LinkTarget>) {
    this.#documents = [...documents];
    this.#ids = new Set(this.#documents.map(({ id }) => id));
  }

  /** The document a path leads to, as site generators and file browsers understand it. */
  atPath(path: string): string | undefined {
    const id = documentId(path);
    const exact = this.#withId(id);
    if (exact !== undefined) return exact;
    const isFolder = id === "" || id.endsWith("/");
    const stem = isFolder ? id.slice(0, -1) : id;
    const html = HTML_EXTENSION.test(id) ? [id.replace(HTML_EXTENSION, "")] : [];
    const pages = [...html, ...(stem === "" ? [] : [stem])].flatMap((page) =>
      EXTENSIONS.map((end) => page + end),
    );
    const indexes = INDEX_NAMES.map((name) => (isFolder ? id + name : `${id}/${name}`));
    for (const candidate of isFolder ? [...indexes, ...pages] : [...pages, ...indexes]) {
      const found = this.#withId(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The document whose page has the address, which is a path below the project root. */
  atAddress(path: string): string | undefined {
    this.#sites ??= this.#indexSites();
    return this.#sites.addresses.find(pageAddress(path.replace(HTML_EXTENSION, "")));
  }

  /** The document that an absolute address is an alias of. */
  withAddress(address: string): string | undefined {
    this.#sites ??= this.#indexSites();
    return this.#sites.aliases.find(address.replace(/^\/+|\/+$/g, ""));
  }

  /** The document that alone has a title. */
  titled(title: string): string | undefined {
    this.#names ??= this.#indexNames();
    return this.#names.titles.get(fold(title));
  }

  /** The document a wikilink names. */
  named(reference: string, folder: string): string | undefined {
    const exact = this.#withId(reference) ?? this.#withId(`${reference}.md`);
    if (exact !== undefined) return exact;
    this.#names ??= this.#indexNames();
    const { asWritten, folded, aliases } = this.#names;
    return (
      asWritten.find(reference, folder) ?? folded.find(reference, folder) ?? aliases.find(reference, folder)
    );
  }

  /** The document whose file writes the name in another way: `___` for `/`, a day by its digits. */
  namedOtherwise(reference: string, folder: string): string | undefined {
    for (const name of otherNamesOf(reference)) {
      const found = this.named(documentId(name), folder);
      if (found !== undefined) return found;
    }
    const day = dayOf(pageNameOf(reference));
    if (day === undefined) return undefined;
    this.#days ??= this.#indexDays();
    return this.#days.find(day, folder);
  }

  /** The pages in several languages. Made when they are asked for. @param roots the same in every call */
  translated(roots: readonly LinkRoot[]): TranslatedPages {
    this.#translated ??= new TranslatedPages([...this.#ids], roots);
    return this.#translated;
  }

  /** Whether any document lies in a folder, which is empty or ends with `/`. */
  hasFolder(folder: string): boolean {
    this.#folders ??= new Set(this.#documents.map(({ id }) => folderOf(id)));
    return this.#folders.has(folder);
  }

  /**
   * Whether an accented letter is one character or two makes no other name: some systems write the one, people the
   * other.
   */
  #withId(id: string): string | undefined {
    if (this.#ids.has(id)) return id;
    const composed = id.normalize("NFC");
    if (composed !== id && this.#ids.has(composed)) return composed;
    this.#decomposed ??= this.#indexDecomposed();
    return this.#decomposed.find(composed);
  }

  #indexDecomposed(): BestByKey {
    const index = new BestByKey();
    for (const { id } of this.#documents) {
      const composed = id.normalize("NFC");
      if (composed !== id) index.add(composed, id);
    }
    return index;
  }

  /** Made only when a name is asked for: many projects have links by path alone. */
  #indexNames(): NameIndexes {
    const titles = new Map<string, string | undefined>();
    const names = {
      asWritten: new SuffixIndex((text) => text),
      folded: new SuffixIndex(fold),
      aliases: new AliasIndex(),
      titles,
    };
    for (const { id, aliases, title } of this.#documents) {
      const called = fold(title ?? "");
      if (called !== "") titles.set(called, titles.has(called) ? undefined : id);
      names.asWritten.add(id);
      names.folded.add(id);
      for (const alias of aliases) names.aliases.add(alias, id);
    }
    return names;
  }

  #indexDays(): AliasIndex {
    const days = new AliasIndex();
    for (const { id } of this.#documents) {
      const name = relativePathOf(id.slice(id.lastIndexOf("/") + 1)).replace(MARKDOWN_EXTENSION, "");
      const day = dayOf(pageNameOf(name));
      if (day !== undefined) days.add(day, id);
    }
    return days;
  }

  #indexSites(): SiteIndexes {
    const sites = { addresses: new BestByKey(), aliases: new BestByKey() };
    for (const { id, aliases } of this.#documents) {
      sites.addresses.add(pageAddress(id), id);
      for (const alias of aliases) {
        if (alias.startsWith("/")) sites.aliases.add(alias.replace(/^\/+|\/+$/g, ""), id);
      }
    }
    return sites;
  }
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

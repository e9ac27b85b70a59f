/** Paths as links write them: percent codes, dots, what is left out. Pure text. */

export const MARKDOWN_EXTENSION = /\.(?:md|markdown|mdown|mkd|mdx)$/i;

/** A folder that links which begin with `/` are resolved from. */
export interface LinkRoot {
  /** What the folder is called in links: `/`, or `/docs/`. */
  readonly prefix: string;
  /** Below the project root: empty, or ending with `/`. */
  readonly folder: string;
  /**
   * The folder of the site that it belongs to, as `folder`. Of several sites in a project, a document's own goes
   * first.
   */
  readonly site: string;
  /** What its generator does of pages in several languages, where that is known. */
  readonly translations?: Translations;
}

export interface Translations {
  /** Whether the page in the site's first language is shown where a translation is missing. */
  readonly fallback: boolean;
  /** Whether links that say no language lead to pages in the language of the page that they stand on. */
  readonly own: boolean;
  /** The site's first language, where its pages lie in a folder, or have names, that say so. */
  readonly language?: string;
  /** Languages that the site says it has. */
  readonly languages?: readonly string[];
  /** Of a folder that holds translations alone: their language, and the folder of what they are translations of. */
  readonly tag?: string;
  readonly of?: string;
}

/**
 * What a link may mean, the likeliest first: percent codes decoded, then as written, and a name with `#` or `?` in it
 * as a whole before the part up to there. At last as one would type it.
 */
export function readings(target: string, anchor?: string): string[] {
  const query = target.indexOf("?");
  const written = [...wholeNames(target, anchor), target, ...(query < 0 ? [] : [target.slice(0, query)])];
  const all = alsoAsTyped(written).flatMap((text) => [decodePercent(text), text]);
  return [...new Set(all)];
}

/** The same for a name, in which percent codes are what they are. */
export function namesMeant(name: string, anchor: string | undefined): string[] {
  return alsoAsTyped([...wholeNames(name, anchor), name]);
}

function alsoAsTyped(texts: readonly string[]): string[] {
  return [...new Set([...texts, ...texts.map(asTyped)])];
}

/** What is copied from a page or written on Windows, as one would type it: blanks and slashes, nothing unseen. */
function asTyped(text: string): string {
  return /[\\\u00a0\u202f\u200b-\u200f\u2060\ufeff]/.test(text)
    ? text
        .replaceAll("\\", "/")
        .replace(/[\u00a0\u202f]/g, " ")
        .replace(/[\u200b-\u200f\u2060\ufeff]/g, "")
    : text;
}

/** Names that a `#` may be part of, as in `C# notes`. */
function wholeNames(target: string, anchor: string | undefined): string[] {
  return anchor === undefined ? [] : [`${target}#${anchor}`, `${target} #${anchor}`];
}

/** Each code for itself: one that is none does not keep the others from being read. */
function decodePercent(text: string): string {
  return text.includes("%") ? text.replace(/(?:%[0-9a-f]{2})+/gi, decoded) : text;
}

function decoded(codes: string): string {
  try {
    return decodeURIComponent(codes);
  } catch {
    return codes;
  }
}

export function folderOf(id: string): string {
  return id.slice(0, id.lastIndexOf("/") + 1);
}

/** The path below the project root, with `/` at its end where it can only be a folder; undefined if it leads out. */
export function joinPath(sourceId: string, reference: string): string | undefined {
  return joinFolder(reference.startsWith("/") ? "" : folderOf(relativePathOf(sourceId)), reference);
}

/** The same from a folder, which is empty or ends with `/`. */
export function joinFolder(folder: string, reference: string): string | undefined {
  const segments: string[] = [];
  const written = (folder + reference).split("/");
  for (const segment of written) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  const last = written.at(-1)!;
  const path = segments.join("/");
  return path !== "" && (last === "" || last === "." || last === "..") ? `${path}/` : path;
}

const INDEX_PAGE = /(?:^|\/)(?:_?index|readme)$/i;

/** The folder that the page of a document has on a site whose addresses end with `/`. */
export function pageFolder(sourceId: string): string {
  const page = relativePathOf(sourceId).replace(MARKDOWN_EXTENSION, "");
  return INDEX_PAGE.test(page) ? folderOf(page) : `${page}/`;
}

/**
 * The path of a page as sites write addresses: without extension, index and the numbers that order files, in lower
 * case, hyphens for blanks.
 */
export function pageAddress(path: string): string {
  const page = path.replace(/\/$/, "").replace(MARKDOWN_EXTENSION, "").replace(INDEX_PAGE, "");
  return page
    .normalize("NFC")
    .toLowerCase()
    .split("/")
    .map((segment) => segment.replace(/^\d+[-_.]\s*(?=\D)/, "").replace(/\s+/g, "-"))
    .join("/");
}

/**
 * The id of a document is its path relative to the project root, made safe to print and to store in one line.
 *
 * Only what would break a line of output or make the code ambiguous is escaped: control characters and `%`
 * itself, as `%XX`. The mapping is injective, so two different files never share a node.
 */

const UNSAFE = /[\x00-\x1f\x7f%]/;
const EACH_UNSAFE = /[\x00-\x1f\x7f%]/g;
const ESCAPED = /%([0-9A-F]{2})/g;

/** @param relativePath path below the project root with `/` between its segments. */
export function documentId(relativePath: string): string {
  // Nearly no path has one, and a test costs less than a replacement that replaces nothing.
  if (!UNSAFE.test(relativePath)) return relativePath;
  return relativePath.replace(
    EACH_UNSAFE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The inverse of {@link documentId}. */
export function relativePathOf(id: string): string {
  return id.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * What the path of a document says of its language: folders (`docs/de/a.md`, `i18n/de/a.md`) and names (`a.de.md`).
 *
 * Folders are called `it` and `no` for other reasons too. Where nothing else is known of a text, a folder is believed
 * to be a language's if another language has one beside it or the same page elsewhere.
 */

/** `pt` of `pt-BR`; Norwegian as one. */
export function baseLanguage(tag: string): string {
  const code = tag.trim().toLowerCase().split(/[-_]/)[0] ?? "";
  return code === "nb" || code === "nn" ? "no" : code;
}

export interface Place {
  /** The path without what says the language. */
  readonly page: string;
  readonly isTranslated: boolean;
  /** ISO 639-1 code of the language that a folder or the name is called after. */
  readonly language: string | undefined;
  /** What says so, in lower case, `pt-br` for one. */
  readonly tag: string | undefined;
  /** The folder that is called so, with `/` at its end; undefined where the name says it. */
  readonly folder: string | undefined;
}

const LANGUAGES = new Set(
  `
  aa ab af ak am ar as ay az ba be bg bn bo br bs ca cs cy da de dv dz el en eo es et eu fa fi fj fo fr fy
  ga gd gl gu ha he hi hr ht hu hy id ig is it ja jv ka kk km kn ko ku ky la lb ln lo lt lv mg mi mk ml mn
  mr ms mt my nb ne nl nn no ny oc om or pa pl ps pt qu rm rn ro ru rw sa sc sd si sk sl sm sn so sq sr st
  su sv sw ta te tg th ti tk tl tn to tr ts tt ug uk ur uz ve vi wo xh yi yo zh zu`.split(/\s+/),
);

/** The code of a language that is called by its English name, such as `de` of German. */
export function codeOfLanguage(name: string): string | undefined {
  const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
  const wanted = name.trim().toLowerCase();
  return [...LANGUAGES].find((code) => code !== "" && names.of(code)?.toLowerCase() === wanted);
}

/** Whether a folder may be called after a language. */
function isLanguage(name: string): boolean {
  return /^[a-z]{2}(?:[-_](?:[A-Za-z]{2,4}|\d{3}))?$/.test(name) && LANGUAGES.has(name.slice(0, 2));
}

export function placeOf(id: string): Place {
  const cut = id.lastIndexOf("/");
  const { above, called: folder, upTo } = placeOfFolder(id.slice(0, Math.max(0, cut)));
  const file = id.slice(cut + 1).replace(/\.[^.]+$/, "");
  const within = /\.([^.]+)$/.exec(file)?.[1];
  const inName = within !== undefined && isLanguage(within);
  const called = inName ? within : folder;
  return {
    page: above + (inName ? file.slice(0, -within.length - 1) : file),
    isTranslated: called !== undefined,
    language: called === undefined ? undefined : baseLanguage(called),
    tag: called === undefined ? undefined : languageTag(called),
    folder: inName ? undefined : upTo,
  };
}

interface FolderPlace {
  /** The folders without what says the language, with `/` after each. */
  readonly above: string;
  /** The name of the one that a language is called after. */
  readonly called: string | undefined;
  readonly upTo: string | undefined;
}

/** Many documents are in few folders. */
const knownFolders = new Map<string, FolderPlace>();
const MOST_KNOWN = 1_000;

function placeOfFolder(path: string): FolderPlace {
  const known = knownFolders.get(path);
  if (known !== undefined) return known;
  const parts = path === "" ? [] : path.split("/");
  const at = parts.findIndex(isLanguage);
  const folders = parts
    .filter((part, each) => each !== at && !(part === "i18n" && each === at - 1))
    // As Docusaurus lays translations out.
    .map((part) => part.replace(/^docusaurus-plugin-content-/, ""))
    .filter((part, each, all) => !(part === "current" && all[each - 1] === "docs"));
  const found: FolderPlace = {
    above: folders.map((part) => `${part}/`).join(""),
    called: parts[at],
    upTo: at < 0 ? undefined : `${parts.slice(0, at + 1).join("/")}/`,
  };
  if (knownFolders.size >= MOST_KNOWN) knownFolders.clear();
  knownFolders.set(path, found);
  return found;
}

/** How a language is compared: `pt_BR` is `pt-br`. */
export function languageTag(written: string): string {
  return written.toLowerCase().replace("_", "-");
}

/** The languages that documents are in as far as paths say it for sure, seen among all of them. @param ids of all */
export function languagesByPlace(ids: readonly string[]): (id: string) => string | undefined {
  const byPage = new Map<string, Set<string | undefined>>();
  const byParent = new Map<string, Set<string>>();
  for (const id of ids) {
    const { page, language } = placeOf(id);
    added(byPage, page, language);
    const folder = languageFolder(id);
    if (folder !== undefined) added(byParent, folder.parent, folder.language);
  }
  return (id) => {
    const { page, language } = placeOf(id);
    const folder = languageFolder(id);
    const isSure =
      (byPage.get(page)?.size ?? 0) > 1 ||
      (folder !== undefined && (byParent.get(folder.parent)?.size ?? 0) > 1) ||
      /(?:^|\/)i18n\//.test(id);
    return isSure ? language : undefined;
  };
}

function languageFolder(id: string): { readonly parent: string; readonly language: string } | undefined {
  const parts = id.split("/").slice(0, -1);
  const at = parts.findIndex(isLanguage);
  if (at < 0) return undefined;
  return { parent: parts.slice(0, at).join("/"), language: baseLanguage(parts[at] ?? "") };
}

function added<Value>(sets: Map<string, Set<Value>>, key: string, value: Value): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

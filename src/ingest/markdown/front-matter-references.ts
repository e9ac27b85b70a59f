/**
 * What a value of front matter refers to.
 *
 * The keys that name documents in one vault hold free text in the next: `parent: UI Components`, `next: Markdown
 * extensions`, `references: Smith 2020`. A plain word is therefore a reference only if there is a document of that
 * name; what has the form of a link or a path is one in any case.
 */
import { readWikilink, splitAnchor } from "./references.ts";

export interface Reference {
  readonly target: string;
  readonly anchor: string | undefined;
  /** It may be mere text: no link where it leads to no document. */
  readonly tentative?: true;
}

/**
 * "relations": in the mapping of that name. "documents": usually about documents. "text": often about something else.
 * "other": any other key.
 */
export type KindOfKey = "relations" | "documents" | "text" | "other";

const ABOUT_DOCUMENTS = new Set("related related_to see_also depends_on supersedes superseded_by".split(" "));
const OFTEN_TEXT = new Set(
  "links parent up children implements extends references refs part_of next previous".split(" "),
);

export function kindOf(key: string): KindOfKey {
  const name = key.toLowerCase().replaceAll(/[- ]/g, "_");
  if (name === "relations") return "relations";
  return ABOUT_DOCUMENTS.has(name) ? "documents" : OFTEN_TEXT.has(name) ? "text" : "other";
}

const LINKS = /!?\[\[([^[\]]+)\]\]|!?\[[^[\]]*\]\(\s*(?:<([^<>]+)>|([^()\s]+))\s*\)/g;
const BETWEEN_LINKS = /^(?:[\s,;/|&+·•-]|\band\b)*$/i;

/** @param value one text of the front matter */
export function referencesIn(value: string, kind: KindOfKey): Reference[] {
  const found = [...value.matchAll(LINKS)];
  if (found.length === 0) return kind === "other" ? [] : plainReferences(value, kind);
  // Among other words under any key, brackets may mean something else: a pattern, a matrix.
  const onlyLinks = BETWEEN_LINKS.test(value.replace(LINKS, ""));
  return found.flatMap(([, wikilink, bracketed, path]) => {
    const reference = wikilink === undefined ? splitAnchor(bracketed ?? path ?? "") : readWikilink(wikilink);
    if (reference === undefined || reference.target === "") return [];
    const { target, anchor } = reference;
    const isCertain = kind !== "other" || (onlyLinks && !ROW_OF_NUMBERS.test(target));
    return isCertain ? [{ target, anchor }] : [{ target, anchor, tentative: true as const }];
  });
}

const ROW_OF_NUMBERS = /^[\d\s.+-]+,[\d\s.,+-]*$/;

function plainReferences(value: string, kind: KindOfKey): Reference[] {
  const parts = value.split(",");
  const whole = plainReference(value, kind);
  return parts.length === 1
    ? whole
    : [
        ...whole.map((reference) => ({ ...reference, tentative: true as const })),
        ...parts.flatMap((part) => plainReference(part.trim(), kind)),
      ];
}

const NO_NAME = /^(?:true|false|yes|no|on|off|none|null|~)$/i;
const FILE = /\.(?:md|markdown|mdown|mkd|mdx)(?:#.*)?$/i;

function plainReference(value: string, kind: KindOfKey): Reference[] {
  const { target, anchor } = splitAnchor(value);
  if (target === "" || NO_NAME.test(target)) return [];
  const isPath = /^\.{0,2}\//.test(target) || (FILE.test(target) && !/\s/.test(target));
  const certain = isPath || kind === "relations" || (kind === "documents" && /^\S+\/\S+$/.test(target));
  return [certain ? { target, anchor } : { target, anchor, tentative: true }];
}

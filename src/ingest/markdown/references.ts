/** References as they are written in links: a target, a place in it, a text to show. */
import { MARKDOWN_EXTENSION } from "./link-paths.ts";

/** The type of what a document shows and what is no document: images, films, sound. */
export const ATTACHMENT = "!attachment";

/** A link and the offset in the inline text where it begins. */
export interface FoundLink {
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
  readonly offset: number;
  /** What stands for it on the page, as written, where that is other than what it leads to. */
  readonly text?: string | undefined;
  /** As of a raw link. */
  readonly tentative?: true;
}

const TENTATIVE = "?";

/** How the graph keeps the type of a link: a tentative one is told by its first character. */
export function storedType({
  type,
  tentative,
}: {
  readonly type: string;
  readonly tentative?: true;
}): string {
  return tentative === true ? TENTATIVE + type : type;
}

/** Whether a link of this stored type is none where it leads to no document. */
export function isTentative(stored: string): boolean {
  return stored.startsWith(TENTATIVE);
}

/** The type as it is written and shown. */
export function writtenType(stored: string): string {
  return isTentative(stored) ? stored.slice(TENTATIVE.length) : stored;
}

/** Splits `target#anchor`. */
export function splitAnchor(reference: string): { target: string; anchor: string | undefined } {
  const hash = reference.indexOf("#");
  if (hash < 0) return { target: reference.trim(), anchor: undefined };
  const anchor = reference.slice(hash + 1).trim();
  return { target: reference.slice(0, hash).trim(), anchor: anchor === "" ? undefined : anchor };
}

/**
 * Reads the inside of `[[target#heading|alias]]`, its anchor as written, since the `#` may be part of a name.
 * Undefined for a link within the same document.
 */
export function readWikilink(
  inside: string,
): { target: string; anchor: string | undefined; text: string } | undefined {
  // In a table the bar is escaped: `[[target\|alias]]`.
  const bar = inside.indexOf("|");
  const reference = bar < 0 ? inside : inside.slice(0, bar).replace(/\\$/, "");
  const hash = reference.indexOf("#");
  const target = (hash < 0 ? reference : reference.slice(0, hash)).trim();
  const anchor = hash < 0 ? undefined : reference.slice(hash + 1).trimEnd();
  if (target === "") return undefined;
  const alias = bar < 0 ? "" : inside.slice(bar + 1).trim();
  return { target, anchor, text: alias === "" ? reference.trim() : alias };
}

/** What an image leads to: a note, as Obsidian embeds one where wikilinks are turned off, or a file. */
export function shown(src: string, offset: number): FoundLink {
  const reference = splitAnchor(src);
  const isNote = MARKDOWN_EXTENSION.test(reference.target.split("?", 1)[0]!);
  return { type: isNote ? "embed" : ATTACHMENT, ...reference, offset };
}

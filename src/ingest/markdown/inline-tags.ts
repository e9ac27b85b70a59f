/**
 * Tags that stand in the text, as in Obsidian (`#house`, `#plan/roof`) and in Logseq (`tags:: house`,
 * `#[[old trades]]`).
 *
 * A number is no tag but one of an issue, and hexadecimal digits are a colour, if not in brackets. What stands in
 * code, in an address or behind a bracket is none either.
 */

const MARKED =
  /(?<=^|\s)#(?:\[\[([^[\]|\n]{1,200})(?:\|[^[\]\n]{0,200})?\]\]|([\p{L}\p{N}_][\p{L}\p{N}\p{M}_/-]*))/gu;
const PROPERTY = /^[ \t]*tags::[ \t]+(.+)$/gm;
const NUMBER = /^[\d/_-]+$/;
/** Of letters alone only those that repeat themselves, as no word does: `fff`, `FAFAFA`, `aaBBcc`, and not `facade`. */
const COLOUR =
  /^(?:(?=.*\d)(?:[\da-f]{3}|[\da-f]{6}|[\da-f]{8})|([a-f])\1\1|([a-f]{2})\2\2|(?:([a-f])\3){3,4})$/i;

/** More than anybody gives one document: a list of colours or channels is no list of tags. */
const MOST_TAGS = 200;

export function mayHoldTags(content: string): boolean {
  return content.includes("#") || content.includes("tags::");
}

/** In the order in which they stand, each once, whatever its case. @param contents pieces of text with inline markup */
export function inlineTags(contents: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const content of contents) {
    if (found.size >= MOST_TAGS) break;
    const text = withoutCode(content);
    const marked = [...text.matchAll(MARKED)].map(([, words, tag = ""]) =>
      words === undefined ? namedTag(tag.replace(/(?<![/-])[/-]+$/, "")) : words.trim(),
    );
    const listed = [...text.matchAll(PROPERTY)].flatMap(([, list = ""]) => tagsOfProperty(list));
    for (const tag of [...listed, ...marked]) {
      const key = tag.toLowerCase();
      if (tag !== "" && !found.has(key)) found.set(key, tag);
    }
  }
  return [...found.values()].slice(0, MOST_TAGS);
}

/** What a line `tags::` lists, with commas or without: words, `#words` and `[[pages]]`. */
export function tagsOfProperty(list: string): string[] {
  const parts = list.matchAll(/\[\[([^[\]\n]{1,200})\]\]|[^,[\]]+/g);
  const tags = [...parts].flatMap(([words, page]) =>
    page === undefined
      ? words.split(/(?<!\s)\s+(?=#)/).map((word) => namedTag(word.trim().replace(/^[\s#]+/, "")))
      : [page.trim()],
  );
  return tags.filter((tag) => tag !== "");
}

function namedTag(word: string): string {
  return NUMBER.test(word) || COLOUR.test(word) ? "" : word;
}

/** As far back as one looks for the beginning of a line: further on it is no list of tags. */
const LONGEST_LIST = 500;

/** Whether the wikilink at a place is a tag as well: then it need not lead anywhere. */
export function isTagAt(content: string, at: number): boolean {
  const before = content.slice(Math.max(0, at - LONGEST_LIST), at);
  return (
    /(?:^|\s)#$/.test(before.slice(-2)) ||
    /^[ \t]*tags::[ \t]/.test(before.slice(before.lastIndexOf("\n") + 1))
  );
}

/** Code is between two runs of as many backticks; a run without another one is text. Goes through the text once. */
function withoutCode(content: string): string {
  if (!content.includes("`")) return content;
  const parts = content.split(/(`+)/);
  const lastOfLength = new Map<number, number>();
  for (let at = 1; at < parts.length; at += 2) lastOfLength.set(parts[at]!.length, at);
  let text = "";
  for (let at = 0; at < parts.length; at++) {
    const isRun = at % 2 === 1;
    const { length } = parts[at]!;
    if (!isRun || lastOfLength.get(length)! <= at) {
      text += parts[at]!;
      continue;
    }
    do at += 2;
    while (parts[at]!.length !== length);
    // What follows code is not at the beginning of a word.
    text += "`";
  }
  return text;
}

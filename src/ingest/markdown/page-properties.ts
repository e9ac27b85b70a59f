/**
 * The properties of a page as Logseq writes them: lines `key:: value` that the page begins with, before any other text,
 * perhaps as its first item. Further down the same words are about a block.
 */

export interface PageProperties {
  readonly title: string | undefined;
  readonly aliases: readonly string[];
}

/** Where a property stands, in offsets of the text: its line without the line break, and the value in it. */
export interface PropertyLine {
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const LINE = /^[ \t]{0,8}(?:[-*][ \t]+)?([\p{L}][\p{L}\p{N}_.-]{0,60})::(?:[ \t]+(.{0,1000}))?$/u;
/** More than a page has. */
const MOST_LINES = 100;

/** @param body what comes after the front matter, if there is any */
export function pageProperties(body: string): PageProperties {
  const values = new Map<string, string>();
  for (const { key, value } of propertyLines(body)) if (!values.has(key)) values.set(key, value);
  const title = unbracketed(values.get("title") ?? "");
  const aliases = [values.get("alias"), values.get("aliases")].flatMap((list) =>
    (list ?? "").split(",").map(unbracketed),
  );
  return { title: title === "" ? undefined : title, aliases: aliases.filter((alias) => alias !== "") };
}

/** In the order in which they stand. @param body without a byte order mark, with either line ends */
export function propertyLines(body: string): PropertyLine[] {
  const found: PropertyLine[] = [];
  let from = /^\s*/.exec(body)![0].length;
  // An indented line begins with its blanks.
  from = body.lastIndexOf("\n", from - 1) + 1;
  while (found.length < MOST_LINES && from < body.length) {
    const newline = body.indexOf("\n", from);
    const next = newline < 0 ? body.length : newline;
    const end = body[next - 1] === "\r" ? next - 1 : next;
    const match = end - from > 1_200 ? null : LINE.exec(body.slice(from, end));
    if (match === null) break;
    found.push({ key: match[1]!.toLowerCase(), value: (match[2] ?? "").trim(), start: from, end });
    from = next + 1;
  }
  return found;
}

function unbracketed(name: string): string {
  return name.replace(/^\s*(?:\[\[)?\s*|\s*(?:\]\])?\s*$/g, "");
}

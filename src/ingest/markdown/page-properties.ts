/**
 * The properties of a page as Logseq writes them: lines `key:: value` that the page begins with, before any other text,
 * perhaps as its first item. Further down the same words are about a block.
 */

export interface PageProperties {
  readonly title: string | undefined;
  readonly aliases: readonly string[];
}

const NONE: PageProperties = { title: undefined, aliases: [] };
const LINE = /^[ \t]{0,8}(?:[-*][ \t]+)?([\p{L}][\p{L}\p{N}_.-]{0,60})::(?:[ \t]+(.{0,1000}))?$/u;
/** More than a page has. */
const MOST_LINES = 100;

/** @param body what comes after the front matter, if there is any */
export function pageProperties(body: string): PageProperties {
  const values = new Map<string, string>();
  let from = /^\s*/.exec(body)![0].length;
  // An indented line begins with its blanks.
  from = body.lastIndexOf("\n", from - 1) + 1;
  for (let count = 0; count < MOST_LINES && from < body.length; count++) {
    const newline = body.indexOf("\n", from);
    const end = newline < 0 ? body.length : newline;
    const match = end - from > 1_200 ? null : LINE.exec(body.slice(from, end));
    if (match === null) break;
    const key = match[1]!.toLowerCase();
    if (!values.has(key)) values.set(key, (match[2] ?? "").trim());
    from = end + 1;
  }
  if (values.size === 0) return NONE;
  const title = unbracketed(values.get("title") ?? "");
  const aliases = [values.get("alias"), values.get("aliases")].flatMap((list) =>
    (list ?? "").split(",").map(unbracketed),
  );
  return { title: title === "" ? undefined : title, aliases: aliases.filter((alias) => alias !== "") };
}

function unbracketed(name: string): string {
  return name.replace(/^\s*(?:\[\[)?\s*|\s*(?:\]\])?\s*$/g, "");
}

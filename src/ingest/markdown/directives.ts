/**
 * Roles and directives, as MyST has them for Sphinx: `` {doc}`label <page>` ``, and fences whose name stands in braces.
 * To CommonMark the one is code, and so is all that stands in the other.
 */

/** The label, and the page: relative to the document, or from the root if it begins with `/`. */
export const ROLE = /\{doc\}`(?:([^`<>\n]{0,500})<([^`<>\n]{1,500})>|(?!\s)([^`<>\n]{1,500}))`/y;

export function mayHoldRoles(content: string): boolean {
  return content.includes("{doc}`");
}

const DIRECTIVE = /^\{([a-z][\w:-]*)\}[ \t]*(.*)$/;
/** Those that hold text; in others stands code, data or a drawing. */
const AROUND_TEXT = new Set(
  (
    "admonition attention caution danger error hint important note seealso tip warning todo topic sidebar margin " +
    "aside dropdown details epigraph highlights pull-quote figure list-table table card grid grid-item " +
    "grid-item-card tab-set tab-item versionadded versionchanged deprecated exercise solution proof theorem glossary"
  ).split(" "),
);
/** `:maxdepth: 2` */
const OPTION = /^\s*:[\w-]+:(?:\s|$)/;
/** Without blanks around it: sought here, a line full of them would be gone through for each. */
const ENTRY = /^(?:[^<>]*<([^<>]+)>|([^<>]+))$/;

/**
 * What a fence says to a reader, as inline markup on the same lines; undefined where it is code.
 *
 * @param info what stands behind the marks that open it
 * @param content the lines between those that open and close it
 */
export function textOfDirective(info: string, content: string): string | undefined {
  const [, name = "", argument = ""] = DIRECTIVE.exec(info.trim()) ?? [];
  if (name === "include") return `{!${argument.trim()}!}`;
  if (name === "toctree") return `\n${content.split("\n").map(roleOfEntry).join("\n")}`;
  return AROUND_TEXT.has(name) ? `${argument}\n${content}` : undefined;
}

/** A line of a table of contents. `self` is the page itself, and a pattern names no page alone. */
function roleOfEntry(line: string): string {
  const [, behindTitle, alone = ""] = ENTRY.exec(line.trim()) ?? [];
  const page = (behindTitle ?? alone).trim();
  const isNone = page === "" || page === "self" || OPTION.test(line) || /[*?`]|:\/\//.test(page);
  return isNone ? "" : `{doc}\`${page}\``;
}

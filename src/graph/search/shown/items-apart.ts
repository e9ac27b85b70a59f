/**
 * Lists and tables for one line, where the ends of their lines are gone: an item begins with a mark that stands in no
 * ordinary text, and a row is an item as well. In code, a hyphen or a bar is what it is.
 */

const MAY_HAVE_ITEMS = /^[ \t>]*(?:[-*+][ \t]|\|.*\|[ \t]*$|:?-+:?[ \t]*\|)/m;
const FENCE = /^[ \t>]*(?:[-*+][ \t]+)?(`{3,}|~{3,})/;
const QUOTE = /^[ \t]*(?:>[ \t]?)+/;
const ITEM = /^[ \t]*[-*+][ \t]+(?:\[([ xX])\](?=\s))?[ \t]*/;
const ROW = /^[ \t]*\|(.*)\|[ \t]*$/;
/** The line between the head of a table and its rows, which may have no bars at its ends, as the rows then. */
const RULE = /^[\s|:-]*-[\s|:-]*$/;
const OPEN_RULE = /^[ \t]*:?-+:?[ \t]*\|[\s|:-]*$/;

const BULLET = "•";

/** @param text a chunk, or a part of one */
export function itemsApart(text: string): string {
  if (!MAY_HAVE_ITEMS.test(text)) return text;
  let fence = "";
  let isInTable = false;
  const lines = text.split("\n").map((line) => {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === "" || mark.startsWith(fence))) fence = fence === "" ? mark : "";
    if (mark !== undefined || fence !== "") return line;
    const bare = line.replace(QUOTE, "");
    const isOpen = OPEN_RULE.test(bare) || (isInTable && bare.includes("|"));
    const cells = ROW.exec(bare)?.[1] ?? (isOpen ? bare : undefined);
    const wasInTable = isInTable;
    isInTable = cells !== undefined;
    if (cells !== undefined) return row(cells, wasInTable);
    const [item, box] = ITEM.exec(bare) ?? [];
    if (item === undefined || RULE.test(bare)) return line;
    const done = box === undefined ? BULLET : box === " " ? "☐" : "☑";
    return `${done} ${bare.slice(item.length)}`;
  });
  return lines.join("\n");
}

/** The head of a table needs no mark before it. */
function row(cells: string, isLater: boolean): string {
  if (RULE.test(cells)) return "";
  const shown = cells.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return `${isLater ? `${BULLET} ` : ""}${shown.join(" | ")}`;
}

/** One document for people: in a terminal with its name above it. In a pipe its text and nothing else. */

import type { DocumentText } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { escaped, manyLines, oneLine } from "./safe-text.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

/** The part of a document that is shown. */
export type ReadReport = Pick<DocumentText, "id" | "title" | "lines" | "text">;

export function renderRead(report: ReadReport, terminal: Terminal): string {
  const text = manyLines(report.text);
  if (!terminal.color && terminal.attached !== true) return text;
  const style = styleFor(terminal);
  const [first, last] = report.lines;
  const place =
    `${style.reference(escaped(report.id))} ` +
    `${style.aside(`(${formatNumberOf(last - first + 1, "line")})`)}`;
  return `${place}  ${style.title(oneLine(report.title))}\n\n${styleMarkdown(text, style)}`;
}

/** Headings stand out, code steps back; the text itself is not changed. */
function styleMarkdown(text: string, style: Style): string {
  let fence: string | undefined;
  return text
    .split("\n")
    .map((line) => {
      const [, marker, info] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
      const closes = fence !== undefined && marker?.startsWith(fence) === true && info?.trim() === "";
      const styled = fence !== undefined || marker !== undefined ? style.aside(line) : styleLine(line, style);
      if (closes) fence = undefined;
      else if (fence === undefined) fence = marker;
      return line === "" ? line : styled;
    })
    .join("\n");
}

function styleLine(line: string, style: Style): string {
  return /^ {0,3}#{1,6}(\s|$)/.test(line) ? style.title(line) : line;
}

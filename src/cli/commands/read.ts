/** `amalfa read`: print one document. */

import { Command } from "commander";
import { type DocumentText, loadReading } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { referenceArgument } from "../document-argument.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { manyLines, oneLine, shownId } from "../output/safe-text.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface ReadFlags extends FreshFlags {
  readonly lines?: string;
}

export function readCommand(): Command {
  const command = new Command("read")
    .description("print one document")
    .argument(
      "<id>",
      "its path, its id, an unambiguous ending of either, or its title or alias; " +
        "name.md:12 begins at line 12, name.md:12-14 are three lines, name.md#Heading is its section",
    )
    .option("--lines <range>", "only these lines, such as 12, 3-9 or 40-");
  addRefreshOption(command).action(async (id: string, flags: ReadFlags) =>
    run(id, flags, invocationOf(command)),
  );
  return addHelp(command, {
    examples: [
      "amalfa read docs/architecture.md",
      "amalfa read architecture.md --lines 1-20",
      "amalfa read docs/architecture.md:1-3",
    ],
    exits: ["busy"],
  });
}

async function run(id: string, { lines, refresh }: ReadFlags, invocation: Invocation): Promise<void> {
  const [opened, { parseLineRange }] = await Promise.all([openedProject(invocation), loadReading()]);
  await using project = opened;
  const range = lines === undefined ? {} : { lines: parseLineRange(lines) };
  const wanted = referenceArgument(project.project, id);
  const result = { ok: true, ...(await project.read(wanted, { ...range, refresh })) };
  await printReport(invocation, result, renderRead);
  sayFreshness(invocation, result);
}

/* One document for people: in a terminal with its name above it. In a pipe its text and nothing else. */

/** The part of a document that is shown. */
type ReadReport = Pick<DocumentText, "id" | "title" | "lines" | "text">;

export function renderRead(report: ReadReport, terminal: Terminal): string {
  const text = manyLines(report.text);
  if (!terminal.color && terminal.attached !== true) return text;
  const style = styleFor(terminal);
  const [first, last] = report.lines;
  const place =
    `${style.reference(shownId(report.id))} ` +
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

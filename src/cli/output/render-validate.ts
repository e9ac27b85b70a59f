/** What `validate` found, for people: a line for each problem, as compilers write them. */
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped, oneLine } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import { wrapHanging } from "./table.ts";
import { lineLimit, type Terminal } from "./terminal.ts";

/** The result of `validate`. */
export interface ValidateReport {
  readonly root: string;
  readonly documents: number;
  readonly graph: "compared" | "none" | "unreadable";
  readonly links: { readonly unresolved: number; readonly elsewhere: number };
  readonly summary: { readonly errors: number; readonly warnings: number };
  readonly problems: readonly {
    readonly severity: "error" | "warning";
    readonly code: string;
    readonly path: string | null;
    readonly line: number | null;
    readonly message: string;
  }[];
}

/** Warnings that are shown; errors are always shown. */
const MAX_WARNINGS = 50;

export function renderValidate(report: ValidateReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { errors, warnings } = report.summary;
  const lines = report.problems.slice(0, errors + MAX_WARNINGS).flatMap((problem) => {
    const place = [problem.path, problem.line].filter((part) => part !== null).join(":") || report.root;
    const severity = problem.severity === "error" ? style.bad("error") : style.warning("warning");
    const line =
      `${style.reference(escaped(place))}  ${severity}  ` +
      `${oneLine(problem.message)}  ${style.aside(problem.code)}`;
    return wrapHanging(line, lineLimit(terminal));
  });
  if (warnings > MAX_WARNINGS) {
    lines.push(
      style.aside(`and ${formatCount(warnings - MAX_WARNINGS)} more warnings; --json lists them all`),
    );
  }
  const counts =
    `${formatNumberOf(errors, "error")}, ${formatNumberOf(warnings, "warning")} ` +
    `in ${formatNumberOf(report.documents, "document")}`;
  const verdict = errors > 0 ? style.bad(counts) : warnings > 0 ? style.warning(counts) : style.good(counts);
  const end = [
    verdict,
    ...unresolved(report).flatMap((line) => wrapHanging(style.aside(line), lineLimit(terminal))),
  ];
  return [...lines, ...(lines.length > 0 ? [""] : []), ...end].join("\n");
}

/** The number that `init` and `stats` say as well, and how much of it is no problem. */
function unresolved({ links }: ValidateReport): string[] {
  if (links.unresolved === 0) return [];
  const elsewhere =
    links.elsewhere === 0 ? "" : `; ${formatCount(links.elsewhere)} of them lead to a folder or a block`;
  const count = formatNumberOf(links.unresolved, "unresolved link");
  return [`${count} in all documents, as init and stats count them${elsewhere}`];
}

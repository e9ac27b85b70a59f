/** What `validate` found, for people: a line for each problem, as compilers write them. */

import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { relativePathOf } from "../../ingest/markdown/index.ts";
import { DEFAULT_SEVERITIES, VALIDATION_RULES } from "../../project/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped, escapedAsInJson, oneLine } from "./safe-text.ts";
import { wrapHanging } from "./table.ts";
import { lineLimit, styleFor, type Terminal } from "./terminal.ts";

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

/*
 * What `validate` found, for platforms that show it beside the code: in the Static Analysis Results Interchange Format,
 * version 2.1.0 of OASIS, as code scanning reads it, and as annotations of GitHub Actions.
 */

const ROOT = "SRCROOT";

export function renderSarif({ root, problems }: ValidateReport): string {
  const top = repositoryOf(root);
  const ids = [...new Set([...VALIDATION_RULES, ...problems.map(({ code }) => code)])];
  const defaults: Readonly<Record<string, string>> = DEFAULT_SEVERITIES;
  const rules = ids.map((id) => ({
    id,
    defaultConfiguration: { level: defaults[id] === "warning" ? "warning" : "error" },
  }));
  const results = problems.map(({ severity, code, path, line, message }) => {
    const file = pathFrom(top, root, path);
    const text = file === undefined && path !== null ? `${path}: ${message}` : message;
    return {
      ruleId: code,
      ruleIndex: ids.indexOf(code),
      level: severity,
      message: { text: text.toWellFormed() },
      locations: file === undefined ? [] : [locationOf(file, line)],
      // The line moves with every edit above it, the problem does not.
      partialFingerprints: { "problem/v1": fingerprint([code, path ?? "", message]) },
    };
  });
  const sarif = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "amalfa", version: packageJson.version, rules } },
        originalUriBaseIds: { [ROOT]: { uri: `${Bun.pathToFileURL(top).href.replace(/\/$/, "")}/` } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
  return escapedAsInJson(JSON.stringify(sarif, undefined, 2));
}

function locationOf(file: string, line: number | null) {
  const uri = file
    .split("/")
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
  const artifactLocation = { uri, uriBaseId: ROOT };
  return {
    physicalLocation: { artifactLocation, ...(line === null ? {} : { region: { startLine: line } }) },
  };
}

function fingerprint(parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(parts.join("\0")).digest("hex").slice(0, 32);
}

/* Where a problem lies, as the platforms count: from the top of the repository. */

/** The folder that has `.git`, or the project root. */
function repositoryOf(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return root;
  }
}

/** The path of a document or a source, `/` between its segments; undefined for what is about no file there. */
function pathFrom(top: string, root: string, path: string | null): string | undefined {
  if (path === null) return undefined;
  const absolute = isAbsolute(path) ? path : join(root, relativePathOf(path));
  const way = relative(top, absolute).split(sep).join("/");
  return way === "" || way.startsWith("../") ? undefined : way;
}

/** As commands of GitHub's workflows, which shows them beside the lines of a change. */
export function renderAnnotations({ root, problems }: ValidateReport): string {
  const top = repositoryOf(root);
  return problems
    .map(({ severity, code, path, line, message }) => {
      const file = pathFrom(top, root, path);
      const place = [
        ...(file === undefined ? [] : [`file=${property(file)}`]),
        ...(file === undefined || line === null ? [] : [`line=${line}`]),
        `title=${property(code)}`,
      ].join(",");
      return `::${severity} ${place}::${data(file === undefined && path !== null ? `${path}: ${message}` : message)}`;
    })
    .join("\n");
}

/**
 * As GitHub's own toolkit escapes them: nothing in a name or a message can begin another command. Whoever tries the
 * command in a terminal must not have a name steer that, so other characters that are not printed are escaped as well.
 */
function data(text: string): string {
  const lines = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return escaped(lines);
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

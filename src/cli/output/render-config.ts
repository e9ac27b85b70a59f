/** The settings that hold, and what became of old ones, for people. */
import { relative } from "node:path";
import type { MigrationPlan, SettingInForce, SettingsInForce } from "../../project/index.ts";
import { isBelow } from "../../system/files/index.ts";
import { escaped, escapedLines } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

export function renderSettings(
  report: SettingsInForce & { readonly root: string },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const { root, settings, ignored, environment } = report;
  const rows = settings.map((setting) => [setting.key, shown(setting.value), originOf(setting, root)]);
  const file = report.file === null ? "" : relative(root, report.file);
  const place = (line: number | null): string => (line === null ? file : `${file}:${line}`);
  return [
    ...table(rows, style),
    ...(ignored.length === 0
      ? []
      : [
          "",
          style.title("of an earlier version, without effect"),
          ...table(
            ignored.map(({ key, line }) => [key, escaped(place(line))]),
            style,
          ),
        ]),
    ...(environment.length === 0
      ? []
      : [
          "",
          style.title("environment"),
          ...table(
            environment.map(({ name, value, what }) => [
              name,
              value === null ? "(hidden)" : escaped(value),
              what,
            ]),
            style,
          ),
        ]),
  ].join("\n");
}

function table(rows: readonly (readonly string[])[], style: Style): string[] {
  return renderTable([{}, {}, { style: style.aside }], rows, Number.POSITIVE_INFINITY);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return escaped(typeof value === "string" ? value : JSON.stringify(value));
}

function originOf({ from, file, line, variable, written, key }: SettingInForce, root: string): string {
  const instead = written === undefined ? "" : `, which says ${shown(written)}`;
  switch (from) {
    case "file": {
      const name = escaped(placeFrom(root, file ?? ""));
      return `${line === null ? name : `${name}:${line}`}${instead}`;
    }
    case "environment":
      return `environment ${variable ?? ""}`;
    case "flag":
      return `--${key}`;
    case "default":
      return "default";
  }
}

/** The settings of the user lie elsewhere. */
function placeFrom(root: string, file: string): string {
  return isBelow(root, file) ? relative(root, file) : file;
}

export function renderMigration(
  plan: MigrationPlan & { readonly root: string; readonly dryRun: boolean },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const { from, to, changes, content, dryRun, holdsAtOnce, root } = plan;
  if (from === null) return `${escaped(root)} has no settings file: there is nothing to move over`;
  if (to === null) return `${escaped(from)} is current: there is nothing to move over`;
  const lines = changes.map(({ key, what }) => `  ${escaped(key)}: ${escaped(what)}`);
  const old = escaped(relative(root, from));
  const name = escaped(relative(root, to));
  if (dryRun) return [`${name} would be`, ...lines, "", escapedLines(content ?? "").trimEnd()].join("\n");
  const next = holdsAtOnce
    ? `It holds from now on. ${old} is as it was, and nothing reads it any more; delete it when you like.`
    : `${old} is as it was and still holds. Look at the new file, then put it in its place: mv ${name} ${old}`;
  return [style.good(`${name} was written`), ...lines, style.aside(next)].join("\n");
}

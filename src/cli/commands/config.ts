/** `amalfa config`: the settings that hold, and a current file out of an earlier one. */

import { relative } from "node:path";
import { Command } from "commander";
import {
  loadConfigOverview,
  type MigrationPlan,
  type SettingInForce,
  type SettingsInForce,
} from "../../project/index.ts";
import { isBelow } from "../../system/files/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, escapedLines } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";

interface MigrateFlags {
  readonly dryRun?: boolean;
}

export function configCommand(): Command {
  const command = new Command("config").description(
    "show which settings are in force, and move those of an earlier version over",
  );
  const show = command
    .command("show")
    .description("print every setting that is in force and where it comes from, such as a line of a file");
  show.action(async () => showSettings(invocationOf(show)));
  addHelp(show, { examples: ["amalfa config show", "amalfa config show --json"] });
  const migrate = command
    .command("migrate")
    .description("write a current settings file beside one of an earlier version, which stays as it is")
    .option("--dry-run", "show what would be written, and write nothing");
  migrate.action(async (flags: MigrateFlags) => migrateSettings(flags, invocationOf(migrate)));
  addHelp(migrate, { examples: ["amalfa config migrate --dry-run", "amalfa config migrate"] });
  return addHelp(command, { examples: ["amalfa config show"] });
}

async function showSettings(invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { settingsInForce } = await loadConfigOverview();
  const { root } = project;
  const found = await settingsInForce(project, { rootFlag: invocation.root, env: process.env });
  await printReport(invocation, { ok: true, root, ...found }, renderSettings);
}

async function migrateSettings({ dryRun = false }: MigrateFlags, invocation: Invocation): Promise<void> {
  const project = await projectOf({ ...invocation, quiet: true });
  const { planMigration, migrate } = await loadConfigOverview();
  const plan = await planMigration(project);
  if (!dryRun) migrate(plan);
  const result = { ok: true, root: project.root, dryRun, ...plan };
  await printReport(invocation, result, renderMigration);
}

/* The settings that hold, and what became of old ones, for people. */

function renderSettings(report: SettingsInForce & { readonly root: string }, terminal: Terminal): string {
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

function renderMigration(
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

/** `amalfa config`: the settings that hold, and a current file out of an earlier one. */

import { Command } from "commander";
import { loadConfigOverview } from "../../project/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

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
  await printReport(invocation, { ok: true, root, ...found }, async (report, terminal) =>
    (await import("../output/render-config.ts")).renderSettings(report, terminal),
  );
}

async function migrateSettings({ dryRun = false }: MigrateFlags, invocation: Invocation): Promise<void> {
  const project = await projectOf({ ...invocation, quiet: true });
  const { planMigration, migrate } = await loadConfigOverview();
  const plan = await planMigration(project);
  if (!dryRun) migrate(plan);
  const result = { ok: true, root: project.root, dryRun, ...plan };
  await printReport(invocation, result, async (report, terminal) =>
    (await import("../output/render-config.ts")).renderMigration(report, terminal),
  );
}

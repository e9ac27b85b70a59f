/** `amalfa doctor`: what is wrong, what to do about it, and with --fix the doing of it. */
import { Command } from "commander";
import { loadDoctor } from "../../maintenance/doctor/index.ts";
import { EXIT } from "../../system/index.ts";
import { parseSeconds } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, startingPoint, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface DoctorFlags {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly check?: readonly string[];
  readonly deep?: boolean;
  readonly listChecks?: boolean;
  readonly timeout?: number;
  readonly strict?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("find what is wrong, say what to do about it, and mend what can be mended without harm")
    .option("--fix", "mend what can be mended; stops no service, deletes no document")
    .option("--dry-run", "say what --fix would do, change nothing")
    .option("--check <ids...>", "run these checks only")
    .option("--deep", "look at everything, up to a minute a check, and compute a sample of vectors again")
    .option("--timeout <seconds>", "how long each check may take; 20, with --deep 60", parseSeconds)
    .option("--strict", "end with status 1 also if a check could not be finished in time")
    .option("--list-checks", "list the checks and what --fix does for each")
    .action(async (flags: DoctorFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa doctor", "amalfa doctor --fix", "amalfa doctor --check db.lock db.wal --json"],
    exits: ["interrupted"],
  });
}

async function run(flags: DoctorFlags, invocation: Invocation): Promise<void> {
  if (flags.listChecks === true) return list(invocation);
  const { runDoctor } = await loadDoctor();
  const report = await runDoctor({
    root: invocation.root,
    cwd: startingPoint(invocation.root),
    mode: flags.dryRun === true ? "plan" : flags.fix === true ? "repair" : "look",
    deep: flags.deep === true,
    checks: flags.check,
    deadlineMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    strict: flags.strict === true,
    remoteCache: invocation.remoteCache ? undefined : "off",
    onPlan: (steps) => {
      const lines = steps.map(({ check, subject, action }) => `  ${check}: ${action} (${subject})`);
      if (!invocation.json) warn(invocation, `the plan:\n${lines.join("\n")}`);
    },
  });
  await printReport(invocation, report, async (done, terminal) =>
    (await import("../output/render-doctor.ts")).renderDoctor(done, terminal, {
      verbose: invocation.verbose,
      quiet: invocation.quiet,
    }),
  );
  if (!report.ok) process.exitCode = EXIT.failed;
}

async function list(invocation: Invocation): Promise<void> {
  const { loadChecks } = await import("../../maintenance/doctor/checks/index.ts");
  const checks = (await loadChecks()).map(({ id, title, group, fix }) => ({
    id,
    title,
    group,
    fix: fix ?? null,
  }));
  await printReport(invocation, { ok: true, checks }, async (listed, terminal) =>
    (await import("../output/render-doctor.ts")).renderCheckList(listed.checks, terminal),
  );
}

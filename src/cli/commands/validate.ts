/** `amalfa validate`: a gate for CI. */

import { Command } from "commander";
import { loadValidation } from "../../knowledge/index.ts";
import { EXIT } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface ValidateFlags {
  readonly strict?: boolean;
}

export function validateCommand(): Command {
  const command = new Command("validate")
    .description(
      "check the markdown: what cannot be read, links that lead nowhere; needs no graph and no network",
    )
    .option("--strict", "end with status 1 on warnings as well")
    .action(async (flags: ValidateFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa validate", "amalfa validate --strict --json"],
    exits: ["interrupted"],
  });
}

async function run({ strict }: ValidateFlags, invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { validate } = await loadValidation();
  const report = validate(project);
  const { errors, warnings } = report.summary;
  const ok = errors === 0 && (strict !== true || warnings === 0);
  await printReport(invocation, { ok, ...report }, async (found, terminal) =>
    (await import("../output/render-validate.ts")).renderValidate(found, terminal),
  );
  if (!ok) process.exitCode = EXIT.failed;
}

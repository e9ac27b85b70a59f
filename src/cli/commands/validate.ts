/** `amalfa validate`: a gate for CI. */

import { Command, Option } from "commander";
import { loadValidation } from "../../knowledge/index.ts";
import { EXIT } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface ValidateFlags {
  readonly strict?: boolean;
  readonly since?: string;
  readonly format: "text" | "sarif" | "github";
}

export function validateCommand(): Command {
  const command = new Command("validate")
    .description(
      "check the markdown: what cannot be read, links that lead nowhere; needs no graph and no network",
    )
    .option("--strict", "end with status 1 on warnings as well")
    .option("--since <rev>", "judge only what has changed since this commit, and what that broke elsewhere")
    .addOption(
      new Option("--format <format>", "text, SARIF for code scanning, or annotations of GitHub's workflows")
        .choices(["text", "sarif", "github"])
        .default("text"),
    )
    .action(async (flags: ValidateFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: [
      "amalfa validate",
      "amalfa validate --strict --json",
      "amalfa validate --since origin/main --format github",
    ],
    exits: ["interrupted"],
  });
}

async function run({ strict, since, format }: ValidateFlags, invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { validate } = await loadValidation();
  const report = validate(project, since === undefined ? {} : { since });
  const { errors, warnings } = report.summary;
  const ok = errors === 0 && (strict !== true || warnings === 0);
  // A format is asked for by those who read nothing else.
  const output = format === "text" ? invocation : { ...invocation, json: false };
  await printReport(output, { ok, ...report }, async (found, terminal) => {
    if (format === "sarif") return (await import("../output/render-validate.ts")).renderSarif(found);
    if (format === "github") return (await import("../output/render-validate.ts")).renderAnnotations(found);
    return (await import("../output/render-validate.ts")).renderValidate(found, terminal);
  });
  if (!ok) process.exitCode = EXIT.failed;
}

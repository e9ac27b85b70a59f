/** `amalfa init`: bring the graph up to date with the files. */
import { Command } from "commander";
import { EXIT } from "../../errors.ts";
import { parseSeconds } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { warnOfInterruptedResets } from "../interrupted-reset.ts";
import { type Invocation, interruptSignal, invocationOf, projectOf, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface InitFlags {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly wait: number;
}

export function initCommand(): Command {
  const command = new Command("init")
    .description("bring the graph up to date with the markdown")
    .option("--force", "read and chunk every file again, whatever its time and content")
    .option("--dry-run", "say what would be done, write nothing")
    .option("--allow-empty", "go on although a source is missing or most documents are gone")
    .option("--wait <seconds>", "how long to wait for another command that is at work", parseSeconds, 10)
    .action(async (flags: InitFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa init", "amalfa init --dry-run --json"],
    exits: ["partial", "busy", "interrupted"],
  });
}

async function run(flags: InitFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  const project = await projectOf(invocation);
  warnOfInterruptedResets(invocation, project.root);
  const [{ init }, { embedderOf }, { ingestProgress }, { describeHolder }] = await Promise.all([
    import("../../maintenance/init.ts"),
    import("../embedder-of.ts"),
    import("../output/ingest-progress.ts"),
    import("../../maintenance/lock.ts"),
  ]);
  using progress = ingestProgress(invocation);
  await using embedder = embedderOf(project, invocation, { ingest: "init" });
  const report = await init({
    project,
    embedder,
    force: flags.force === true,
    allowEmpty: flags.allowEmpty === true,
    dryRun: flags.dryRun === true,
    waitSeconds: flags.wait,
    signal: interruptSignal(),
    onProgress: progress.update,
    onWait: (holder) => warn(invocation, `waiting for ${describeHolder(holder)} to finish`),
  });
  progress.stop();
  const failures = report.documents.failed.length;
  const result = {
    ok: failures === 0,
    command: "init" as const,
    root: project.root,
    dryRun: flags.dryRun === true,
    ...report,
    durationMs: Math.round(performance.now() - started),
  };
  await printReport(invocation, result, async (done, terminal) =>
    (await import("../output/render-ingest.ts")).renderIngest(done, terminal),
  );
  if (failures > 0) process.exitCode = EXIT.partial;
}

/** `amalfa rebuild`: tier 2, the graph again from the markdown, with the vectors that are there. */
import { Command } from "commander";
import { EXIT } from "../../errors.ts";
import type { RebuildOptions, RebuildReport } from "../../maintenance/rebuild.ts";
import { parseSeconds } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { warnOfInterruptedResets } from "../interrupted-reset.ts";
import { type Invocation, interruptSignal, invocationOf, projectOf, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface RebuildFlags {
  readonly dryRun?: boolean;
  /** False with --no-cache. */
  readonly cache: boolean;
  readonly allowEmpty?: boolean;
  readonly wait: number;
}

export function rebuildCommand(): Command {
  const command = new Command("rebuild")
    .description("build the graph again from the markdown; unchanged text costs no inference")
    .option("--dry-run", "say what would be done, write nothing")
    .option("--no-cache", "compute every vector again and replace the cached ones")
    .option("--allow-empty", "go on although a source is missing or most documents are gone")
    .option("--wait <seconds>", "how long to wait for another command that is at work", parseSeconds, 10)
    .action(async (flags: RebuildFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa rebuild", "amalfa rebuild --dry-run --json", "amalfa rebuild --no-cache"],
    exits: ["partial", "busy", "interrupted"],
  });
}

async function run(flags: RebuildFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  const project = await projectOf(invocation);
  warnOfInterruptedResets(invocation, project.root);
  const dryRun = flags.dryRun === true;
  const report = await work(flags, invocation, { project, dryRun });
  const failures = report.documents.failed.length;
  const result = {
    ok: failures === 0,
    command: "rebuild" as const,
    root: project.root,
    dryRun,
    ...report,
    durationMs: Math.round(performance.now() - started),
  };
  await printReport(invocation, result, async (done, terminal) =>
    (await import("../output/render-ingest.ts")).renderIngest(done, terminal),
  );
  if (failures > 0) process.exitCode = EXIT.partial;
}

async function work(
  flags: RebuildFlags,
  invocation: Invocation,
  subject: Pick<RebuildOptions, "project" | "dryRun">,
): Promise<RebuildReport> {
  const [{ rebuild }, { embedderOf }, { ingestProgress }, { describeHolder }] = await Promise.all([
    import("../../maintenance/rebuild.ts"),
    import("../embedder-of.ts"),
    import("../output/ingest-progress.ts"),
    import("../../maintenance/lock.ts"),
  ]);
  using progress = ingestProgress(invocation);
  await using embedder = embedderOf(subject.project, invocation, {
    refresh: flags.cache ? "reuse" : "recompute",
    ingest: "rebuild",
  });
  return await rebuild({
    ...subject,
    embedder,
    allowEmpty: flags.allowEmpty === true,
    waitSeconds: flags.wait,
    signal: interruptSignal(),
    onProgress: progress.update,
    onWait: (holder) => warn(invocation, `waiting for ${describeHolder(holder)} to finish`),
    onWarning: (message) => warn(invocation, message),
  });
}

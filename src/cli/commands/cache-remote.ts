/** The subcommands of `amalfa cache` that are about a remote vector cache. */

import { Command } from "commander";
import { loadRemoteCare, loadVerification, type RemotePruneReport } from "../../maintenance/cache/index.ts";
import { type Project, requireModel } from "../../project/index.ts";
import { AmalfaError, type ErrorCode, EXIT, formatCount, formatNumberOf } from "../../system/index.ts";
import { parseCacheAge, wholeNumber } from "../arguments.ts";
import { addHelp, type CommandHelp } from "../help.ts";
import { heldProjectOf, type Invocation, interruptSignal, invocationOf, warn } from "../invocation.ts";
import type { RemoteStatistics, VerifiedSample } from "../output/render-cache.ts";
import { printReport } from "../output/result.ts";

/* What the subcommands of `amalfa cache` have in common. */

/** A subcommand: its name and description, its options, its help and what it does. */
export function subcommand<Flags>(
  [name, description]: readonly [string, string],
  help: CommandHelp,
  options: (command: Command) => void,
  run: (project: Project, invocation: Invocation, flags: Flags, argument: string) => Promise<void>,
): Command {
  const command = new Command(name).description(description);
  options(command);
  command.action(async (...given: unknown[]) => {
    const argument = typeof given[0] === "string" ? given[0] : "";
    const invocation = invocationOf(command);
    await run(await heldProjectOf(invocation), invocation, command.opts() as Flags, argument);
  });
  return addHelp(command, { exits: ["busy"], ...help });
}

export function usage(message: string, code: ErrorCode = "usage", hint?: string): AmalfaError {
  return new AmalfaError(code, message, { exit: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}

export const REMOTE_COMMANDS: readonly (() => Command)[] = [pushOf, pullOf, remoteOf];

/** What is known of the remote; nothing where none is named. */
export async function remotePart(project: Project): Promise<{ readonly remote?: RemoteStatistics }> {
  const { countRemoteRows, reportOnRemote } = await loadRemoteCare();
  const remote = await reportOnRemote(project);
  if (remote === undefined) return {};
  const entries = remote.state === "used" ? await countRemoteRows(project) : null;
  return { remote: { ...remote, entries } };
}

interface TransferFlags {
  readonly dryRun?: boolean;
  readonly verify?: number;
}

function addTransferOptions(command: Command): Command {
  return command
    .option("--dry-run", "say what would be done, change nothing")
    .option(
      "--verify <n>",
      "embed this many of the vectors again and compare them",
      wholeNumber(1, 10_000_000),
    );
}

function pushOf(): Command {
  return subcommand<TransferFlags>(
    ["push", "send the remote vector cache the vectors of this project that it lacks"],
    {
      examples: ["amalfa cache push --dry-run", "amalfa cache push --verify 20"],
      exits: ["busy", "interrupted"],
    },
    addTransferOptions,
    async (project, invocation, { dryRun, verify }) => {
      const { pushToRemote } = await loadRemoteCare();
      const signal = interruptSignal();
      const verified = await verifiedSample(project, verify, signal);
      if (verified.mismatches > 0) {
        const { compared, mismatches } = verified;
        throw new AmalfaError(
          "remote.mismatch",
          `${mismatches} of ${compared} vectors of the cache are not the model's.`,
        );
      }
      const onNotice = (message: string) => warn(invocation, message);
      const { report, ...done } = await pushToRemote(project, { dryRun: dryRun === true, onNotice, signal });
      const result = { ok: true, command: "push" as const, ...done, ...report, verified };
      await printReport(invocation, result, async (pushed, terminal) =>
        (await import("../output/render-cache.ts")).renderPush(pushed, terminal),
      );
    },
  );
}

function pullOf(): Command {
  return subcommand<TransferFlags>(
    ["pull", "fetch new packs of vectors from a bucket or web server"],
    { examples: ["amalfa cache pull", "amalfa cache pull --verify 20"], exits: ["busy", "interrupted"] },
    addTransferOptions,
    async (project, invocation, { dryRun, verify }) => {
      const { pullFromRemote } = await loadRemoteCare();
      const signal = interruptSignal();
      const { report, ...done } = await pullFromRemote(project, { dryRun: dryRun === true, signal });
      const verified = await verifiedSample(project, verify, signal);
      const result = {
        ok: verified.mismatches === 0,
        command: "pull" as const,
        ...done,
        ...report,
        verified,
      };
      await printReport(invocation, result, async (pulled, terminal) =>
        (await import("../output/render-cache.ts")).renderPull(pulled, terminal),
      );
      if (!result.ok) process.exitCode = EXIT.failed;
    },
  );
}

/** Vectors whose text is in the project, embedded again; none where none is asked for. */
async function verifiedSample(
  project: Project,
  sample: number | undefined,
  signal: AbortSignal,
): Promise<VerifiedSample> {
  if (sample === undefined) return { compared: 0, mismatches: 0 };
  const { verifyCache } = await loadVerification();
  const { startWorkers } = await import("../../composition.ts");
  const model = requireModel(project.settings.model);
  const startBackend = () => startWorkers(project, model);
  const report = await verifyCache({ project, model, sample, startBackend, signal });
  return { compared: report.compared, mismatches: report.mismatches.length };
}

function remoteOf(): Command {
  const command = new Command("remote").description("the remote vector cache, which several machines share");
  command.addCommand(remotePruneOf());
  return addHelp(command, { examples: ["amalfa cache remote prune --older-than 90d --dry-run"] });
}

interface RemotePruneFlags {
  readonly olderThan: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

function questionOf({ removed, rows, url }: RemotePruneReport): string {
  return `Remove ${formatNumberOf(removed, "vector")} of ${formatCount(rows)} from ${url}, for everybody who uses it?`;
}

function remotePruneOf(): Command {
  return subcommand<RemotePruneFlags>(
    ["prune", "remove vectors that nobody has asked for in a long time, for everybody who shares the cache"],
    { examples: ["amalfa cache remote prune --older-than 90d --dry-run"], exits: ["interrupted"] },
    (command) =>
      command
        .requiredOption("--older-than <age>", "rows unused for longer than this, such as 90d", parseCacheAge)
        .option("--dry-run", "say what would be removed, change nothing")
        .option("-y, --yes", "do not ask first in a terminal"),
    async (project, invocation, { olderThan: olderThanMs, dryRun, yes }) => {
      const [{ pruneRemote }, { askForYes, canAsk }] = await Promise.all([
        loadRemoteCare(),
        import("../output/prompt.ts"),
      ]);
      const prune = (isDry: boolean) => pruneRemote(project, { olderThanMs, dryRun: isDry });
      // A script has said what it wants; somebody at a terminal may have had another address in mind.
      const asks = dryRun !== true && yes !== true && canAsk();
      const plan = asks ? await prune(true) : undefined;
      const declined = plan !== undefined && plan.removed > 0 && !(await askForYes(questionOf(plan)));
      const report = plan !== undefined && declined ? { ...plan, removed: 0 } : await prune(dryRun === true);
      const result = {
        ok: true,
        command: "remote prune" as const,
        declined,
        ...report,
        dryRun: dryRun === true,
      };
      await printReport(invocation, result, async (done, terminal) =>
        (await import("../output/render-cache.ts")).renderRemotePrune(done, terminal),
      );
    },
  );
}

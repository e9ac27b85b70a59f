/** `amalfa cache`: looking into the vector cache, trimming it, and carrying it elsewhere. */

import { Command } from "commander";
import type { PruneReport } from "../../maintenance/cache/index.ts";
import { loadExportPlace, loadPruning, loadVerification } from "../../maintenance/cache/index.ts";
import { findModel, type Project, requireModel, withPendingNote } from "../../project/index.ts";
import { AmalfaError, EXIT } from "../../system/index.ts";
import { parseCacheAge, parseCacheSize, wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, placeNamed, warn } from "../invocation.ts";
import { printerOf } from "../output/result.ts";
import { REMOTE_COMMANDS, remotePart, subcommand, usage } from "./cache-remote.ts";

export function cacheCommand(): Command {
  const command = new Command("cache").description(
    "the vector cache: figures, checks, trimming, export and import",
  );
  for (const add of [statsOf, verifyOf, pruneOf, clearOf, exportOf, importOf, compactOf, ...REMOTE_COMMANDS])
    command.addCommand(add());
  return addHelp(command, {
    examples: ["amalfa cache stats", "amalfa cache prune --older-than 90d --dry-run"],
    exits: ["busy"],
  });
}

const print = printerOf(() => import("../output/render-cache.ts"));

function statsOf(): Command {
  return subcommand(
    ["stats", "what it holds, by model and by age, and how useful it was"],
    { examples: ["amalfa cache stats", "amalfa cache stats --json"] },
    () => {},
    async (project, invocation) => {
      const [{ readCacheReport }, { countOrphans, isSharedCache }] = await Promise.all([
        import("../../embedding/cache/index.ts").then(({ loadReport }) => loadReport()),
        loadPruning(),
      ]);
      const path = project.paths.vectorCache;
      const report = readCacheReport(path);
      const { maxBytes, maxAgeMs } = project.settings.cache;
      const result = {
        ok: true,
        path,
        shared: isSharedCache(project.paths),
        ...report,
        maxBytes,
        maxAgeMs: maxAgeMs ?? null,
        orphans: report.entries === 0 ? 0 : countOrphans(project),
        ...(await remotePart(project)),
      };
      await print(invocation, result, ({ renderCacheStats }) => renderCacheStats);
    },
  );
}

interface VerifyFlags {
  readonly sample?: number;
  readonly all?: boolean;
}

const USUAL_SAMPLE = 100;

function verifyOf(): Command {
  return subcommand<VerifyFlags>(
    ["verify", "embed cached texts again and compare; exits 1 when something is wrong"],
    {
      examples: ["amalfa cache verify", "amalfa cache verify --sample 500", "amalfa cache verify --all"],
      exits: ["busy", "interrupted"],
    },
    (command) =>
      command
        .option(
          "--sample <n>",
          `how many vectors to compare (default: ${USUAL_SAMPLE})`,
          wholeNumber(1, 10_000_000),
        )
        .option("--all", "compare every vector whose text is in the project"),
    async (project, invocation, { sample, all }) => {
      if (all === true && sample !== undefined) throw usage("--all and --sample cannot be given together.");
      const { verifyCache } = await loadVerification();
      const { startWorkers } = await import("../../composition.ts");
      const model = requireModel(project.settings.model);
      const report = await verifyCache({
        project,
        model,
        sample: all === true ? "all" : (sample ?? USUAL_SAMPLE),
        startBackend: () => startWorkers(project, model, "looking"),
        signal: interruptSignal(),
      });
      const ok = report.mismatches.length === 0 && report.malformed === 0;
      const result = { ok, path: project.paths.vectorCache, model: model.id, ...report };
      await print(invocation, result, ({ renderCacheVerify }) => renderCacheVerify);
      if (!ok) process.exitCode = EXIT.failed;
    },
  );
}

interface PruneFlags {
  readonly maxBytes?: number;
  readonly olderThan?: number;
  readonly model?: string;
  readonly orphans?: boolean;
  readonly dryRun?: boolean;
}

function pruneOf(): Command {
  return subcommand<PruneFlags>(
    [
      "prune",
      "remove the vectors that fit all of these options; without options, those beyond the limits of the settings",
    ],
    {
      examples: [
        "amalfa cache prune --older-than 90d --dry-run",
        "amalfa cache prune --max-bytes 256MiB",
        "amalfa cache prune --orphans",
      ],
    },
    (command) =>
      command
        .option(
          "--max-bytes <size>",
          "only as many as bring the cache down to this size, such as 256MiB",
          parseCacheSize,
        )
        .option("--older-than <age>", "only rows unused for longer than this, such as 90d", parseCacheAge)
        .option("--model <id>", "only rows of this model")
        .option("--orphans", "only rows that no chunk of the graph needs")
        .option("--dry-run", "say what would be removed, change nothing"),
    async (project, invocation, flags) => {
      const { pruneCache, refuseAnothersCache } = await loadPruning();
      refuseAnothersCache(project.paths);
      const choice = { ...flags, olderThanMs: flags.olderThan };
      const report = pruneCache(project, choice, { dryRun: flags.dryRun === true });
      const result = { ok: true, command: "prune" as const, path: project.paths.vectorCache, ...report };
      await print(invocation, result, ({ renderCacheRemoval }) => renderCacheRemoval);
    },
  );
}

interface ClearFlags {
  readonly model?: string;
  readonly yes?: boolean;
}

function clearOf(): Command {
  return subcommand<ClearFlags>(
    ["clear", "remove all rows, or those of one model, after asking"],
    {
      examples: ["amalfa cache clear", "amalfa cache clear --model all-MiniLM-L6-v2-128 --yes"],
      exits: ["busy", "interrupted"],
    },
    (command) => command.option("--model <id>", "only rows of this model").option("-y, --yes", "do not ask"),
    async (project, invocation, { model, yes }) => {
      const [
        { clearCache, isSharedCache, planClear, refuseAnothersCache },
        { askForYes, canAsk },
        { formatNumberOf },
      ] = await Promise.all([loadPruning(), import("../output/prompt.ts"), import("../../system/index.ts")]);
      refuseAnothersCache(project.paths);
      if (yes !== true && !canAsk()) {
        throw usage(
          "Nothing was changed: removing vectors has to be confirmed, and there is no terminal to ask in.",
          "cache.unconfirmed",
          "Add --yes to answer the question beforehand.",
        );
      }
      const path = project.paths.vectorCache;
      const plan = planClear(path, model);
      const others = isSharedCache(project.paths) ? " It may be other projects' cache as well." : "";
      const question =
        `Remove ${formatNumberOf(plan.entries, "vector")} from ${path}?${others} A rebuild takes ` +
        "those that the graph has from there; all others are computed again when they are needed.";
      const agreed = yes === true || (await askForYes(question));
      const report: PruneReport = agreed
        ? clearCache(path, plan.model, (left) =>
            warn(invocation, `${left} is no record of packs, and was left`),
          )
        : nothingRemoved(plan);
      const result = { ok: true, command: "clear" as const, path, declined: !agreed, ...report };
      await print(invocation, result, ({ renderCacheRemoval }) => renderCacheRemoval);
    },
  );
}

function nothingRemoved({ entries, bytes }: { entries: number; bytes: number }): PruneReport {
  return { dryRun: false, removed: 0, bytesBefore: bytes, entries, bytes };
}

function exportOf(): Command {
  return subcommand<{ readonly model?: string; readonly own?: boolean; readonly force?: boolean }>(
    ["export", "write all rows to one portable file"],
    {
      examples: [
        "amalfa cache export --own vectors.amalfa",
        "amalfa cache export --model all-MiniLM-L6-v2 mini.amalfa",
      ],
    },
    (command) =>
      command
        .argument("<file>", "where to")
        .option("--model <id>", "only rows of this model")
        .option("--own", "only rows of this project's passages: no queries, and nothing of other projects")
        .option("--force", "replace an earlier export; no other file is ever replaced"),
    async (project, invocation, { model, own, force }, argument) => {
      const { loadExport, requireCacheFile } = await import("../../embedding/cache/index.ts");
      const [{ exportCache }, { exportPlace }] = await Promise.all([loadExport(), loadExportPlace()]);
      const given = placeNamed(argument);
      requireCacheFile(project.paths.vectorCache);
      const file = withFileErrors(given, () => exportPlace(project, given, force === true));
      const id = model === undefined ? undefined : (findModel(model)?.id ?? model);
      const { vectorCache, database } = project.paths;
      const ownKeys =
        own === true ? new (await import("../../graph/index.ts")).ChunkKeys(database) : undefined;
      const isWanted = (key: string) => ownKeys?.has(key) ?? true;
      const report = withFileErrors(file, () =>
        withPendingNote(project.paths, file, () => exportCache(vectorCache, file, id, isWanted)),
      );
      const result = { ok: true, command: "export" as const, file, ...report };
      await print(invocation, result, ({ renderCacheTransfer }) => renderCacheTransfer);
    },
  );
}

function importOf(): Command {
  return subcommand<{ readonly anyModel?: boolean }>(
    ["import", "import the vectors of an exported file, after checking all of it"],
    {
      examples: ["amalfa cache import vectors.amalfa"],
    },
    (command) =>
      command
        .argument("<file>", "what `amalfa cache export` wrote")
        .option("--any-model", "import rows of other models than the configured one as well"),
    async (project, invocation, { anyModel }, argument) => {
      const { importCache } = await (await import("../../embedding/cache/index.ts")).loadImport();
      const file = placeNamed(argument);
      const report = withFileErrors(file, () =>
        importCache(project.paths.vectorCache, file, {
          modelId: requireModel(project.settings.model).id,
          models: anyModel === true ? "any model" : "this model",
        }),
      );
      const result = { ok: true, command: "import" as const, file, ...report };
      await warnBeyondCap(project, invocation);
      await print(invocation, result, ({ renderCacheTransfer }) => renderCacheTransfer);
    },
  );
}

async function warnBeyondCap({ paths, settings }: Project, invocation: Invocation): Promise<void> {
  const { readCacheReport } = await (await import("../../embedding/cache/index.ts")).loadReport();
  const { maxBytes } = settings.cache;
  if (readCacheReport(paths.vectorCache).bytes <= maxBytes) return;
  warn(
    invocation,
    "the cache is beyond its cap now, and the next ingest that " +
      "computes something trims it; raise `cache.maxBytes` to keep all",
  );
}

function compactOf(): Command {
  return subcommand(
    ["compact", "rewrite the cache file without gaps"],
    { examples: ["amalfa cache compact"] },
    () => {},
    async (project, invocation) => {
      const { compactCache, refuseAnothersCache } = await loadPruning();
      refuseAnothersCache(project.paths);
      const path = project.paths.vectorCache;
      const result = { ok: true, command: "compact" as const, path, ...compactCache(path) };
      await print(invocation, result, ({ renderCacheCompact }) => renderCacheCompact);
    },
  );
}

/** What the file system says about the file that the user named. */
function withFileErrors<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AmalfaError || !(error instanceof Error) || !("syscall" in error)) throw error;
    throw new AmalfaError("cache.file", `${file} cannot be written: ${error.message}.`, { cause: error });
  }
}

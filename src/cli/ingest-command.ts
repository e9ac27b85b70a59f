/** What `init` and `rebuild` have in common as commands: their options, the embedder, the progress and the report. */
import { homedir } from "node:os";
import { relative, sep } from "node:path";
import type { Command } from "commander";
import type { EmbedderUse } from "../composition.ts";
import type { IngestReport } from "../ingest/index.ts";
import type { LockedIngestOptions, Needs } from "../maintenance/index.ts";
import { loadCost } from "../maintenance/models/index.ts";
import { findModel, loadRegistry, type Project, type RegisteredProject } from "../project/index.ts";
import { EXIT, formatBytes, formatModel } from "../system/index.ts";
import { addWaitOption } from "./arguments.ts";
import {
  heldProjectOf,
  type Invocation,
  interruptSignal,
  startingPoint,
  warn,
  warnOnce,
} from "./invocation.ts";
import { printReport } from "./output/result.ts";

/* Before an ingest moves the graph to another model: what that costs, said before it is begun. */

/** Says nothing where the graph is of the configured model, or where nobody can tell; the ingest then does. */
async function announceSwitch(
  invocation: Invocation,
  project: Project,
  use: Pick<EmbedderUse, "refresh">,
): Promise<void> {
  const model = findModel(project.settings.model);
  if (invocation.quiet || model === undefined) return;
  const { graphModel, switchCost } = await loadCost();
  const from = graphModel(project);
  if (from === undefined || from === model.id) return;
  try {
    const [{ openEmbedder }, { costLine }] = await Promise.all([
      import("../composition.ts"),
      import("./output/render-models.ts"),
    ]);
    await using embedder = await openEmbedder(project, { ...use, onWarning: () => {} });
    const cost = await switchCost(project, embedder, new AbortController().signal);
    const back = formatModel(from);
    warn(
      invocation,
      `the model is now ${model.name}, and the graph was made with ${back}. ${costLine(cost)} ` +
        `Until all are computed, searches answer as before; \`amalfa models use ${back}\` goes back.`,
    );
  } catch {
    // Whatever is in the way, the ingest meets it as well, and says it.
  }
}

export interface IngestFlags {
  readonly dryRun?: boolean;
  readonly allowEmpty?: boolean;
  readonly wait: number;
}

export function addIngestOptions(command: Command): Command {
  return addWaitOption(command)
    .option("--dry-run", "say what would be done, write nothing")
    .option("--allow-empty", "go on although a source is missing or most documents are gone");
}

export interface IngestCommand<Report extends IngestReport> {
  readonly name: "init" | "rebuild";
  readonly refresh: NonNullable<EmbedderUse["refresh"]>;
  /** Loads what does the work, once it is known that there is a project to work on. */
  load(project: Project): Promise<IngestWork<Report>>;
}

/** Disposed of when it is done, or when it cannot be begun. */
export interface IngestWork<Report extends IngestReport> extends AsyncDisposable {
  run(options: LockedIngestOptions): Promise<Report>;
}

/** Runs the command and prints its report. Documents that failed are named in it, and the exit status says so (I12). */
export async function runIngestCommand<Report extends IngestReport>(
  command: IngestCommand<Report>,
  flags: IngestFlags,
  invocation: Invocation,
): Promise<void> {
  const started = performance.now();
  const project = await heldProjectOf(invocation);
  await warnOfInterruptedResets(invocation, project.root);
  const dryRun = flags.dryRun === true;
  const { waitNoLongerThan } = await import("../sqlite/index.ts");
  waitNoLongerThan(flags.wait * 1000);
  if (!dryRun) {
    await warnOfSpace(invocation, project);
    await announceSwitch(invocation, project, command);
  }
  const note = command.name === "init" && !dryRun ? await noter(invocation, project) : () => [];
  const report = await ingest(command, flags, invocation, { project, dryRun, onSearchable: note });
  await warnOfProjectsBelow(invocation, project, note());
  const failures = report.documents.failed.length;
  const result = {
    ok: failures === 0,
    command: command.name,
    root: project.root,
    dryRun,
    ...report,
    ...(dryRun ? { needs: await needsOf(project) } : {}),
    durationMs: Math.round(performance.now() - started),
  };
  await printReport(invocation, result, async (done, terminal) =>
    (await import("./output/render-ingest.ts")).renderIngest(
      { ...done, isElsewhere: startingPoint(project.root) !== project.root },
      terminal,
    ),
  );
  if (failures > 0) process.exitCode = EXIT.partial;
}

/**
 * Only what a user does in a project makes it one of theirs (I14). May be called again. @returns the others of them
 * that lie below it, where it is new
 */
async function noter(
  invocation: Invocation,
  { root, settings }: Project,
): Promise<() => readonly RegisteredProject[]> {
  const { noteProject } = await loadRegistry();
  const onWarning = warnOnce(invocation);
  const below: RegisteredProject[] = [];
  return () => {
    below.push(...noteProject(root, settings.registry, onWarning));
    return below;
  };
}

/** What is in two graphs is read, stored and brought up to date twice. Git work trees of their own are not. */
async function warnOfProjectsBelow(
  invocation: Invocation,
  { root, paths }: Project,
  below: readonly RegisteredProject[],
): Promise<void> {
  if (below.length === 0) return;
  const { openGraphToReadIfPresent, readFileStats } = await import("../graph/index.ts");
  using db = openGraphToReadIfPresent(paths.database)?.db;
  if (db === undefined) return;
  const { relativePathOf } = await import("../ingest/markdown/index.ts");
  const files = [...readFileStats(db).keys()].map(relativePathOf);
  const folders = below
    .map((project) => relative(root, project.root).split(sep).join("/"))
    .filter((folder) => files.some((file) => file.startsWith(`${folder}/`)));
  if (folders.length === 0) return;
  const are = folders.length === 1 ? "is a project of its own" : "are projects of their own";
  warn(
    invocation,
    `${folders.map(listed).join(", ")} ${are}, and ` +
      "this one has the same documents now. To leave them out, name them in `excludePatterns` of its settings; if " +
      `this folder was not meant to be a project, ${root === homedir() ? "delete its .amalfa" : "run `amalfa reset`"}`,
  );
}

/** A name in a list: in quotes where what it holds may be taken for what stands between names. */
function listed(folder: string): string {
  return /^[^\s,"\\\p{C}]+(?: [^\s,"\\\p{C}]+)*$/u.test(folder) ? folder : JSON.stringify(folder);
}

/** Progress is stopped and the embedder closed before anything is printed. */
async function ingest<Report extends IngestReport>(
  command: IngestCommand<Report>,
  flags: IngestFlags,
  invocation: Invocation,
  {
    onSearchable,
    ...subject
  }: Pick<LockedIngestOptions, "project" | "dryRun"> & {
    /** Called when all words can be searched, before vectors are computed. */
    readonly onSearchable: () => void;
  },
): Promise<Report> {
  const [loaded, { openEmbedder }, { ingestProgress }, { waitNoLongerThan }] = await Promise.all([
    command.load(subject.project),
    import("../composition.ts"),
    import("./output/progress.ts"),
    import("../sqlite/index.ts"),
  ]);
  await using work = loaded;
  const signal = interruptSignal();
  using progress = ingestProgress(invocation);
  let waitingSince: number | undefined;
  let isSearchable = false;
  // From then on it is one of the user's projects, whatever comes.
  const update: typeof progress.update = (event) => {
    // What was waited for the lock of the project is not there any more for those of its files.
    if (waitingSince !== undefined) waitNoLongerThan(flags.wait * 1000 - (performance.now() - waitingSince));
    waitingSince = undefined;
    progress.update(event);
    if (event.phase !== "embed" || isSearchable) return;
    isSearchable = true;
    onSearchable();
  };
  await using embedder = await openEmbedder(subject.project, {
    onWarning: warnOnce(invocation),
    refresh: command.refresh,
    ingest: command.name,
    dryRun: subject.dryRun,
    signal,
  });
  return await work.run({
    ...subject,
    embedder,
    allowEmpty: flags.allowEmpty === true,
    waitSeconds: flags.wait,
    signal,
    onProgress: update,
    onWait: (holder) => {
      waitingSince = performance.now();
      warn(invocation, `waiting for ${holder} to finish`);
    },
  });
}

async function needsOf(project: Project): Promise<Needs | undefined> {
  return (await (await import("../maintenance/index.ts")).loadSpace()).estimateNeeds(project);
}

/** A disk that is full in the middle costs the time until then. */
async function warnOfSpace(invocation: Invocation, project: Project): Promise<void> {
  const { findLackOfMemory, findLackOfSpace } = await (await import("../maintenance/index.ts")).loadSpace();
  const memory = findLackOfMemory(project);
  if (memory !== undefined) {
    warn(
      invocation,
      `this may need about ${formatBytes(memory.needed)} of memory, and ` +
        `${formatBytes(memory.available)} are free; if it is slow or is killed, close other programs and ` +
        "run it again: vectors that were computed are kept",
    );
  }
  const lack = findLackOfSpace(project);
  if (lack === undefined) return;
  const { needed, free, place } = lack;
  warn(
    invocation,
    `this may need about ${formatBytes(needed)} on the disk of ${place}, where ` +
      `${formatBytes(free)} are free. Free ${formatBytes(needed - free)} more first. Otherwise it ends when the disk ` +
      "is full: what is in the graph by then can be searched, and vectors that were computed are kept",
  );
}

/* A word about resets that did not finish, for the commands that begin anew beside what they left. */

async function warnOfInterruptedResets(invocation: Invocation, root: string): Promise<void> {
  const { findInterruptedResets } = await import("../maintenance/reset/index.ts");
  for (const path of findInterruptedResets(root)) {
    warn(
      invocation,
      `a reset was interrupted and left ${relative(root, path)}; \`amalfa reset\` finishes deleting it`,
    );
  }
}

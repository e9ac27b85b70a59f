/** `amalfa search`: find documents by words and by meaning. */

import { Command, Option } from "commander";
import type { SearchMode } from "../../graph/search/index.ts";
import { DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT, SEARCH_MODES, toldLine } from "../../knowledge/index.ts";
import type { Project } from "../../project/index.ts";
import { field, isoDate, listed, wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject, warn, warnOnce } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface SearchFlags extends FreshFlags {
  readonly limit: number;
  readonly mode: SearchMode;
  readonly explain?: boolean;
  readonly allProjects?: boolean;
  readonly path?: string[];
  readonly tag?: string[];
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly lang?: string;
  readonly where?: Record<string, string>;
}

export function searchCommand(): Command {
  const command = new Command("search")
    .description("find documents by words and by meaning")
    .argument("<query...>", "what to look for, in your own words")
    .option(
      "-n, --limit <n>",
      "documents to show at most",
      wholeNumber(1, MAX_SEARCH_LIMIT),
      DEFAULT_SEARCH_LIMIT,
    )
    .addOption(new Option("--mode <mode>", "how to search").choices(SEARCH_MODES).default("hybrid"))
    .option("--path <path>", "only below this folder, or what fits this pattern; may be repeated", listed)
    .option("--tag <tag>", "only with this tag; may be repeated", listed)
    .option("--type <type>", "only where the front matter has this type")
    .option(
      "--since <date>",
      "only from this date on: that of the front matter, else of the name, the last commit or the file",
      isoDate,
    )
    .option("--until <date>", "only up to this date", isoDate)
    .option("--lang <code>", "leave out documents known to be in another language than this, such as de")
    .option("--where <key=value>", "only where the front matter has this value; may be repeated", field)
    .option(
      "--all-projects",
      "search all of your projects (`amalfa projects list`); each result names its project",
    )
    .option("--explain", "say why each result is where it is");
  addRefreshOption(command).action(async (words: string[], flags: SearchFlags) =>
    run(words.join(" "), flags, invocationOf(command)),
  );
  command.addHelpText(
    "after",
    "\nThe number on the right orders the results of one search: the first may have\n" +
      "1.000 and still be wrong. --explain says how sure a result is (confidence).",
  );
  return addHelp(command, {
    examples: [
      'amalfa search "how do I undo a commit"',
      "amalfa search --mode lexical --limit 3 borrow checker",
      "amalfa search --path docs --since 2024-03 --where status=open roof",
      "amalfa search --since 2w decisions",
      "amalfa search --explain OTEL_PROPAGATORS",
      'amalfa search --all-projects "what did we decide about backups"',
    ],
    exits: ["busy", "interrupted"],
  });
}

async function run(query: string, flags: SearchFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  if (flags.allProjects === true) return runAll(query, flags, invocation, started);
  await using project = await openedProject(invocation);
  const report = await project.search(query, { ...flags, filters: filtersOf(flags) });
  const result = { ok: true, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, async (found, terminal) =>
    (await import("../output/render-search.ts")).renderSearch(found, terminal, {
      quiet: invocation.quiet,
      instead: found.results.length === 0 ? await nothingToSearch(project.project) : undefined,
    }),
  );
  sayFreshness(invocation, report);
}

/** What to say where a project has no documents, so that other words would find nothing either. */
async function nothingToSearch({ root, paths, settings }: Project): Promise<string | undefined> {
  const [{ hasDocuments, openGraphToReadIfPresent }, { EMPTY_ADVICE }] = await Promise.all([
    import("../../graph/index.ts"),
    import("../output/render-ingest.ts"),
  ]);
  using db = openGraphToReadIfPresent(paths.database)?.db;
  if (db === undefined || hasDocuments(db)) return undefined;
  const sources = settings.sources.map((source) => (source === "." ? root : source)).join(", ");
  const below = settings.sources.includes(".") ? "" : ` below ${root}`;
  return `The graph has no documents: they are looked for in ${sources}${below}.\n${EMPTY_ADVICE}`;
}

function filtersOf({ path, tag, type, since, until, lang, where }: SearchFlags) {
  return { paths: path, tags: tag, type, since, until, language: lang, where };
}

async function runAll(
  query: string,
  flags: SearchFlags,
  invocation: Invocation,
  started: number,
): Promise<void> {
  const { searchAllProjects } = await import("../../all-projects.ts");
  const onWarning = warnOnce(invocation);
  const report = await searchAllProjects(query, { ...flags, filters: filtersOf(flags) }, onWarning);
  const result = { ok: true, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, async (found, terminal) =>
    (await import("../output/render-search.ts")).renderSearch(found, terminal, { quiet: invocation.quiet }),
  );
  if (invocation.json) return;
  for (const { name, root, error } of report.failed)
    warn(invocation, `${name} (${root}) was not searched: ${error.message}`);
  for (const { name, freshness, pending } of report.projects) {
    const line = toldLine({ freshness, ...(pending === undefined ? {} : { pending }) });
    if (line !== undefined) warn(invocation, `${name}: ${line}`);
  }
}

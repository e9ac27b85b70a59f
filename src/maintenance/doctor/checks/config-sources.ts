/** `config.sources`: every source exists, can be read and contains a document. */

import { lstatSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../system/index.ts";
import { blocked, type Check, type CheckOutcome, type Finding, outcomeOf } from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { failedFindings } from "./graph-drift.ts";

export const configSources: Check = {
  id: "config.sources",
  async run(context): Promise<CheckOutcome> {
    if (!context.settingsUsable)
      return blocked("the settings name the sources, and cannot be used", "config.valid");
    const { root } = context.project;
    let discovery: Awaited<ReturnType<typeof context.discovery>>;
    try {
      discovery = await context.discovery();
    } catch (error) {
      return outcomeOf(
        [fault("error", root, `The sources cannot be looked at: ${messageOf(error)}`, INGEST_REFUSES)],
        "",
      );
    }
    const missing = new Set(discovery.missingSources);
    const empty = discovery.sources.filter(
      ({ source, exists, documents }) => exists && documents === 0 && !missing.has(source),
    );
    const findings = [
      ...discovery.missingSources.map((source) =>
        fault("error", source, `The source "${source}" does not exist in ${root}.`, INGEST_REFUSES),
      ),
      ...empty.map(({ source }) => ({
        ...fault("warning", source, `The source "${source}" contains no markdown file.`, EMPTY),
        first: discovery.files.length === 0 ? NOTHING_TO_INGEST : undefined,
      })),
      ...failedFindings(discovery.failed, ({ path }) => {
        const isLink = lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
        return `${KEPT} ${isLink ? MEND_LINK : MEND_FILE}`;
      }),
    ];
    return outcomeOf(
      findings,
      `${discovery.files.length} ${discovery.files.length === 1 ? "document" : "documents"} ` +
        `in ${discovery.sources.map(({ source }) => source).join(", ")}${leftOut(discovery.otherTrees)}`,
    );
  },
};

/** Said in passing: a repository of its own in a project is nothing wrong, unless somebody misses its documents. */
function leftOut(trees: readonly string[]): string {
  if (trees.length === 0) return "";
  const shown = trees.slice(0, THRESHOLDS.listedFindings).join(", ");
  const more =
    trees.length > THRESHOLDS.listedFindings ? ` and ${trees.length - THRESHOLDS.listedFindings} more` : "";
  return `; left out as git repositories or worktrees of their own: ${shown}${more}`;
}

const INGEST_REFUSES =
  "An ingest refuses to run, so that a folder that is not mounted does " +
  "not empty the graph. Correct the settings or bring the folder back.";
const EMPTY = "A misspelt pattern or an exclusion may keep its documents out; correct it in the settings.";

const KEPT = "What the graph has of it from before is found as it was then; what is newer is not found.";
const MEND_LINK = "Remove the link, let it lead to a document, or leave it out with `excludePatterns`.";
const MEND_FILE = "Correct its permissions or its name, or leave it out with `excludePatterns`.";

const NOTHING_TO_INGEST =
  "put a markdown file into a source, or correct `sources` in the settings, then run amalfa init";

function fault(severity: Finding["severity"], subject: string, message: string, why: string): Finding {
  return { severity, message, why, subject, commands: [] };
}

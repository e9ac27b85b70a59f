/**
 * `graph.drift`: files that were added, changed or removed since the last ingest, and those that an ingest cannot
 * bring in.
 */
import type { Database } from "bun:sqlite";
import type { Drift } from "../../../ingest/index.ts";
import { ingestAtWork } from "../../../project/lock/index.ts";
import {
  blocked,
  type Check,
  type CheckOutcome,
  counted,
  type Finding,
  outcomeOf,
  withGraph,
} from "../check.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const graphDrift: Check = {
  id: "graph.drift",
  async run(context): Promise<CheckOutcome> {
    if (!context.settingsUsable)
      return blocked("the settings name the sources, and cannot be used", "config.valid");
    return withGraph(context, async (db) => {
      if (hasStrangeStamps(db)) return outcomeOf([strangeStamps(context.project.paths.database)], "");
      const { findDrift } = await import("../../../ingest/index.ts");
      const discovery = await context.discovery();
      // Asked first: an ingest that ends in between leaves nothing that another one would have to do.
      const ingest = ingestAtWork(context.project.paths);
      const drift = findDrift(context.project, discovery, db);
      const findings = [
        ...differences(drift, context.project.paths.database, ingest),
        ...misnotedFindings(drift.misnoted, context.project.paths.database),
        ...failedFindings(drift.failed, () => FAILED),
        ...frontMatterFindings(drift.frontMatter),
      ];
      if (findings.length === 0 && discovery.failed.length > 0) {
        return blocked("some documents or folders cannot be looked at", "config.sources");
      }
      return outcomeOf(findings, "no file was added, changed or removed");
    });
  },
};

/**
 * Stamps of documents that are none are damage, and no digest covers it. By them an ingest takes documents for added
 * and removed, and may refuse to run.
 */
function hasStrangeStamps(db: Database): boolean {
  return db.query("SELECT 1 FROM file_stats WHERE node NOT IN (SELECT id FROM nodes) LIMIT 1").get() !== null;
}

function strangeStamps(database: string): Finding {
  return {
    severity: "warning",
    message: "The graph keeps notes on files of documents that it does not have.",
    why: "An ingest may count documents as added or removed that are neither, or refuse to run.",
    subject: database,
    commands: ["amalfa rebuild"],
  };
}

/** @param documents of whose files the graph notes what cannot be so */
function misnotedFindings(documents: readonly string[], database: string): Finding[] {
  if (documents.length === 0) return [];
  const named = documents.slice(0, THRESHOLDS.listedFindings).join(", ");
  const more = documents.length - THRESHOLDS.listedFindings;
  const list = more > 0 ? `${named} and ${more} more` : named;
  return [
    {
      severity: "warning",
      message: `What the graph notes of the size and the times of files is damaged: ${list}.`,
      why:
        "Their contents are compared before each answer instead, which takes longer. " +
        "Where there is no time for that, a search by date may miss them. The next ingest notes them anew.",
      subject: database,
      commands: ["amalfa init"],
    },
  ];
}

const FAILED =
  "The graph keeps the last version that could be read, if there was one. " +
  "Save the file as UTF-8 (from Windows-1252, for one: `iconv -f WINDOWS-1252 -t UTF-8`), or make it readable; " +
  "an ingest alone does not help.";
const BEHIND = "Searches may miss what is new.";

/** @param ingest the one at work, in words: another one would only wait for it */
function differences(drift: Drift, database: string, ingest: string | undefined): Finding[] {
  const parts = (["added", "changed", "removed"] as const)
    .filter((kind) => drift[kind] > 0)
    .map((kind) => `${drift[kind]} ${kind}`);
  if (parts.length === 0) return [];
  const finding = {
    severity: "warning",
    message: `Files have changed since the last ingest: ${parts.join(", ")}.`,
    subject: database,
  } as const;
  if (drift.refusal === null && ingest !== undefined)
    return [{ ...finding, why: `${BEHIND} Wait: ${ingest} is at work.`, commands: [] }];
  if (drift.refusal === null) return [{ ...finding, why: BEHIND, commands: ["amalfa init"] }];
  const why =
    `An ingest would refuse to run: ${drift.refusal}. Bring back what is missing, or correct ` +
    "`sources`. Only if the documents are really gone, run `amalfa init --allow-empty`.";
  return [{ ...finding, severity: "error", why, commands: [] }];
}

function frontMatterFindings(unread: Drift["frontMatter"]): Finding[] {
  const why =
    "The rest of the document is in the graph; a value at fault, such as a title or a tag, may be in no answer " +
    "and no filter. Mend the line.";
  const findings = unread.slice(0, THRESHOLDS.listedFindings).map(
    ({ path, line, error }): Finding => ({
      severity: "warning",
      message: `The front matter of ${path} has faults: line ${line}: ${error}.`,
      why,
      subject: path,
      commands: [],
    }),
  );
  const more = unread.length - findings.length;
  if (more === 0) return findings;
  const message = `There ${more === 1 ? "is one more fault" : `are ${more} more faults`} in front matter.`;
  return [
    ...findings,
    { severity: "warning", message, why, subject: `${more} more`, commands: ["amalfa validate"] },
  ];
}

/* Files that cannot be ingested, as findings: the first few by name, and how many more there are. */

interface FailedEntry {
  /** Relative to the project root. */
  readonly path: string;
  readonly error: string;
}

/** @param whyOf why it matters, and what to do about that file or folder */
export function failedFindings(
  failed: readonly FailedEntry[],
  whyOf: (entry: FailedEntry) => string,
): Finding[] {
  const finding = (subject: string, message: string, reason: string): Finding => ({
    severity: "warning",
    message,
    why: reason,
    subject,
    commands: [],
  });
  const shown = failed.slice(0, THRESHOLDS.listedFindings);
  const findings = shown.map((entry) =>
    finding(entry.path, `${entry.path} cannot be ingested: ${entry.error}.`, whyOf(entry)),
  );
  const more = failed.length - shown.length;
  if (more === 0) return findings;
  const rest = counted(
    more,
    "1 more file or folder cannot be ingested.",
    "more files or folders cannot be ingested.",
  );
  return [...findings, finding(`${more} more`, rest, "Run `amalfa init`, which names all of them.")];
}

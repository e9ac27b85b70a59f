/** When git's history says that each file was changed last. */

import { relativePathOf } from "../ingest/markdown/index.ts";
import { Git, repositoryTop } from "../project/git/index.ts";

/** What was read before, by root; good for as long as `HEAD` is the same commit. */
const known = new Map<string, { readonly head: string; readonly dates: ReadonlyMap<string, string> }>();

const NONE: ReadonlyMap<string, string> = new Map();

/**
 * ISO 8601 dates of the last commits, by paths in NFC relative to `root`. Empty without a repository, a commit or git.
 */
export function commitDates(root: string): ReadonlyMap<string, string> {
  if (repositoryTop(root) === undefined) return NONE;
  const git = new Git(root);
  const head = git.ask(["rev-parse", "--verify", "--quiet", "HEAD"])?.trim() ?? "";
  if (head === "") return NONE;
  const kept = known.get(root);
  if (kept?.head === head) return kept.dates;
  const dates = datesIn(git.ask([...LOG, "--relative", head, "--", "."]) ?? "");
  known.set(root, { head, dates });
  return dates;
}

const LOG = [
  "log",
  "-z",
  "--format=%x01%cI",
  "--name-only",
  "--no-renames",
  "--no-ext-diff",
  "--no-textconv",
];

/** The last commits of a history. */
export interface RecentCommits {
  readonly head: string;
  /** Undefined for what none of them touches. */
  readonly dateOf: (id: string) => string | undefined;
  /** ISO 8601, of the earliest of them; empty where there is none. */
  readonly oldest: string;
}

/** So many commits are read, which has what was changed lately. To read a long history would take seconds. */
const RECENT_COMMITS = 300;
const RECENT_MS = 1_500;
const recent = new Map<string, RecentCommits>();

/** Undefined without a repository, a commit or git, and where git takes too long. */
export function recentCommitDates(root: string): RecentCommits | undefined {
  if (repositoryTop(root) === undefined) return undefined;
  const git = new Git(root, RECENT_MS);
  const head = git.ask(["rev-parse", "--verify", "--quiet", "HEAD"])?.trim() ?? "";
  if (head === "") return undefined;
  const kept = recent.get(root);
  if (kept?.head === head) return kept;
  const log = git.ask([...LOG, "--relative", `--max-count=${RECENT_COMMITS}`, head, "--", "."]);
  if (log === undefined) return undefined;
  const dates = datesIn(log);
  const oldest = [...dates.values()].reduce((least, date) => (date < least ? date : least), "9");
  const found: RecentCommits = {
    head,
    dateOf: (id) => commitDateOf(dates, id),
    oldest: oldest === "9" ? "" : oldest,
  };
  recent.set(root, found);
  return found;
}

/** Commits come with the last one first. */
function datesIn(log: string): Map<string, string> {
  const dates = new Map<string, string>();
  let date = "";
  for (const field of log.split("\0")) {
    const [, at, rest = ""] = /^\n*\u0001([^\n]*)\n*(.*)$/s.exec(field) ?? [];
    if (at !== undefined) date = isoDate(at);
    const path = (at === undefined ? field : rest).replace(/^\n+/, "").normalize("NFC");
    if (path !== "" && date !== "" && !dates.has(path)) dates.set(path, date);
  }
  return dates;
}

/** Empty for what is no date: some programs write commits whose date is none. */
function isoDate(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? "" : new Date(time).toISOString();
}

/** The date of a document's last commit. @param dates as `commitDates` has them */
export function commitDateOf(dates: ReadonlyMap<string, string>, id: string): string | undefined {
  return dates.get(relativePathOf(id).normalize("NFC"));
}

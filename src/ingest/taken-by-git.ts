/**
 * Documents that git itself has taken out of the folder, as it does where another branch is checked out. Most of a
 * graph may go with them, and nothing is lost: they are in git, and their vectors in the cache.
 *
 * What was deleted in another way is in git's index still, as is all of a folder that is out of sight; and what git
 * never had is in none of its commits.
 */
import { Git, repositoryTop } from "../project/git/index.ts";
import { documentId } from "./markdown/index.ts";

/** Commits at which the folder was lately, as far back as is looked. */
const MOST_COMMITS = 50;

/**
 * @param root absolute path of the project root
 * @param absent ids of documents whose files are gone
 * @returns those that git has taken; none where there is no repository or no git, or its index cannot be read
 */
export function documentsTakenByGit(root: string, absent: readonly string[]): ReadonlySet<string> {
  const taken = new Set<string>();
  if (absent.length === 0 || repositoryTop(root) === undefined) return taken;
  const git = new Git(root);
  const index = git.ask(["ls-files", "-z", "--cached"]);
  if (index === undefined) return taken;
  const listed = idsIn(index);
  const sought = new Set(absent.filter((id) => !listed.has(id)));
  for (const commit of sought.size === 0 ? [] : lateCommits(git)) {
    const tree = git.ask(["ls-tree", "-r", "-z", "--name-only", commit]);
    for (const id of idsIn(tree ?? "")) if (sought.delete(id)) taken.add(id);
    if (sought.size === 0) break;
  }
  return taken;
}

/** What `HEAD` was, the last one first. */
function lateCommits(git: Git): ReadonlySet<string> {
  const log = git.ask(["log", "--walk-reflogs", "--format=%H", `--max-count=${MOST_COMMITS}`, "HEAD"]);
  return new Set(log?.split("\n").filter((line) => line !== ""));
}

/** Of paths below the folder in which git was asked. */
function idsIn(paths: string): ReadonlySet<string> {
  return new Set(paths.split("\0").map(documentId));
}

/**
 * Which documents differ from what a commit has of them.
 *
 * Git is asked for one tree of its objects and for nothing else. Whether a file differs is told here, by the digest
 * that git keeps files under.
 */
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { relativePathOf } from "../ingest/markdown/index.ts";
import { readRegularFile } from "../ingest/reading/index.ts";
import { Git } from "../project/git/index.ts";
import { isMarkdown, realPlace } from "../system/files/index.ts";
import { AmalfaError, startOf } from "../system/index.ts";

export interface Changes {
  /** Ids of documents that are new or other than the commit has them. */
  readonly changed: ReadonlySet<string>;
  /** Paths of markdown files that the commit has and the folder has not. */
  readonly removed: readonly string[];
}

/**
 * What changed between a revision, or the commit where this branch left it, and the files as they are.
 * Throws `since.unknown` (exit 2) where there is no such revision, no repository or no git.
 */
export function changedSince(root: string, revision: string, ids: readonly string[]): Changes {
  const git = new Git(root);
  const commit = git.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  if (commit === undefined || commit.trim() === "") throw unknown(root, revision, git);
  const base = git.ask(["merge-base", commit.trim(), "HEAD"])?.trim() || commit.trim();
  const tree = git.ask(["ls-tree", "-r", "-z", base]);
  if (tree === undefined) throw unknown(root, revision, git);
  const digests = digestsIn(tree);
  const present = new Map(ids.map((id) => [relativePathOf(id).normalize("NFC"), id]));
  const realRoot = realPlace(root);
  const differs = (path: string, digest: string | undefined): boolean => {
    if (!isLink(path)) return isOther(path, digest);
    const real = realPlace(path);
    const target = relative(realRoot, real).split(sep).join("/").normalize("NFC");
    return isOther(path, digest) || isOther(real, digests.get(target));
  };
  const changed = [...present].filter(([path, id]) =>
    differs(join(root, relativePathOf(id)), digests.get(path)),
  );
  return {
    changed: new Set(changed.map(([, id]) => id)),
    removed: [...digests.keys()].filter((path) => isMarkdown(path) && !present.has(path)),
  };
}

/** Of the documents those that are as a commit has them; none where git cannot tell. */
export function unchangedSince(root: string, commit: string, ids: readonly string[]): ReadonlySet<string> {
  const tree = new Git(root).ask(["ls-tree", "-r", "-z", commit]);
  if (tree === undefined) return new Set();
  const digests = digestsIn(tree);
  return new Set(
    ids.filter((id) => {
      const path = relativePathOf(id);
      return !isOther(join(root, path), digests.get(path.normalize("NFC")));
    }),
  );
}

function digestsIn(tree: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const entry of tree.split("\0")) {
    const [, digest, path] = /^\d+ blob ([\da-f]+)\t(.+)$/s.exec(entry) ?? [];
    if (digest !== undefined && path !== undefined) digests.set(path.normalize("NFC"), digest);
  }
  return digests;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/**
 * Whether a file, or a link as such, is other than what git has under the digest. Git keeps of a link the path that is
 * written in it; what it leads to is compared by its own name.
 *
 * Files that git converts when it takes them in, for one their line ends, count as changed: then they are judged,
 * which is what one asked for less of.
 */
function isOther(path: string, digest: string | undefined): boolean {
  if (digest === undefined) return true;
  try {
    const bytes = isLink(path) ? readlinkSync(path, "buffer") : readRegularFile(path);
    const hasher = new Bun.CryptoHasher(digest.length === 64 ? "sha256" : "sha1");
    return hasher.update(`blob ${bytes.length}\0`).update(bytes).digest("hex") !== digest;
  } catch {
    return true;
  }
}

function unknown(root: string, revision: string, git: Git): AmalfaError {
  const written = `"${startOf(revision, 200)}"`;
  const why = whyNoGit(root, git);
  return why === undefined
    ? new AmalfaError("since.unknown", `There is no revision ${written} in the git repository of ${root}.`)
    : new AmalfaError("since.unknown", `${why}, so nothing can be compared with ${written}.`, {
        hint: "`amalfa validate` without --since judges all documents.",
      });
}

/** Why no revision at all can be asked for; undefined where git reads the repository. */
function whyNoGit(root: string, git: Git): string | undefined {
  if (git.isStuck) return `git takes too long to read the repository that ${root} is in`;
  if (git.ask(["rev-parse", "--git-dir"]) !== undefined) return undefined;
  if (!git.isThere) return "git is not installed, or not in the search path";
  return isInRepository(realPlace(root))
    ? `git does not read the repository that ${root} is in (\`git status\` there says why)`
    : `${root} is in no git repository`;
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, ".git"))) return true;
  const above = dirname(folder);
  return above !== folder && isInRepository(above);
}

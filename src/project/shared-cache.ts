/**
 * The vector cache of the main working tree, for a linked one: what was computed for one of them is there for all.
 *
 * It is used where it is, and stays that project's: only where git's own files say on both sides that the two belong
 * together, where all of it belongs to one user, and where no link leads elsewhere.
 */
import { realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { haveOneOwner, linkedWorktree, lookAt, orUndefined, repositoryTop } from "./git/index.ts";
import { type ProjectPaths, projectPaths } from "./paths.ts";

/**
 * The paths of the project in the main working tree whose vector cache this one uses; undefined where it has its own.
 */
export function sharedCacheOwner(root: string): ProjectPaths | undefined {
  return orUndefined(() => {
    const top = repositoryTop(root);
    const worktree = top === undefined ? undefined : linkedWorktree(top);
    if (top === undefined || worktree === undefined) return undefined;
    const { commonDirectory } = worktree;
    // A bare repository has no working tree of its own.
    if (basename(commonDirectory) !== ".git") return undefined;
    const main = projectPaths(join(dirname(commonDirectory), relative(top, root)));
    if (main.root === root || realpathSync(main.cacheDirectory) !== main.cacheDirectory) return undefined;
    if (lookAt(main.vectorCache)?.isFile() !== true) return undefined;
    const owned = [root, commonDirectory, main.root, main.data, main.cacheDirectory, main.vectorCache];
    return haveOneOwner(owned) ? main : undefined;
  });
}

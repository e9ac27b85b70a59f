/**
 * What git leaves out besides `.gitignore` files: `info/exclude` of the repository, and the file that
 * `core.excludesFile` names.
 */
import { join, resolve } from "node:path";
import {
  configValue,
  entriesOf,
  lookAt,
  type Repository,
  readSmall,
  userConfigFolder,
  withHome,
} from "./config.ts";
import { linkedWorktree, submoduleDirectory } from "./tree.ts";

/**
 * The texts of these files, those that others take precedence over first; their patterns start at `top`. Empty where
 * the folder is no repository, and where the repository is elsewhere and does not name it back.
 *
 * @param top absolute path of the top of a working tree
 */
export function readIgnoreFiles(top: string): string[] {
  const repository = repositoryOf(top);
  if (repository === undefined) return [];
  const files = [excludesFile(top, repository), join(repository.commonDirectory, "info/exclude")];
  return files.map((file) => readSmall(file) ?? "").filter((text) => text !== "");
}

function repositoryOf(top: string): Repository | undefined {
  const own = join(top, ".git");
  if (lookAt(own)?.isDirectory()) {
    return lookAt(join(own, "HEAD")) === undefined ? undefined : { gitDirectory: own, commonDirectory: own };
  }
  const worktree = linkedWorktree(top);
  if (worktree !== undefined) return worktree;
  const directory = submoduleDirectory(top, worktreeOf);
  return directory === undefined ? undefined : { gitDirectory: directory, commonDirectory: directory };
}

/** Where a repository says that its working tree is. */
function worktreeOf(directory: string): string | undefined {
  return entriesOf(join(directory, "config")).findLast(({ key }) => key === "core.worktree")?.value;
}

/** A relative one starts at the top of the working tree, from where git reads it. */
function excludesFile(top: string, repository: Repository): string {
  const named = configValue(repository, "core.excludesfile");
  return named === undefined ? join(userConfigFolder(), "ignore") : resolve(top, withHome(named));
}

/** Where a problem lies, as the platforms that show it count: from the top of the repository. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { relativePathOf } from "../../ingest/markdown/index.ts";

/** The folder that has `.git`, or the project root. */
export function repositoryOf(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return root;
  }
}

/** The path of a document or a source, `/` between its segments; undefined for what is about no file there. */
export function pathFrom(top: string, root: string, path: string | null): string | undefined {
  if (path === null) return undefined;
  const absolute = isAbsolute(path) ? path : join(root, relativePathOf(path));
  const way = relative(top, absolute).split(sep).join("/");
  return way === "" || way.startsWith("../") ? undefined : way;
}

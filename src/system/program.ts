/**
 * Where amalfa itself lies. What is published is bundled: its files are in `dist/` under other names than in `src/`,
 * and no path that is relative to a source file holds there.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The folder of the package, which holds `src/`, `bin/` and `models/`. Absolute. */
export const PACKAGE_FOLDER = packageFolder(import.meta.dir);

const IS_BUNDLED = /^dist(?:[/\\]|$)/.test(relative(PACKAGE_FOLDER, import.meta.dir));

/**
 * A program of its own: a worker, or what runs in another process. Absolute.
 *
 * @param source its path in the package, such as `src/cli.ts`; `scripts/bundle-program.ts` has a list of them
 */
export function programFile(source: string): string {
  return IS_BUNDLED
    ? join(PACKAGE_FOLDER, "dist", source.replace(/\.ts$/, ".js"))
    : join(PACKAGE_FOLDER, source);
}

/** Another text once the program was installed anew: what a process loads from then on is no longer what it is. */
export function programStamp(): string {
  const files = [join(PACKAGE_FOLDER, "package.json"), programFile("src/cli.ts")];
  return files
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((stats) => `${stats?.ino}:${stats?.size}:${stats?.mtimeMs}`)
    .join(" ");
}

function packageFolder(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) || folder === dirname(folder)) return folder;
  }
}

/**
 * Where amalfa itself lies. What is published is bundled: its files are in `dist/` under other names than in `src/`,
 * and no path that is relative to a source file holds there.
 */
import { existsSync, readFileSync } from "node:fs";
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

/**
 * Another text once another program was installed: what a process loads from then on is no longer what it is. Of what
 * the files say, since the same ones may be written again, or touched.
 */
export function programStamp(): string {
  const files = [join(PACKAGE_FOLDER, "package.json"), programFile("src/cli.ts")];
  return files.map(digestOf).join(" ");
}

/** While it is being installed a file may be missing. */
function digestOf(file: string): string {
  try {
    return Bun.hash(readFileSync(file)).toString(16);
  } catch {
    return "missing";
  }
}

function packageFolder(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) || folder === dirname(folder)) return folder;
  }
}

/**
 * The changelog at a release: `bun run changelog 2.1.0 [YYYY-MM-DD]`.
 *
 * A change brings a file of a sentence or two in `changelog/unreleased/`, so that no two changes write to the same
 * lines. A release renames that folder to `changelog/<version>_<date>/`, and `CHANGELOG.md` is made anew of all such
 * folders, the latest first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RELEASE = /^(\d+\.\d+\.\d+(?:-[\w.]+)?)_(\d{4}-\d{2}-\d{2})$/;

/**
 * Makes a release of what is unreleased. Throws, before anything is changed, when there is nothing or the version is
 * known.
 */
export function release(root: string, version: string, date: string): void {
  const changelog = join(root, "changelog");
  const name = `${version}_${date}`;
  if (!RELEASE.test(name))
    throw new Error(`"${version}" of "${date}" is no version and date, as in 2.1.0 2026-12-01`);
  if (releasesIn(changelog).some((known) => known.version === version))
    throw new Error(`${version} is there already`);
  if (entriesIn(join(changelog, "unreleased")).length === 0)
    throw new Error("nothing has changed since the last release");
  renameSync(join(changelog, "unreleased"), join(changelog, name));
  mkdirSync(join(changelog, "unreleased"));
  // Git keeps no empty folders.
  writeFileSync(join(changelog, "unreleased/.gitkeep"), "");
  writeFileSync(join(root, "CHANGELOG.md"), page(changelog));
}

/** The page of all releases. */
export function page(changelog: string): string {
  const releases = releasesIn(changelog).map(
    ({ folder, version, date }) =>
      `## ${version} (${date})\n\n${entriesIn(join(changelog, folder)).join("\n")}\n`,
  );
  const note =
    "Made by `bun run changelog` of the files in `changelog/`. What is not released yet is in `changelog/unreleased/`.";
  return `${["# Changelog\n", `${note}\n`, ...releases].join("\n")}`;
}

interface Release {
  readonly folder: string;
  readonly version: string;
  readonly date: string;
}

/** The latest first. */
function releasesIn(changelog: string): Release[] {
  return readdirSync(changelog)
    .flatMap((folder): Release[] => {
      const [, version, date] = RELEASE.exec(folder) ?? [];
      return version === undefined || date === undefined ? [] : [{ folder, version, date }];
    })
    .sort((a, b) => Bun.semver.order(b.version, a.version));
}

/** One item of a list for each file, in the order of their names. */
function entriesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), "utf8").trim();
    if (text === "") throw new Error(`${join(folder, name)} is empty`);
    return `- ${text.replaceAll(/\s*\n\s*/g, " ")}`;
  });
}

if (import.meta.main) {
  const [version, date = new Date().toISOString().slice(0, 10)] = process.argv.slice(2);
  if (version === undefined) {
    console.error("usage: bun run changelog <version> [YYYY-MM-DD]");
    process.exit(2);
  }
  release(join(import.meta.dir, ".."), version, date);
}

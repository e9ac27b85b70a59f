/**
 * What Bun is started with, so that no file of the working directory has an effect on it: neither `bunfig.toml`
 * (`preload`), nor `.env`, nor the `paths` of a `tsconfig.json` or `jsconfig.json`, by which a folder could put a
 * file of its own in the place of the program. Nothing is installed while the program runs either, from wherever an
 * `.npmrc` says. The two files that are named stand in for those of the folder; `/dev/null` would do on most systems,
 * but not on all.
 */
import { delimiter, isAbsolute, join } from "node:path";

/** @param folder this one; whoever is bundled has to say where it lies */
export function bunFlags(folder) {
  return [
    `--config=${join(folder, "no-bunfig.toml")}`,
    "--no-env-file",
    "--no-install",
    `--tsconfig-override=${join(folder, "no-paths.json")}`,
  ];
}

/**
 * The folders in which a program may be looked for, of those of a search path. Only absolute ones: others depend on
 * the working directory, whose files are not to be run. The same holds for what a package manager puts before the
 * PATH, which is what the project brings.
 *
 * @param path as in the variable PATH
 */
export function programFolders(path) {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
}

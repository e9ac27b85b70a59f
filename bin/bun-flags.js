/**
 * What Bun is started with, so that no file of the working directory has an effect on it: neither `bunfig.toml`
 * (`preload`), nor `.env`, nor the `paths` of a `tsconfig.json` or `jsconfig.json`, by which a folder could put a
 * file of its own in the place of the program. Nothing is installed while the program runs either, from wherever an
 * `.npmrc` says. The two files that are named stand in for those of the folder; `/dev/null` would do on most systems,
 * but not on all.
 */
import { fileURLToPath } from "node:url";

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

export const BUN_FLAGS = [
  `--config=${beside("no-bunfig.toml")}`,
  "--no-env-file",
  "--no-install",
  `--tsconfig-override=${beside("no-paths.json")}`,
];

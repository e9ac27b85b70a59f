/** Fix of `cache.open`: moves a damaged vector cache to quarantine with what SQLite keeps beside it. */
import { databaseFiles } from "../quarantine.ts";
import { type Fix, textOf } from "./fix.ts";
import { moveUnused } from "./unused-quarantine.ts";

export const moveCache: Fix = async (target, { project }) => {
  const files = databaseFiles(textOf(target, "path"));
  return files.length === 0 ? "gone already" : moveUnused(project.paths, files);
};

/** Fix of `db.leftovers`: moves what is left over to quarantine. */
import { existsSync } from "node:fs";
import { type Fix, textOf } from "./fix.ts";
import { moveUnused } from "./unused-quarantine.ts";

export const moveLeftover: Fix = async (target, { project }) => {
  const path = textOf(target, "path");
  return existsSync(path) ? moveUnused(project.paths, [path]) : "gone already";
};

/** A document as it is typed at a prompt: an id, an ending of one, or a path from where one stands. */
import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Project } from "../config/load.ts";
import { startingPoint } from "./working-directory.ts";

/**
 * What the read side understands for what was typed. A path that says where it begins (`/…`, `./…`, `../…`) and a file that exists below the
 * working directory become paths relative to the project root; anything else is an id or an ending of one already.
 */
export function documentArgument(
  project: Project,
  typed: string,
  cwd: string = startingPoint(project.root),
): string {
  const explicit = isAbsolute(typed) || /^\.\.?[/\\]/.test(typed);
  const path = relative(project.root, resolve(cwd, typed));
  const inside = path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  const standsHere = relative(project.root, cwd) !== "" && existsSync(resolve(cwd, typed));
  return inside && (explicit || standsHere) ? path.split(sep).join("/") : typed;
}

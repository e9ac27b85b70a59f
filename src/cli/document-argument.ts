/**
 * A document as it is typed at a prompt: an id, an ending of one, or a path from where one stands; with the lines that
 * results print behind it.
 */
import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Project } from "../project/index.ts";
import { isBelow, isCode, isMarkdown } from "../system/files/index.ts";
import { startingPoint } from "./invocation.ts";

/**
 * What the read side understands for what was typed. A path that says where it begins (`/…`, `./…`, `../…`) and a
 * file that exists below the working directory become paths relative to the project root; anything else is an id or
 * an ending of one already. Lines or a heading behind it stay there.
 */
export function referenceArgument(project: Project, typed: string, cwd?: string): string {
  const { name, lines } = splitLines(project, typed, cwd);
  return documentArgument(project, name, cwd) + lines;
}

/** The same for a document as a whole. */
export function documentArgument(
  project: Project,
  typed: string,
  cwd: string = startingPoint(project.root),
): string {
  const { name } = splitLines(project, typed, cwd);
  const explicit = isAbsolute(name) || /^\.\.?[/\\]/.test(name);
  const path = resolve(cwd, name);
  const standsHere = relative(project.root, cwd) !== "" && existsSync(path);
  // Through a link to the root, which the working directory may have been reached by, the read side finds its own way.
  if (explicit && !isBelow(project.root, path)) return path;
  if (!isBelow(project.root, path) || !(explicit || standsHere)) return name;
  return relative(project.root, path).split(sep).join("/");
}

/** The document and its place, lines or a heading. A file whose own name ends so is meant as a whole. */
function splitLines(
  project: Project,
  typed: string,
  cwd: string = startingPoint(project.root),
): { readonly name: string; readonly lines: string } {
  const behind = /^(.+?)(:[1-9]\d*(?:-\d*)?(?::\d+)?)$/s.exec(typed) ?? /^([^#]+)(#.+)$/s.exec(typed);
  const [, name = "", lines = ""] = behind ?? [];
  return (isMarkdown(name) || isCode(name)) && !existsSync(resolve(cwd, typed))
    ? { name, lines }
    : { name: typed, lines: "" };
}

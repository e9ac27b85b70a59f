/**
 * A document or a folder as it is written anywhere: an absolute path as its user sees it, the URI of a resource or of
 * a file, an id as output prints it. All of them become what the read side knows: a path relative to the project
 * root.
 */
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isBelow, isMarkdown, realPlace } from "../system/files/index.ts";

const RESOURCE = /^amalfa:\/\/(?:document\/)?/i;

/**
 * What is written, relative to the project root where it lies in that; anything else as it is. The root itself is
 * empty.
 */
export function placeInProject(root: string, written: string): string {
  const path = withoutScheme(written);
  if (!isAbsolute(path)) return path;
  const real = realPlace(root);
  // A link to a document is a document of its own, so that only the folders above it are followed.
  const seen = join(realPlace(dirname(path)), basename(path));
  const places = [
    [root, path],
    [real, seen],
    [real, realPlace(path)],
  ] as const;
  for (const [folder, place] of places) {
    if (place === folder) return "";
    if (isBelow(folder, place)) return relative(folder, place).split(sep).join("/");
  }
  return path;
}

function withoutScheme(written: string): string {
  const trimmed = written.trim();
  if (RESOURCE.test(trimmed)) {
    const [path = ""] = trimmed.replace(RESOURCE, "").split("?", 1);
    return decoded(path) ?? path;
  }
  if (!/^file:\/\//i.test(trimmed)) return written;
  try {
    return fileURLToPath(trimmed);
  } catch {
    return written;
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * Ways to understand a reference that is none as it is: with the line that results print behind it left out, and
 * quotation marks around it.
 */
export function withoutOrnament(written: string): string | undefined {
  const bare = written.trim().replace(/^(["'`<])(.*)(["'`>])$/s, "$2");
  const [, name = bare] = /^(.+?):[1-9]\d*(?:-\d+)?(?::\d+)?$/.exec(bare) ?? [];
  const shown = name.replace(/\\u([\da-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return shown === written || !(isMarkdown(shown) || shown === bare) ? undefined : shown;
}

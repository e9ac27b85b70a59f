/**
 * Sources as text: normal form, and the fixed folder that a glob starts from. Nothing here touches the file system.
 */
import { isAbsolute, posix, relative, sep } from "node:path";
import { CODE_EXTENSIONS, isCode } from "../system/files/index.ts";

/** A source taken apart. */
export interface ParsedSource {
  /** The normal form: relative to the project root, `/`-separated, without `./`; `.` is the root itself. */
  readonly source: string;
  /** The path up to the first segment with a wildcard; the whole source when there is none. */
  readonly base: string;
  /** Whether the source has a wildcard; a file whose name really looks like one takes precedence. */
  readonly glob: boolean;
}

const WILDCARD = /[*?[\]{}]/;
const NEVER_INGESTED = /^(?:node_modules|\.git|\.amalfa(?:\..*)?)$/;

/** Folders that are never looked into, whatever the settings say: dependencies, git's data, amalfa's own data. */
export function isNeverIngested(name: string): boolean {
  return NEVER_INGESTED.test(name);
}

/**
 * Whether a source is for code: it is a file of code, or a glob of which the last segment ends in extensions of
 * code, as `*.ts` and `*.{py,go}` do. `*` and `src/**` match code as well, and nobody who writes them for notes means
 * it.
 */
export function isSourceOfCode(root: string, source: string): boolean {
  const parsed = parseSource(root, source);
  if ("problem" in parsed) return false;
  const name = parsed.source.slice(parsed.source.lastIndexOf("/") + 1);
  if (!parsed.glob) return isCode(name);
  const ending = /\.(?:\{[^{}]*\}|[^.{}]*)$/.exec(name)?.[0];
  if (ending === undefined) return false;
  const glob = new Bun.Glob(`x${ending}`);
  return (
    CODE_EXTENSIONS.some((extension) => glob.match(`x${extension}`)) && !glob.match("x.no-extension-at-all")
  );
}

/** Takes a source apart, or says why it cannot be one. `root` is the absolute path of the project root. */
export function parseSource(root: string, source: string): ParsedSource | { readonly problem: string } {
  if (source.trim() === "") return { problem: "expected a path or a glob, found an empty text" };
  if (source.includes("\0")) return { problem: "expected a path or a glob, found a NUL character in it" };
  if (source.startsWith("!"))
    return { problem: `expected a path or a glob, found "${source}"; "excludePatterns" leaves files out` };
  const inside = isAbsolute(source) ? relative(root, source) : source;
  const normal = posix
    .normalize(sep === "/" ? inside : inside.replaceAll(sep, "/"))
    .replace(/(?<=.)\/+$/, "");
  const segments = normal === "" || normal === "." ? [] : normal.split("/");
  if (segments[0] === ".." || /(?:^|[{,/])\.\.(?:[},/]|$)/.test(normal)) {
    return { problem: `"${source}" lies outside the project root ${root}` };
  }
  const wildcardAt = segments.findIndex((segment) => WILDCARD.test(segment));
  const fixed = wildcardAt === -1 ? segments : segments.slice(0, wildcardAt);
  const hidden = fixed.find(isNeverIngested);
  if (hidden !== undefined) return { problem: `"${source}" lies in ${hidden}, which is never ingested` };
  return { source: segments.join("/") || ".", base: fixed.join("/") || ".", glob: wildcardAt !== -1 };
}

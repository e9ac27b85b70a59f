/**
 * `.gitignore` files of many folders as one list of rules.
 *
 * Git asks the deepest file first and takes the last rule that matches. All rules therefore go into one matcher, those
 * of nested files rewritten to start at the same top folder and appended, so that one test of a path decides and a
 * nested file can take back what an outer one said. Asking one matcher for each file would get that wrong: each would
 * hold a path ignored because it ignores a parent that a deeper file has taken back.
 */
import ignore, { type Ignore } from "ignore";
import { CODE_EXTENSIONS, MARKDOWN_EXTENSIONS, readSmallFile } from "../../system/files/index.ts";
import { formatCount } from "../../system/index.ts";

/** More than any file of rules has. */
const MOST_IGNORE_BYTES = 16 * 2 ** 20;
/**
 * As long as a path may be. A pattern of 800,000 characters is a regular expression that the engine refuses when a path
 * is first tested, and every command ended with that; one of 60,000 took seconds.
 */
const LONGEST_PATTERN = 4_096;

/** The text of a file of rules. Throws what reading it throws, and where a line is too long to be a pattern. */
export function readRules(path: string): string {
  const text = readSmallFile(path, MOST_IGNORE_BYTES);
  const line = text.split("\n").findIndex(isTooLong) + 1;
  if (line === 0) return text;
  throw new Error(
    `has more than ${formatCount(LONGEST_PATTERN)} characters in line ${line}, which is no pattern`,
  );
}

function isTooLong(line: string): boolean {
  return line.length > LONGEST_PATTERN && !line.startsWith("#");
}

/** The rules that apply in one folder; `undefined` where there are none, which is the common and the fast case. */
export type IgnoreRules = { readonly matcher: Ignore; readonly matchesDocuments: boolean } | undefined;

// Git follows the file system here, and these are the platforms whose file systems usually fold case.
const options = {
  ignorecase: process.platform === "darwin" || process.platform === "win32",
  allowRelativePaths: true,
};

/**
 * The rules of a folder: those of the folders above it, followed by those of its own `.gitignore`.
 * @param folder path of the folder from the top folder, ending with `/`; empty for the top folder itself.
 */
export function extendRules(rules: IgnoreRules, folder: string, gitignore: string): IgnoreRules {
  const lines = gitignore.replace(/^\uFEFF/, "").split(/\r?\n/);
  return addPatterns(
    rules,
    lines.flatMap((line) => rewritePattern(line, folder)),
  );
}

/** The rules of patterns that are written in the settings, relative to the project root. */
export function rulesOfPatterns(patterns: readonly string[]): IgnoreRules {
  return addPatterns(
    undefined,
    patterns.map((pattern) => pattern.replace(/^(!?)\.\//, "$1/")),
  );
}

/** Whether a path from the top folder is ignored, or a folder on the way to it. A folder's path ends with `/`. */
export function isIgnored(rules: IgnoreRules, path: string): boolean {
  return rules?.matcher.test(path).ignored === true;
}

/** Whether the rules could match the name of a markdown file at all. */
export function mayIgnoreDocuments(rules: IgnoreRules): boolean {
  return rules?.matchesDocuments === true;
}

/** Whether a markdown file is ignored, given that the folder it lies in is not. */
export function isDocumentIgnored(rules: IgnoreRules, path: string): boolean {
  return rules?.matchesDocuments === true && rules.matcher.test(path).ignored;
}

function addPatterns(rules: IgnoreRules, patterns: readonly string[]): IgnoreRules {
  if (patterns.length === 0) return rules;
  const matcher = ignore(options);
  if (rules !== undefined) matcher.add(rules.matcher);
  matcher.add(patterns.map((pattern) => ({ pattern })));
  return { matcher, matchesDocuments: rules?.matchesDocuments === true || patterns.some(mayMatchDocument) };
}

const DOCUMENT_EXTENSIONS = [...MARKDOWN_EXTENSIONS, ...CODE_EXTENSIONS];

/**
 * Whether a pattern could match the name of a document. Most cannot (`node_modules/`, `*.log`, `dist`), and a
 * folder with thousands of documents need not be tested against them name by name, which costs more than its `stat`s.
 */
function mayMatchDocument(pattern: string): boolean {
  if (pattern.endsWith("/") || pattern.startsWith("#")) return false;
  const name = pattern
    .slice(pattern.lastIndexOf("/") + 1)
    .trimEnd()
    .toLowerCase();
  if (name.includes("\\")) return true;
  const end = /[^*?\]]*$/.exec(name)?.[0] ?? "";
  return DOCUMENT_EXTENSIONS.some((extension) => extension.endsWith(end) || end.endsWith(extension));
}

function rewritePattern(line: string, folder: string): string[] {
  const pattern = withoutTrailingSpaces(line);
  if (pattern === "" || isTooLong(pattern) || pattern.startsWith("#")) return [];
  const negated = pattern.startsWith("!");
  const body = (negated ? pattern.slice(1) : pattern).replace(/^\\(?=[!#])/, "");
  if (body === "" || body === "/") return [];
  if (folder === "") return [pattern];
  const slash = body.indexOf("/");
  const anchored = slash !== -1 && slash !== body.length - 1;
  const start = folder.replace(/[\\*?[\]]/g, "\\$&");
  return [`${negated ? "!" : ""}/${start}${anchored ? body.replace(/^\//, "") : `**/${body}`}`];
}

/** A space at the end counts only when a backslash stands before it. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === " ") end--;
  if (end === line.length) return line;
  let backslashes = 0;
  while (line[end - 1 - backslashes] === "\\") backslashes++;
  return line.slice(0, backslashes % 2 === 1 ? end + 1 : end);
}

/**
 * Running a settings file that somebody has agreed to: the very bytes that were compared with the consent, whatever
 * the files hold a moment later, and nothing of the project besides.
 */
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { plugin } from "bun";
import { liesBelow, realPath } from "../../system/files/index.ts";
import { PACKAGE_FOLDER } from "../../system/index.ts";
import { type Program, type ProgramFile, readProgram, untrusted } from "./program.ts";
import { hasConsent, listConsents } from "./store.ts";

/** amalfa itself, which may be installed in the project. */
const OWN_FOLDER = PACKAGE_FOLDER;

/** What is loaded under its path and this mark comes from a program's files, as they were read. */
const MARK = "?agreed=";

/** Files of agreed programs by path, as they were when they were last run. */
const agreedFiles = new Map<string, { readonly program: Program; readonly file: ProgramFile }>();
const guardedFolders = new Set<string>();

/** Runs the program and answers its default export. Throws `config.untrusted`, and what the program throws. */
export async function runAgreed(path: string): Promise<unknown> {
  const program = readProgram(path);
  if (!hasConsent(program)) {
    const before = listConsents().some(({ place }) => place === program.place);
    throw untrusted(path, before ? "changed" : "new");
  }
  for (const file of program.files) agreedFiles.set(file.path, { program, file });
  guard(dirname(program.place));
  const [entry] = program.files;
  const module: { default?: unknown } = await import(marked(entry?.path ?? path, program));
  return module.default;
}

/**
 * The digest in the name makes another module of another content: an earlier one stays loaded as long as the process
 * lives.
 */
function marked(path: string, { digest }: Program): string {
  return `${path}${MARK}${digest}`;
}

function unmarked(path: string): string {
  const at = path.indexOf(MARK);
  return at < 0 ? path : path.slice(0, at);
}

/** Sees to what is loaded from a folder, from now on. */
function guard(folder: string): void {
  if (guardedFolders.has(folder)) return;
  guardedFolders.add(folder);
  const isOwn = `${OWN_FOLDER}/`.startsWith(`${folder}/`) || liesBelow(folder, OWN_FOLDER);
  const below = isOwn ? "" : `|^${RegExp.escape(join(folder, "/"))}`;
  plugin({
    name: "amalfa: settings that are a program",
    setup(build) {
      build.onResolve({ filter: /./ }, ({ path, importer }) => {
        const from = agreedFiles.get(unmarked(importer));
        if (from === undefined || isBuiltin(path) || /^bun(:|$)/.test(path)) return undefined;
        const target = resolved(path, dirname(from.file.path));
        if (target === undefined) return undefined;
        const agreed = agreedFiles.get(target);
        if (agreed === undefined || agreed.program.digest !== from.program.digest) throw notAgreed(target);
        return { path: marked(target, from.program) };
      });
      build.onLoad({ filter: new RegExp(`${RegExp.escape(MARK)}[0-9a-f]{64}$${below}`) }, ({ path }) => {
        const file = agreedFiles.get(unmarked(path))?.file;
        if (file === undefined) throw notAgreed(path);
        if (file.loader !== "json") return { contents: asModule(file.content), loader: file.loader };
        return { exports: { default: JSON.parse(file.content) as unknown }, loader: "object" };
      });
    },
  });
}

/** What a plugin hands over is always taken for an ES module, so that a CommonJS one has to become one. */
function asModule(content: string): string {
  const isCommon =
    /\b(?:module\s*\.\s*)?exports\b/.test(content) && !/^\s*(?:export|import)\b/m.test(content);
  if (!isCommon) return content;
  return `var module = { exports: {} }, exports = module.exports; ${content}\nexport default module.exports;`;
}

/** Undefined where there is nothing. */
function resolved(path: string, folder: string): string | undefined {
  try {
    return realPath(Bun.resolveSync(path, folder));
  } catch {
    return undefined;
  }
}

function notAgreed(path: string): Error {
  return new Error(`it loads ${path}, which it does not name in an import, so that nobody has agreed to it`);
}

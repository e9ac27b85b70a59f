/**
 * What would run if a settings file were run: the file, and what it imports, without running anything.
 *
 * Consent is given to these bytes and to no others. Packages are not followed: they change with every install, and
 * one of them is soon a thousand files. Nothing here transpiles either, since Bun runs macros while it does;
 * `scanImports` only parses.
 */
import { isBuiltin } from "node:module";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { readSmallBytes, realPath } from "../../system/files/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";

/** How Bun reads a file, by its extension. */
const LOADERS = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".json": "json",
} as const;

export type Loader = (typeof LOADERS)[keyof typeof LOADERS];

/** One file of a program. */
export interface ProgramFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly content: string;
  readonly sha256: string;
  readonly loader: Loader;
}

export interface Program {
  /** The settings file as the project has it: absolute, its folder without symbolic links. */
  readonly place: string;
  /** Of all files with their paths from there. */
  readonly digest: string;
  /** The settings file first, then what it imports. */
  readonly files: readonly ProgramFile[];
}

/** Far more than settings need. */
const MOST_FILES = 100;

/**
 * Reads a settings file and all that it imports. Throws `config.untrusted` where consent could not cover what would
 * run.
 */
export function readProgram(file: string): Program {
  const place = placeOf(file);
  const files = new Map<string, ProgramFile>();
  const pending = [realPathOf(place, file)];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (files.has(path)) continue;
    if (files.size === MOST_FILES) throw uncoverable(file, `it consists of more than ${MOST_FILES} files`);
    const read = readProgramFile(file, path);
    files.set(path, read);
    for (const specifier of importsOf(file, read)) {
      const target = resolveImport(file, path, specifier);
      if (target !== undefined) pending.push(target);
    }
  }
  return { place, files: [...files.values()], digest: digestOf(place, [...files.values()]) };
}

/** The name by which a settings file is agreed to: absolute, its folder without symbolic links. */
export function placeOf(file: string): string {
  return join(realPath(dirname(file)), basename(file));
}

function digestOf(place: string, files: readonly ProgramFile[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const lines = files.map(({ path, sha256 }) =>
    JSON.stringify([relative(dirname(place), path).replaceAll(sep, "/"), sha256]),
  );
  return hasher.update(lines.sort().join("\n")).digest("hex");
}

function readProgramFile(settings: string, path: string): ProgramFile {
  const loader = Object.hasOwn(LOADERS, extname(path))
    ? LOADERS[extname(path) as keyof typeof LOADERS]
    : undefined;
  if (loader === undefined)
    throw uncoverable(settings, `it imports ${path}, which is neither a script nor JSON`);
  try {
    const content = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readSmallBytes(path));
    return { path, content, loader, sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex") };
  } catch (error) {
    throw uncoverable(settings, `${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What a file imports by name. One that does not parse imports nothing: it will not run either. */
function importsOf(settings: string, { path, content, loader }: ProgramFile): string[] {
  if (loader === "json") return [];
  // Such an import is run while the file is read, and is not among those that are found.
  if (/["'`]macro["'`:]/.test(unescaped(content))) throw uncoverable(settings, `${path} imports a macro`);
  try {
    const found = new Bun.Transpiler({ loader, trimUnusedImports: true }).scanImports(content);
    return found.map((each) => each.path).filter((name) => !isBuiltin(name) && !/^bun(:|$)/.test(name));
  } catch {
    return [];
  }
}

/** Escapes in strings as the characters that they stand for, as far as they could spell a word. */
function unescaped(text: string): string {
  const written = /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|([0-7]{1,3})|\r?\n|(.))/gi;
  return text.replace(written, (_all, braces, unicode, hex, octal, other) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const code = braces ?? unicode ?? hex;
    return code === undefined
      ? (other ?? "")
      : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  });
}

/** Undefined where there is nothing: should it appear later, the program is another. */
function resolveImport(settings: string, importer: string, specifier: string): string | undefined {
  if (!isPath(specifier)) {
    throw uncoverable(settings, `${importer} imports the package "${specifier}"`);
  }
  try {
    return realPath(Bun.resolveSync(specifier, dirname(importer)));
  } catch {
    return undefined;
  }
}

/** Anything else is the name of a package, or something that is made one by the project's settings. */
function isPath(specifier: string): boolean {
  return /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[A-Za-z]:[\\/])/.test(specifier);
}

function realPathOf(place: string, file: string): string {
  try {
    return realPath(place);
  } catch (error) {
    throw uncoverable(file, `it cannot be read: ${messageOf(error)}`);
  }
}

/** @param reason a clause */
function uncoverable(file: string, reason: string): AmalfaError {
  return new AmalfaError(
    "config.untrusted",
    `${file} is a program and was not run: consent could not cover what it would run, because ${reason}.`,
    {
      hint:
        `Write the settings as ${join(dirname(file), "amalfa.settings.json")}, which is ` +
        "read and not run, or keep what the program needs in files of its own beside it.",
    },
  );
}

/** Nobody has agreed to what a settings file would run. */
export function untrusted(file: string, change: "new" | "changed"): AmalfaError {
  const why =
    change === "new"
      ? "nobody has agreed to that"
      : "it, or what it imports, has changed since somebody agreed to that";
  return new AmalfaError("config.untrusted", `${file} is a program and was not run, because ${why}.`, {
    hint:
      "Read it; then `amalfa trust` lets this very content run from now on. Or write the " +
      `settings as ${join(dirname(file), "amalfa.settings.json")}, which is read and never run.`,
  });
}

/**
 * Turns the chunks of a bundle into CommonJS with bytecode beside it (`x.js.jsc`). Reading and translating what a
 * command loads is a good part of its start, and Bun keeps bytecode of CommonJS alone.
 *
 * Only the build of Bun that made the bytecode reads it. Any other one passes over it and translates the source, which
 * takes a little longer than a module would (docs/performance.md).
 *
 * Bun's own way from a module to CommonJS puts two getters, one of them bound, before each use of an import. So the
 * exports are put into words here, and Bun sees modules that only import. Chunks that wait while they load stay
 * modules, and so do those that import them; programs that are started by their path do as well.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

interface Chunk {
  readonly name: string;
  readonly text: string;
  readonly source: ts.SourceFile;
  /** Chunks that are loaded with it. */
  readonly needs: readonly string[];
}

const CHUNK = /^chunk-[a-z0-9]+\.js$/;
/**
 * Where Bun has a chunk load another one of which it uses nothing. No file of ours does anything when it is loaded but
 * what those need that use it (`sideEffects` of package.json).
 */
const LOADED_FOR_NOTHING = /(?<=^|[;\n])import"\.\/chunk-[a-z0-9]+\.js";/g;
const AT_ONCE = 8;

/** Answers how many chunks have bytecode, and the bytes of it. */
export async function addBytecode(
  folder: string,
): Promise<{ readonly compiled: number; readonly bytes: number }> {
  const names = readdirSync(folder).filter((name) => CHUNK.test(name));
  const chunks = await Promise.all(names.map((name) => readChunk(folder, name)));
  const modules = chunksThatStay(chunks);
  const turned = chunks.filter(({ name }) => !modules.has(name));
  // All are in place before the first is compiled, and each is replaced by what became of it.
  await Promise.all(
    turned.map((chunk) => Bun.write(join(folder, chunk.name), onlyImporting(chunk, modules))),
  );
  let bytes = 0;
  for (let at = 0; at < turned.length; at += AT_ONCE) {
    const sizes = await Promise.all(turned.slice(at, at + AT_ONCE).map(({ name }) => compile(folder, name)));
    bytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return { compiled: turned.length, bytes };
}

async function readChunk(folder: string, name: string): Promise<Chunk> {
  const text = (await Bun.file(join(folder, name)).text()).replace(LOADED_FOR_NOTHING, "");
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const needs = [...text.matchAll(/(?:from|import)\s*"\.\/(chunk-[a-z0-9]+\.js)"/g)].map(
    ([, found]) => found ?? "",
  );
  return { name, text, source, needs };
}

function chunksThatStay(chunks: readonly Chunk[]): ReadonlySet<string> {
  const staying = new Set(chunks.filter((chunk) => !canTurn(chunk)).map(({ name }) => name));
  for (let before = -1; before < staying.size; ) {
    before = staying.size;
    for (const { name, needs } of chunks) if (needs.some((need) => staying.has(need))) staying.add(name);
  }
  return staying;
}

function canTurn({ source, text }: Chunk): boolean {
  const isPlain = source.statements.every(
    (statement) =>
      !ts.isExportAssignment(statement) &&
      (!ts.isExportDeclaration(statement) || namesOf(statement) !== undefined),
  );
  return isPlain && !waits(source) && !/\bimport\.meta\.main\b/.test(text);
}

/** Whether something is awaited outside of every function. */
function waits(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined))
    return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => waits(child) || undefined) ?? false;
}

function namesOf({ exportClause, moduleSpecifier }: ts.ExportDeclaration) {
  if (moduleSpecifier !== undefined || exportClause === undefined || !ts.isNamedExports(exportClause))
    return undefined;
  return exportClause.elements.map(({ name, propertyName }) => ({
    name: name.text,
    local: (propertyName ?? name).text,
  }));
}

/** The chunk without exports, which it puts into its place in the function that Bun makes of CommonJS. */
function onlyImporting({ text, source }: Chunk, modules: ReadonlySet<string>): string {
  const exported: string[] = [];
  const fixed = new Set(source.statements.flatMap(fixedName));
  let rest = text;
  for (const statement of [...source.statements].reverse()) {
    if (!ts.isExportDeclaration(statement)) continue;
    for (const { name, local } of namesOf(statement) ?? []) {
      // What may be assigned later is read when it is used, as with a module.
      exported.push(fixed.has(local) ? `${name}:${local}` : `get ${name}(){return ${local}}`);
    }
    rest = rest.slice(0, statement.pos) + rest.slice(statement.end);
  }
  return `"use strict";${PLACE}${inCommonJs(rest, modules)}\narguments[2].exports={__esModule:true,${exported.join(",")}};\n`;
}

function fixedName(statement: ts.Statement): readonly string[] {
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

/**
 * Where the chunk lies when it runs. For `__dirname` and `__filename` Bun puts in where it lies while it is built: a
 * program that is installed elsewhere would look for its files there, and run what somebody else has put there.
 */
const PLACE = "const placeOfFile=arguments[3],placeOfFolder=arguments[4];";

/** What only modules have, in other words. */
function inCommonJs(text: string, modules: ReadonlySet<string>): string {
  return text
    .replace(/\bimport\.meta\.dir\b/g, "placeOfFolder")
    .replace(/\bimport\.meta\.url\b/g, "Bun.pathToFileURL(placeOfFile).href")
    .replace(/\bimport\.meta\.require\b/g, "require")
    .replace(
      /\bimport\.meta\.resolve\(/g,
      "((name)=>Bun.pathToFileURL(Bun.resolveSync(name,placeOfFolder)).href)(",
    )
    .replace(/\bimport\("\.\/(chunk-[a-z0-9]+\.js)"\)/g, (whole, name: string) =>
      modules.has(name) ? whole : `Promise.resolve().then(()=>require("./${name}"))`,
    );
}

/** Answers the bytes of the bytecode. Throws what Bun says. */
async function compile(folder: string, name: string): Promise<number> {
  const { outputs } = await Bun.build({
    entrypoints: [join(folder, name)],
    target: "bun",
    format: "cjs",
    bytecode: true,
    minify: { whitespace: true },
    external: ["*"],
  });
  const [code, bytecode] = ["entry-point", "bytecode"].map((kind) =>
    outputs.find((output) => output.kind === kind),
  );
  if (code === undefined || bytecode === undefined) throw new Error(`${name} has no bytecode`);
  if (!WRAPPED.test(await code.text())) throw new Error(`${name} is no function of five arguments`);
  await Bun.write(join(folder, name), await code.arrayBuffer());
  await Bun.write(join(folder, `${name}.jsc`), await bytecode.arrayBuffer());
  return bytecode.size;
}

const WRAPPED =
  /^\/\/ @bun @bytecode @bun-cjs\n\(function\(exports, require, module, __filename, __dirname\) ?\{"use strict"/;

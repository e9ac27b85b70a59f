/**
 * Bundles the program into `dist/`, as it is published: a command that answers from the graph loads some two hundred
 * small files otherwise, which is most of what its start takes (docs/performance.md). Bytecode lies beside what is
 * loaded (`bundle-bytecode.ts`). Programs of their own, such as workers, keep their paths below `dist/`; `programFile`
 * of `src/system/program.ts` finds them.
 *
 * Names of functions and classes stay, since stacks and errors show them. What has machine code stays a package
 * beside it, as do grammars and what reads them. `bun scripts/bundle-program.ts [folder]`: to another folder than
 * `dist`.
 */

import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { BunPlugin } from "bun";
import { addBytecode } from "./bundle-bytecode.ts";

const root = resolve(import.meta.dir, "..");

/** What is run by its path, apart from what is bundled with it. */
export const PROGRAMS = [
  "src/cli.ts",
  "src/embedding/inference/worker.ts",
  "src/ingest/reading/worker.ts",
  "src/maintenance/doctor/process.ts",
  "src/services/watcher/subscriber.ts",
] as const;

/** What commander takes of `node:events`, which takes longer to load than all of commander. */
const EVENTS = `
class EventEmitter {
  #listeners = new Map();
  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }
  listenerCount(name) {
    return this.#listeners.get(name)?.length ?? 0;
  }
  emit(name, ...args) {
    const listeners = this.#listeners.get(name) ?? [];
    for (const listener of listeners) listener.apply(this, args);
    return listeners.length > 0;
  }
}`;

/**
 * Modules of the runtime that libraries import and amalfa never uses: they bring its streams and its inspector with
 * them, which takes as long as a third of a command's start. Commander runs no commands that are files of their own,
 * and chalk is told whether there is colour.
 */
const LIGHT_START: BunPlugin = {
  name: "light-start",
  setup(build) {
    build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/](command|help)\.js$/ }, async ({ path }) => ({
      contents: (await Bun.file(path).text())
        .replace(/^import childProcess from .*$/m, "const childProcess = undefined;")
        .replace(/^import \{ EventEmitter \} from .*$/m, EVENTS)
        .replace(
          /^import \{ stripVTControlCharacters \} from .*$/m,
          "const stripVTControlCharacters = Bun.stripANSI;",
        ),
      loader: "js",
    }));
    build.onResolve({ filter: /^#supports-color$/ }, ({ importer }) => ({
      path: join(importer, "../vendor/supports-color/browser.js"),
    }));
  },
};

/**
 * Replaces the folder. Throws with what Bun says where something cannot be bundled.
 *
 * @param apart sources that keep a file of their own, in which tests put something else. Nothing that is published.
 */
export async function bundleProgram(
  outdir: string,
  apart: readonly string[] = [],
): Promise<{ readonly files: number; readonly bytes: number }> {
  await rm(outdir, { recursive: true, force: true });
  const { outputs } = await Bun.build({
    entrypoints: [...PROGRAMS, ...apart].map((program) => join(root, program)),
    root,
    outdir,
    target: "bun",
    splitting: true,
    minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
    external: ["onnxruntime-node", "@parcel/watcher", "web-tree-sitter"],
    plugins: [LIGHT_START, ...apart.map((source) => keptApart(source, outdir))],
  });
  const { compiled, bytes } = await addBytecode(outdir);
  return {
    files: outputs.length + compiled,
    bytes: outputs.reduce((sum, { size }) => sum + size, 0) + bytes,
  };
}

function keptApart(source: string, outdir: string): BunPlugin {
  const written = join(outdir, source.replace(/\.ts$/, ".js"));
  return {
    name: `${source} apart`,
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, importer }) =>
        resolve(dirname(importer), path) === join(root, source)
          ? { path: written, external: true }
          : undefined,
      );
    },
  };
}

if (import.meta.main) {
  const { files, bytes } = await bundleProgram(resolve(process.argv[2] ?? join(root, "dist")));
  console.log(`dist: ${files} files, ${bytes} bytes`);
}

/**
 * Prepares the packages that are published inside amalfa's own, where they lie in `node_modules/`: only what runs on
 * this kind of machine stays, and no script.
 *
 * As they are published, one of them fetches GPU libraries from elsewhere when it is installed, which fails every
 * installation that reaches the registry alone; and it has the libraries of all platforms. What goes is nothing that
 * anybody here loads, so that a process that works meanwhile notices nothing. Files are removed and replaced, never
 * written into: they may be links into the installer's cache. `bun install --force` brings everything back.
 *
 * `bun scripts/bundle-runtime.ts [node_modules]`: in another folder than that of this clone.
 */
import { readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED, isKept, type Platform, slimManifest } from "./release/bundled.ts";

/** Leaves of each package what the platforms need; of none of them, only what is the same on all. */
export async function slim(nodeModules: string, platforms: readonly Platform[]): Promise<void> {
  for (const bundled of BUNDLED) {
    const folder = join(nodeModules, bundled.name);
    if (realpathSync(folder) !== join(realpathSync(nodeModules), bundled.name))
      throw new Error(`${folder} is a link. Install with \`bun install --linker hoisted\` before packing.`);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => !entry.isDirectory())) {
      const path = join(file.parentPath, file.name);
      const inside = path.slice(folder.length + 1).replaceAll("\\", "/");
      if (!isKept(bundled, inside, platforms)) rmSync(path);
    }
    removeEmpty(folder);
    const manifest = join(folder, "package.json");
    const slimmed = `${JSON.stringify(slimManifest(bundled, await Bun.file(manifest).json()), undefined, 2)}\n`;
    writeFileSync(`${manifest}.new`, slimmed);
    renameSync(`${manifest}.new`, manifest);
  }
}

function removeEmpty(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmpty(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}

if (import.meta.main) {
  await slim(process.argv[2] ?? join(import.meta.dir, "../node_modules"), [
    { os: process.platform, cpu: process.arch },
  ]);
}

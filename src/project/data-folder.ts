/** Making folders in `.amalfa`. */
import { existsSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { AmalfaError } from "../system/index.ts";
import { DATA_DIRECTORY, type ProjectPaths } from "./paths.ts";

/** The file by which git, and whatever goes by it, passes over `.amalfa`. */
export const DATA_IGNORE_FILE = { name: ".gitignore", content: "*\n" } as const;

/** Throws `data.link` where `.amalfa`, or a folder in it, is a link. */
export function refuseLinkedFolder({ data }: Pick<ProjectPaths, "data">, folder: string): void {
  for (const place of [data, folder]) {
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    throw new AmalfaError("data.link", `${place} is a symbolic link. Nothing was made through it.`);
  }
}

/**
 * Makes the folder that a file is to lie in. Throws what the file system throws, and `root.invalid`: a project that is
 * moved while a command works would be begun anew, and empty, at its old place.
 */
export function makeFolderOf(path: string): void {
  const folder = dirname(path);
  const parts = folder.split(sep);
  const at = parts.lastIndexOf(DATA_DIRECTORY);
  const root = parts.slice(0, Math.max(at, 0)).join(sep);
  if (root !== "" && !existsSync(root)) {
    throw new AmalfaError(
      "root.invalid",
      `${root} was moved or deleted meanwhile. Nothing was made in its place.`,
      {
        hint: "Run the command again where the project is now.",
      },
    );
  }
  mkdirSync(folder, { recursive: true });
}

/**
 * Makes a folder in `.amalfa`, which then is nothing that git shows or adds. Throws what `makeFolderOf` throws, and
 * `data.link`: a link that came with the folder would have everything made wherever it leads.
 */
export function makeDataFolder(paths: Pick<ProjectPaths, "data">, folder: string): void {
  refuseLinkedFolder(paths, folder);
  makeFolderOf(join(folder, DATA_IGNORE_FILE.name));
  try {
    if (!lstatSync(paths.data).isDirectory()) return;
    writeFileSync(join(paths.data, DATA_IGNORE_FILE.name), DATA_IGNORE_FILE.content, { flag: "wx" });
  } catch {
    // It is there, as usual, or there is no space for it: nothing depends on it.
  }
}

/** Making folders in `.amalfa`. */
import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AmalfaError } from "../system/index.ts";
import type { ProjectPaths } from "./paths.ts";

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
 * Makes a folder in `.amalfa`, which then is nothing that git shows or adds. Throws what the file system throws, and
 * `data.link`: a link that came with the folder would have everything made wherever it leads.
 */
export function makeDataFolder(paths: Pick<ProjectPaths, "data">, folder: string): void {
  refuseLinkedFolder(paths, folder);
  mkdirSync(folder, { recursive: true });
  try {
    if (!lstatSync(paths.data).isDirectory()) return;
    writeFileSync(join(paths.data, DATA_IGNORE_FILE.name), DATA_IGNORE_FILE.content, { flag: "wx" });
  } catch {
    // It is there, as usual, or there is no space for it: nothing depends on it.
  }
}

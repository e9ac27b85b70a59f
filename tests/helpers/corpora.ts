/**
 * Real markdown, where it is at hand: archives in `../shared/corpora` beside the repository, or in `$AMALFA_CORPORA`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TempFolder } from "./temp-folder.ts";

const CORPORA = process.env.AMALFA_CORPORA ?? join(import.meta.dir, "../../../shared/corpora");

function archive(name: string): string {
  return join(CORPORA, `${name}.tar.gz`);
}

export function hasCorpus(name: string): boolean {
  return existsSync(archive(name));
}

/** Unpacks a corpus into a folder of its own, which the caller disposes of. */
export function unpackCorpus(name: string): TempFolder {
  const folder = new TempFolder();
  const { status, stderr } = spawnSync("tar", ["-xzf", archive(name), "-C", folder.path], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The corpus ${name} cannot be unpacked: ${stderr}`);
  return folder;
}

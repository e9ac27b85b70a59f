/**
 * Graphs of every schema that was ever published, as SQL that makes them again, and the notes that they were made of.
 */
import { Database } from "bun:sqlite";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GRAPH } from "./project-files.ts";
import { TempFolder } from "./temp-folder.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");

const NOTES: Readonly<Record<string, string>> = {
  "plan/season.md":
    "---\ntitle: The season\ntags: [plan]\naliases: [year]\n---\n# The season\n\nSow early, then see [compost](../soil/compost.md#heat).\n\n## Autumn\n\nBring in the harvest and cover the soil.\n",
  "soil/compost.md":
    "# Compost\n\n## Heat\n\nA heap of a cubic metre gets hot enough to kill seeds.\n\n[back](../README.md), [nowhere](gone.md)\n",
  "README.md": "# Allotment\n\nNotes about a garden. Start with [the plan](plan/season.md).\n",
};

/** The schemas that there is a graph of. */
export const EARLIER_VERSIONS: readonly number[] = readdirSync(FIXTURES).flatMap((name) => {
  const [, version] = /^graph-schema-(\d+)\.sql$/.exec(name) ?? [];
  return version === undefined ? [] : Number(version);
});

/** The notes, and nothing else. */
export function plainNotes(): TempFolder {
  return new TempFolder().write(NOTES);
}

/** The notes with the graph of an earlier schema, and no vector cache. */
export function projectOfSchema(version: number): TempFolder {
  const folder = plainNotes();
  const path = folder.join(GRAPH);
  mkdirSync(dirname(path), { recursive: true });
  using db = new Database(path, { create: true, readwrite: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run(readFileSync(join(FIXTURES, `graph-schema-${version}.sql`), "utf8"));
  return folder;
}

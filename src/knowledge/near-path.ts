/** What a path of a filter was probably meant to be, where nothing lies below it. */
import type { Database } from "bun:sqlite";
import { editDistance } from "../system/index.ts";

/** From 0 to 1: the share of letters that may differ. */
const FARTHEST = 0.25;
const PATTERN = /[*?[\]{}]/;

/**
 * The folder, or the document, that is written so but for the case of its letters; then one whose path ends so; at
 * last the folder that is most like it. Undefined for a pattern, and where nothing is like it.
 */
export function nearestPath(db: Database, written: string): string | undefined {
  const asked = folded(written.replace(/^\.\//, "").replace(/\/+$/, ""));
  if (asked === "" || PATTERN.test(asked)) return undefined;
  const ids = db
    .query("SELECT id FROM nodes ORDER BY id")
    .values()
    .map(([id]) => String(id));
  const folders = [...new Set(ids.flatMap(foldersOf))].sort();
  const places = [...folders, ...ids];
  return (
    places.find((place) => folded(place) === asked) ??
    places.find((place) => folded(place).endsWith(`/${asked}`)) ??
    mostAlike(folders, asked)
  );
}

function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function foldersOf(id: string): string[] {
  const steps = id.split("/").slice(0, -1);
  return steps.map((_, at) => steps.slice(0, at + 1).join("/"));
}

function mostAlike(folders: readonly string[], asked: string): string | undefined {
  const scored = folders
    // What differs more in length alone is not near.
    .filter((folder) => Math.abs(folder.length - asked.length) <= FARTHEST * asked.length)
    .map((folder) => ({ folder, distance: editDistance(folded(folder), asked) }))
    .filter(({ distance }) => distance <= FARTHEST * asked.length);
  return scored.sort((a, b) => a.distance - b.distance)[0]?.folder;
}

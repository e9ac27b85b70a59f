/**
 * Where a vector cache may be exported to. What is there already is replaced only when it is an export itself:
 * nothing else is ever written over (I1).
 */
import { type Stats, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { loadArchive } from "../../embedding/cache/index.ts";
import { belongsTo, type Project, SETTINGS_FILES } from "../../project/index.ts";
import { isMarkdown, liesBelow, realPlace, requireCertain } from "../../system/files/index.ts";
import { AmalfaError, clauseOf } from "../../system/index.ts";

const { isArchive } = await loadArchive();

/**
 * The file to write, links followed. Throws `archive.place`, `archive.exists` and `path.encoding`.
 *
 * @param file absolute
 * @param replace whether an export that is there may be replaced
 */
export function exportPlace({ paths }: Project, file: string, replace: boolean): string {
  const place = requireCertain(realPlace(file));
  const reserved = reservedFor(paths, place);
  if (reserved !== undefined) throw misplaced(`${file} is the place of ${reserved}.`);
  const stat = statAt(place);
  if (stat === undefined) {
    if (statAt(dirname(place))?.isDirectory() !== true) throw misplaced(`${dirname(place)} is no folder.`);
    return place;
  }
  if (stat.isDirectory()) throw misplaced(`${file} is a folder.`);
  const replaceable = stat.isFile() && (stat.size === 0 || isArchive(place));
  if (!replaceable) throw misplaced(`${file} exists and is no export of a vector cache.`);
  if (replace || stat.size === 0) return place;
  throw new AmalfaError("archive.exists", `${file} exists already.`);
}

function reservedFor(paths: Project["paths"], place: string): string | undefined {
  if (liesBelow(paths.data, place)) return "what amalfa keeps itself, which a reset deletes";
  if ([paths.database, paths.vectorCache].some((path) => belongsTo(place, realPlace(path)))) {
    return "the graph or the vector cache";
  }
  if (isMarkdown(place)) return "a document";
  const name = basename(place);
  return SETTINGS_FILES.some((settings) => settings === name) ? "settings" : undefined;
}

function statAt(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    throw misplaced(`${place} cannot be looked at: ${clauseOf(error)}.`);
  }
}

function misplaced(message: string): AmalfaError {
  return new AmalfaError("archive.place", message);
}

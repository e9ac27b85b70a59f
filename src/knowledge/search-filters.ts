/** The filters of a search as written: made ready for the graph, refused, or named where they leave nothing. */

import type { Database } from "bun:sqlite";
import { isAbsolute, posix } from "node:path";
import {
  codeOfLanguage,
  countLetThrough,
  type Filters,
  filterable,
  filtersLeavingNothing,
  isLanguageTag,
} from "../graph/search/index.ts";
import { nearestName } from "../project/index.ts";
import { AmalfaError, calendarDay, editDistance, shortened } from "../system/index.ts";
import { placeInProject } from "./written-place.ts";

/**
 * Filters with paths relative to the root, and days that were counted from today. Throws `search.filter` (exit 2) for
 * those that no document could ever fit.
 */
export function readyFilters(root: string, written: Filters | undefined): Filters | undefined {
  if (written === undefined) return undefined;
  const [since, until] = [dayOf(written.since), dayOf(written.until)];
  const filters = { ...written, since, until };
  checkDates(filters);
  checkLanguage(filters.language);
  checkFields(filters.where);
  const paths = filters.paths?.map((path) => pathInProject(root, path));
  // The root itself leaves nothing out.
  return { ...filters, paths: paths?.includes("") === true ? undefined : paths };
}

function dayOf(date: string | undefined): string | undefined {
  return date === undefined ? undefined : calendarDay(date);
}

function pathInProject(root: string, written: string): string {
  const placed = posix.normalize(placeInProject(root, written) || ".").replace(/\/+$/, "");
  if (isAbsolute(placed) || placed === "" || placed.split("/")[0] === "..")
    throw refused(`The path "${written}" is not inside the project root.`, `The root is ${root}.`);
  return placed === "." ? "" : placed;
}

function checkDates({ since, until }: Filters): void {
  if (since === undefined || until === undefined) return;
  const length = Math.min(since.length, until.length);
  if (since.slice(0, length) <= until.slice(0, length)) return;
  throw refused(`No date is from ${since} on and up to ${until}.`, "Give the earlier date as since.");
}

function checkLanguage(language: string | undefined): void {
  if (language === undefined) return;
  const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
  const isKnown = isLanguageTag(language) && names.of(language.trim().split(/[-_]/)[0] ?? "") !== undefined;
  if (isKnown) return;
  const code = codeOfLanguage(language);
  throw refused(
    `"${language}" is not the code of a language.`,
    code === undefined ? "Give a code of ISO 639, such as de." : `Give its code, ${code}.`,
  );
}

/** A field that is called `due>` has none: who writes that compares. */
function checkFields(where: Filters["where"]): void {
  for (const written of Object.keys(where ?? {})) {
    const field = written.trim();
    const [sign] = /(?<![<>!=])[<>!=]+$/.exec(field) ?? [];
    if (sign !== undefined)
      throw refused(
        `There is no ${sign.slice(0, 2)} for the field ${inQuotes(field.slice(0, -sign.length).trim())}.`,
        "A document fits where the field has the very value that is given; since and until compare dates.",
      );
  }
}

function refused(message: string, hint: string): AmalfaError {
  return new AmalfaError("search.filter", message, { hint });
}

/** What the filters of a search that found nothing leave, and which of them leave nothing. */
export function whatFiltersLeave(
  db: Database,
  filters: Filters,
  changedOn: ((id: string) => string | undefined) | undefined,
): { readonly letThrough: number; readonly filterNote?: string } {
  const letThrough = countLetThrough(db, filters, changedOn);
  if (letThrough > 0) return { letThrough };
  const alone = filtersLeavingNothing(db, filters, changedOn).map(({ name, value }) => {
    const meant = name === "path" && filters.paths?.length !== 1 ? undefined : meantBy(db, name, value);
    return `${name} ${inQuotes(value)}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
  });
  const which = alone.length === 0 ? "each fits some, but none fits all" : `none fits ${alone.join(" or ")}`;
  return { letThrough, filterNote: `The filters leave no document to search, whatever the words: ${which}.` };
}

/** More values than these are no names that somebody mistypes, and take long to compare. */
const MOST_COMPARED = 5_000;

/** What there is that is most like the value of a filter, in quotation marks; undefined where nothing is like it. */
function meantBy(db: Database, filter: string, value: string): string | undefined {
  if (filter === "path") return inQuotes(nearestPath(db, value));
  if (!["tag", "type", "where"].includes(filter)) return undefined;
  const { tags, fields } = filterable(db);
  const like = (asked: string, known: Iterable<string>): string | undefined =>
    nearestName(asked, [...known].slice(0, MOST_COMPARED));
  if (filter === "type") return inQuotes(like(value, fields.get("type") ?? []));
  if (filter === "tag") {
    // Tags are given one by one; several in one word are what other programs take.
    const several = value.split(",").map((each) => each.trim().replace(/^#/, ""));
    const known = several.filter((each) => tags.includes(folded(each)));
    if (several.length > 1 && known.length === several.length)
      return `${known.map(inQuotes).join(" and ")}, each by itself`;
    return inQuotes(like(value.replace(/^#/, ""), tags));
  }
  const at = value.indexOf("=");
  const [key, sought] = [value.slice(0, at), value.slice(at + 1)];
  const values = fields.get(key.toLowerCase());
  if (values === undefined) {
    const near = like(key, fields.keys());
    return near === undefined ? undefined : inQuotes(`${near}=${sought}`);
  }
  const near = like(sought, values);
  return near === undefined ? undefined : inQuotes(`${key}=${near}`);
}

/** A filter may be of any length, and what is said of it is read by a model. */
const LONGEST_TOLD = 200;

function inQuotes(text: string): string;
function inQuotes(text: string | undefined): string | undefined;
function inQuotes(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${shortened(text, LONGEST_TOLD)}"`;
}

/** From 0 to 1: the share of letters that may differ. */
const FARTHEST = 0.25;
const PATTERN = /[*?[\]{}]/;

/**
 * What a path of a filter was probably meant to be, where nothing lies below it: the folder, or the document, that is
 * written so but for the case of its letters; then one whose path ends so; at
 * last the folder that is most like it. Undefined for a pattern, and where nothing is like it.
 */
function nearestPath(db: Database, written: string): string | undefined {
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

/** Search results for people: title, place, heading path, and the passage with the matching words marked. */
import type { Explanation, SearchResult } from "../../graph/search/index.ts";
import {
  lackedByAll,
  minusLine,
  nearLine,
  placesIn,
  soughtWords,
  type WordPlace,
  windowOf,
} from "../../graph/search/index.ts";
import { noDocument, type SearchDocumentsReport, type Told } from "../../knowledge/index.ts";
import { dayOf, formatDuration, formatNumberOf } from "../../system/index.ts";
import { manyLines, oneLine, shownId } from "./safe-text.ts";
import { cutTo } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

/* The snippet of a result, fitted to the terminal, with the words of the query marked. */

interface SnippetShape {
  /** Columns of one line. */
  readonly width: number;
  /** How many lines at most. */
  readonly lines: number;
  readonly mark: Mark | undefined;
}

type Mark = (word: string) => string;

/** Words that say nothing about a passage; marked only when a query has no others. */
const COMMON = new Set(
  (
    "a an and are as at be but by can do does for from has have how i if in is it its my " +
    "of on or s so t that the this to was what when where which who why will with you your"
  ).split(" "),
);

/** Lines of a snippet, or where it does not fit, of the best window of it around the words of the query. */
export function renderSnippet(text: string, query: string, shape: SnippetShape): string[] {
  const plain = oneLine(text);
  // Lines break at spaces, so some of each stays empty; what is too much after that is cut by trying a shorter window.
  for (let length = shape.width * shape.lines; ; length = Math.floor(length * 0.9)) {
    const lines = wrap(windowOf(plain, query, length), shape.width);
    if (lines.length <= shape.lines || length < shape.width / 2) {
      return lines.slice(0, shape.lines).map((line) => markWords(line, query, shape.mark));
    }
  }
}

/**
 * Marks each word of a text that is a form of a word of the query.
 * @param mark undefined where there is no colour: then the words need not be looked for, most of all that is done here
 */
export function markWords(text: string, query: string, mark: Mark | undefined): string {
  if (mark === undefined) return text;
  const words = telling(soughtWords(query));
  if (words.length === 0) return text;
  return text.replace(/[\p{L}\p{N}\p{M}]+/gu, (run) => {
    const folded = fold(run);
    const places = placesIn(folded, words);
    // Folding takes accents away, after which places are others; a run that is marked whole needs none.
    if (places.length === 0) return run;
    return folded.length === run.length ? markPlaces(run, places, mark) : mark(run);
  });
}

function markPlaces(run: string, places: readonly WordPlace[], mark: Mark): string {
  let marked = "";
  let end = 0;
  for (const { at, length } of places) {
    marked += run.slice(end, at) + mark(run.slice(at, at + length));
    end = at + length;
  }
  return marked + run.slice(end);
}

/** The search ignores case and accents, so the marks do as well. */
function fold(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function telling(words: readonly string[]): string[] {
  const folded = words.map(fold);
  const some = folded.filter((word) => !COMMON.has(word));
  return some.length > 0 ? some : folded;
}

function wrap(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, width, { hard: true, trim: true }).split("\n");
}

/** The result of `search`, as in the contract. */
export interface SearchReport extends Omit<SearchDocumentsReport, "results"> {
  /** Of several projects, each names its own. */
  readonly results: readonly (SearchResult & { readonly project?: string })[];
  readonly durationMs: number;
  readonly freshness?: Told["freshness"];
  /** Of several projects, each has its own. */
  readonly projects?: readonly Pick<Told, "freshness">[];
}

const SNIPPET_LINES = 3;
/** Longer lines are hard to read, however wide the terminal. */
const WIDEST_SNIPPET = 100;

/**
 * @param options.quiet leaves out everything that is no result
 * @param options.instead what to say where nothing was found, instead of how to find more
 */
export function renderSearch(
  report: SearchReport,
  terminal: Terminal,
  { quiet = false, instead }: { readonly quiet?: boolean; readonly instead?: string | undefined } = {},
): string {
  const style = styleFor(terminal);
  const shown = cutTo(oneLine(report.query), 60);
  // A phrase brings quotation marks of its own.
  const query = shown.includes('"') ? shown : `"${shown}"`;
  // Scores compare within one project only.
  const order = report.results.some(({ project }) => project !== undefined) ? ", by confidence" : "";
  const how = style.aside(`${report.mode}${order}, ${formatDuration(report.durationMs)}`);
  const minus = minusLine(report.query, report.excluded);
  if (report.results.length === 0) {
    if (quiet) return "";
    const next = instead === undefined ? advice(report) : manyLines(instead);
    const asides = [...(minus === undefined ? [] : [oneLine(minus)]), next].map((line) => style.aside(line));
    return [`Nothing was found for ${query} (${how})`, ...asides].join("\n");
  }
  const rank = String(report.results.length).length;
  const near = report.didYouMean ?? [];
  const marked = [report.query, ...near.flatMap((each) => each.near)].join(" ");
  const blocks = report.results.map((result, index) =>
    renderResult(result, marked, { style, terminal, label: String(index + 1).padStart(rank) }),
  );
  const heading = `${formatNumberOf(report.results.length, "document")} for ${query} (${how})`;
  const lacks = lackedByAll(report.results);
  const none = noDocument(report, ...(report.projects ?? []));
  const missing = [
    ...(lacks.length > 0 ? [`${none} ${hasNot(lacks, report.query)}`] : []),
    ...(near.length > 0 ? [`${nearLine(near, none)} ${lookedForAsWell(near)}`] : []),
  ];
  const said = [
    ...(minus === undefined ? [] : [oneLine(minus)]),
    ...(missing.length === 0 && isFarOff(report) ? [FAR_OFF] : missing),
  ];
  const notes = quiet ? [] : said.map((note) => style.aside(note));
  return [...(quiet ? [] : [heading]), ...blocks, ...notes].join("\n\n");
}

/** A cosine below which a passage has little to do with the query. */
const LITTLE_IN_COMMON = 0.3;
const FAR_OFF =
  "Nothing here is near the query in meaning. These are the nearest there are, by meaning or by some of its words.";

/** What common words alone hardly ever make sure; of wrong results a tenth has more than .55. */
const SURE = 0.6;

/**
 * Whether meaning was compared, which it cannot be where no passage has its vector yet, and nothing that was found is
 * about the query or has just what it names. A single word is near to little in meaning: a first result that has all
 * words of the query, where one looks for them, shows itself that it is no stray.
 */
function isFarOff({ mode, query, results }: SearchReport): boolean {
  const [first] = results;
  return (
    mode !== "lexical" &&
    results.some(({ cosine }) => cosine !== null) &&
    results.every(({ cosine, confidence }) => (cosine ?? 0) < LITTLE_IN_COMMON && confidence < SURE) &&
    !(first !== undefined && showsAllWords(first, query))
  );
}

function showsAllWords({ title, heading, snippet }: SearchResult, query: string): boolean {
  const day = dayOf(query.trim());
  if (day !== undefined && dayOf(title) === day) return true;
  const words = telling(soughtWords(query));
  const runs = fold([title, heading, snippet].join(" ")).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.length > 0 && words.every((word) => runs.some((run) => placesIn(run, [word]).length > 0));
}

function lookedForAsWell(near: readonly { readonly near: readonly string[] }[]): string {
  const words = near.reduce((sum, each) => sum + each.near.length, 0);
  return `${words === 1 ? "It was" : "They were"} looked for as well.`;
}

const MOST_NAMED = 3;

/** No identifier, of which there may be something alike. */
const PLAIN_WORDS = /^\s*\p{L}[\p{Ll}\p{Lo}\p{M}]*(?:\s+\p{L}[\p{Ll}\p{Lo}\p{M}]*)*\s*$/u;

function hasNot(lacks: readonly string[], query: string): string {
  const named = lacks.slice(0, MOST_NAMED).map((each) => `"${cutTo(oneLine(each), 40)}"`);
  const having = PLAIN_WORDS.test(query)
    ? `are only near ${lacks.length === 1 ? "it" : "them"} in meaning`
    : "only have something like it, or the other words";
  return `has ${named.join(" or ")}; these ${having}.`;
}

function renderResult(
  result: SearchReport["results"][number],
  query: string,
  { style, terminal, label }: { style: Style; terminal: Terminal; label: string },
): string {
  const indent = " ".repeat(label.length + 2);
  const room = terminal.width - indent.length;
  const score = (result.project === undefined ? result.score : result.confidence).toFixed(3);
  const title = cutTo(oneLine(result.title), room - score.length - 2);
  const padding = " ".repeat(
    Math.max(2, Math.min(room, WIDEST_SNIPPET) - Bun.stringWidth(title) - score.length),
  );
  // The place is never cut: `path:line` is what a terminal makes clickable and what one copies.
  const project = result.project === undefined ? "" : style.aside(`${oneLine(result.project)}  `);
  const place = `${project}${style.reference(shownId(result.id))}${style.aside(`:${result.lines[0]}`)}`;
  const heading = headingBelow(result);
  const mark = terminal.color ? style.match : undefined;
  const snippet = renderSnippet(result.snippet, query, {
    width: Math.min(room, WIDEST_SNIPPET),
    lines: SNIPPET_LINES,
    mark,
  });
  return [
    `${style.aside(label)}  ${style.title(markWords(title, query, mark))}${padding}${style.aside(score)}`,
    `${indent}${place}`,
    ...(result.explain === undefined ? [] : [`${indent}${style.aside(explained(result, result.explain))}`]),
    ...(heading === "" ? [] : [`${indent}${style.aside(cutTo(heading, room))}`]),
    ...snippet.map((line) => `${indent}${line}`),
    ...(result.translations ?? []).map(
      ({ id, language }) => `${indent}${style.aside(`also in ${oneLine(language)}: ${shownId(id)}`)}`,
    ),
    ...(result.sameFile ?? []).map((id) => `${indent}${style.aside(`the same file: ${shownId(id)}`)}`),
    ...(result.conflictCopyOf === undefined
      ? []
      : [`${indent}${style.aside(`a copy in conflict with ${shownId(result.conflictCopyOf)}`)}`]),
    ...(result.supersededBy === undefined
      ? []
      : [`${indent}${style.aside(`superseded by ${shownId(result.supersededBy)}`)}`]),
  ].join("\n");
}

/** Both scores and the words, on a line. */
function explained(
  { confidence }: SearchResult,
  { words, meaning, exactness, matched }: Explanation,
): string {
  const parts = [
    `confidence ${confidence.toFixed(2)}`,
    words === null ? "not by words" : `words ${words.toFixed(2)}`,
    meaning === null ? "not by meaning" : `meaning ${meaning.toFixed(2)}`,
    `exactness ${exactness.toFixed(2)}`,
  ];
  const having =
    matched.length === 0 ? "" : `; has ${matched.map((word) => `"${oneLine(word)}"`).join(", ")}`;
  return `${parts.join(", ")}${having}`;
}

/** The heading path without the title, which stands above it already. */
function headingBelow({ title, heading }: { readonly title: string; readonly heading: string }): string {
  const path = oneLine(heading);
  const first = oneLine(title);
  if (path === first) return "";
  return path.startsWith(`${first} > `) ? path.slice(first.length + 3) : path;
}

function advice({ mode, letThrough, filterNote }: SearchReport): string {
  if (filterNote !== undefined) return oneLine(filterNote);
  if (letThrough !== undefined)
    return `The filters leave ${formatNumberOf(letThrough, "document")}; try other words, or fewer filters.`;
  return mode === "lexical"
    ? "Try --mode hybrid, which also finds other words for the same thing."
    : 'Try other words, or see with "amalfa stats" whether the graph is up to date.';
}

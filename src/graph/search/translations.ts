/**
 * Translations of one page: the same path below folders of languages (`en/a.md`, `ja/a.md`), beside a language that has
 * no folder (`a.md`, `ja/a.md`), in `i18n/ja/…`, or with the language in the name (`a.es.md`). Folders are called
 * `it` and `no` for other reasons too, so the texts have to be in different languages as well, as far as they tell.
 */
import type { Database } from "bun:sqlite";
import { isOfEarlierSchema } from "../schema.ts";
import type { RankedCopy } from "./conflict-copies.ts";
import type { RankedDocument } from "./fusion.ts";
import { decidedLanguage, languageOfQuery, placeOf } from "./language/index.ts";
import type { FoundTerm } from "./words/index.ts";

export interface Translation {
  readonly id: string;
  /** ISO 639-1 code. */
  readonly language: string;
}

/** A document with those that say the same in other languages. */
export interface Translated extends RankedCopy {
  readonly translations: readonly Translation[];
}

/** What a translation has to have of the best one's score to be shown in its place. */
const AS_GOOD = 0.5;

export interface TranslationsAsked {
  readonly query: string;
  readonly limit: number;
  /** What of the query was found where. */
  readonly terms: readonly FoundTerm[];
  /** The documents of chunks. */
  readonly nodes: ReadonlyMap<number, string>;
}

/**
 * The first `limit` pages: of one that was found in several languages, the document in the query's language is shown.
 * Where a few words do not tell it, as `alte Backups löschen`, the one that has most of them, else the one whose
 * language needs no folder or is English, else the best.
 */
export function collapseTranslations(
  db: Database,
  documents: readonly RankedCopy[],
  { query, limit, terms, nodes }: TranslationsAsked,
): Translated[] {
  const places = documents.map(({ node }) => placeOf(node).page);
  const toldOf = languageReader(db, pagesInSeveral(documents, places));
  const languageOf = (node: string): string | undefined => toldOf(node) ?? placeOf(node).language;
  const pages = new Map<string, RankedCopy[]>();
  for (const [at, document] of documents.entries()) {
    const page = places[at] ?? document.node;
    const known = pages.get(page);
    const isTranslation = known?.every(({ node }) => isOtherLanguage(node, document.node, toldOf));
    if (isTranslation === true) known?.push(document);
    else if (known === undefined) pages.set(page, [document]);
    else pages.set(`${page}\n${document.node}`, [document]);
  }
  const found = [...pages.values()].slice(0, limit);
  const asked = found.some((same) => same.length > 1) ? languageOfQuery(query) : undefined;
  return found.map((same) => {
    const other = same.length === 1 || asked !== undefined ? same : withMostWords(same, terms, nodes);
    return shown(same, other, languageOf, asked);
  });
}

/** Those that have most of a query by the rarity of its words; all of them where they have the same. */
function withMostWords(
  same: readonly RankedCopy[],
  terms: readonly FoundTerm[],
  nodes: ReadonlyMap<number, string>,
): readonly RankedCopy[] {
  const having = new Map(same.map(({ node }): [string, number] => [node, 0]));
  for (const { chunks, rarity, isNear } of terms) {
    if (isNear === true) continue;
    for (const node of new Set([...(chunks ?? [])].map((chunk) => nodes.get(chunk) ?? ""))) {
      const sofar = having.get(node);
      if (sofar !== undefined) having.set(node, sofar + rarity);
    }
  }
  const most = Math.max(...having.values());
  return same.filter(({ node }) => having.get(node) === most);
}

/**
 * Whether two documents are in different languages. Short pages tell none: then both places have to say one, and the
 * text that tells must not say another than its place.
 */
function isOtherLanguage(a: string, b: string, toldOf: (node: string) => string | undefined): boolean {
  const [first, second] = [a, b].map((node) => ({ told: toldOf(node), placed: placeOf(node).language }));
  if (first?.told !== undefined && second?.told !== undefined) return first.told !== second.told;
  const places = [first, second].map((each) =>
    each?.told === undefined || each.told === each.placed ? each?.placed : undefined,
  );
  return !places.includes(undefined) && places[0] !== places[1];
}

/** @param among those of them that are likely meant */
function shown(
  same: readonly RankedCopy[],
  among: readonly RankedCopy[],
  languageOf: (node: string) => string | undefined,
  asked: string | undefined,
): Translated {
  const best = same[0] as RankedCopy;
  if (same.length === 1) return { ...best, translations: [] };
  const good = among.filter(({ score }) => score >= AS_GOOD * best.score);
  const chosen =
    good.find(({ node }) => asked !== undefined && languageOf(node) === asked) ??
    good.find(({ node }) => !placeOf(node).isTranslated) ??
    good.find(({ node }) => languageOf(node) === "en") ??
    best;
  const others = same.filter(({ node }) => node !== chosen.node);
  const translations = others.map(({ node }) => ({ id: node, language: languageOf(node) ?? "" }));
  return { ...chosen, score: best.score, translations };
}

/** The documents that share their page with another one. @param places the page of each */
function pagesInSeveral(documents: readonly RankedDocument[], places: readonly string[]): string[] {
  if (new Set(places).size === places.length) return [];
  const times = new Map<string, number>();
  for (const page of places) times.set(page, (times.get(page) ?? 0) + 1);
  return documents.flatMap(({ node }, at) => ((times.get(places[at] ?? "") ?? 0) > 1 ? [node] : []));
}

/** What these documents say they are in, or seem to be. */
function languageReader(db: Database, nodes: readonly string[]): (node: string) => string | undefined {
  const rows =
    nodes.length === 0 || isOfEarlierSchema(db)
      ? []
      : (db
          .query(
            `SELECT f.node, json_extract(f.fields, '$.lang[0]') FROM json_each(?) j
             CROSS JOIN document_fields f ON f.node = j.value WHERE json_valid(f.fields)`,
          )
          .values(JSON.stringify(nodes)) as [string, unknown][]);
  const languages = new Map(
    rows.flatMap(([node, language]) => (typeof language === "string" ? [[node, language]] : [])),
  );
  return (node) => {
    const language = languages.get(node);
    return language === undefined ? undefined : decidedLanguage(language);
  };
}

/**
 * What is shown of the documents that were found: their best chunk, further ones, how sure it is that they are
 * meant, and why.
 */
import type { Database } from "bun:sqlite";
import { storedText } from "../../state.ts";
import type { Background, RankedDocument } from "../fusion.ts";
import type { Ranking } from "../rank.ts";
import { atLeastUsual } from "../semantic.ts";
import type { Translated, Translation } from "../translations.ts";
import { type FoundTerm, type LexicalResult, wordsOf } from "../words/index.ts";
import { onOneLine, wordsShown } from "./excerpt.ts";
import {
  answersAll,
  ChunkReader,
  type ChunkRow,
  isFrontMatter,
  isFurniture,
  type ShownChunk,
  shownBest,
  shownFurther,
} from "./shown-chunk.ts";

/** Why a document is where it is. */
export interface Explanation {
  /** BM25 of its best chunk; null where words played no part. */
  readonly words: number | null;
  /** Cosine of its nearest chunk, as `cosine`. */
  readonly meaning: number | null;
  /** From 0 to 1: what it has of the rare things that were asked for. */
  readonly exactness: number;
  /** What of the query stands in it, as far as that was noted: common words are not. */
  readonly matched: readonly string[];
  /** The chunk that is shown. */
  readonly passage: { readonly heading: string; readonly lines: readonly [number, number] };
}

export interface SearchResult extends ShownChunk {
  readonly id: string;
  readonly title: string;
  /**
   * From 0 to 1 in hybrid mode (1: first in both lists), the cosine in semantic mode, BM25 and more for rare words in
   * lexical mode.
   */
  readonly score: number;
  /** From 0 to 1, in every mode and with every model: how sure it is that this is what was asked for. */
  readonly confidence: number;
  /**
   * How near the document's nearest chunk is in meaning: the cosine, from -1 to 1. Null in lexical mode, and for a
   * document that only the words led to and none of whose chunks is among the nearest.
   */
  readonly cosine: number | null;
  /** Up to three further chunks, the best first. */
  readonly passages: readonly ShownChunk[];
  /** The same page in other languages, where it was found in them too. */
  readonly translations?: readonly Translation[];
  /** Further paths of the same file: links to it. */
  readonly sameFile?: readonly string[];
  /** The document that this is a copy of, which a sync tool made where two machines had changed it. */
  readonly conflictCopyOf?: string;
  /** The document that holds in its place: its front matter says so, or it is an old version of it. */
  readonly supersededBy?: string;
  /**
   * What of the query is no mere word and stands in no document: it is likely that nothing found is meant. Or its few
   * words, where none of them is there, which says nothing of what is near in meaning.
   */
  readonly lacks?: readonly string[];
  readonly explain?: Explanation;
}

export interface Describing {
  readonly query: string;
  readonly found: LexicalResult;
  readonly ranking: Ranking;
  /** Whether to say why. */
  readonly explains: boolean;
}

const FURTHER = 3;
/** Beyond them no further chunk is looked for. */
const LOOKED_AT = 6;

export function describe(
  db: Database,
  documents: readonly Translated[],
  describing: Describing,
): SearchResult[] {
  const { query, explains } = describing;
  const chunks = new ChunkReader(db);
  const readTitle = db.query<{ title: string }, [string]>("SELECT title FROM nodes WHERE id = ?");
  const evidenceOf = evidenceReader(documents, describing);
  return documents.flatMap((document): SearchResult[] => {
    const { node, score, translations, sameFile, conflictCopyOf, supersededBy } = document;
    const named = readTitle.get(node);
    if (named === null) return [];
    const title = storedText(named.title, node);
    const { row, further } = answeringFirst(document, title, query, chunks);
    if (row === null) return [];
    const evidence = evidenceOf(document, title);
    const best = shownBest(row, title, query, () => bodyFor(row, further, chunks));
    const { heading, lines } = best.shown;
    const { words, cosine, exactness, matched } = evidence;
    const explain: Explanation = { words, meaning: cosine, exactness, matched, passage: { heading, lines } };
    return [
      {
        id: node,
        title,
        score: rounded(score),
        confidence: rounded(evidence.confidence * (document.worth ?? 1)),
        cosine,
        ...best.shown,
        passages: distinctChunks(best.row, further, chunks).map((each) => shownFurther(each, title, query)),
        ...(translations.length > 0 ? { translations } : {}),
        ...(sameFile.length > 0 ? { sameFile } : {}),
        ...(conflictCopyOf === undefined ? {} : { conflictCopyOf }),
        ...(supersededBy === undefined ? {} : { supersededBy }),
        ...(evidence.lacks.length > 0 ? { lacks: evidence.lacks } : {}),
        ...(explains ? { explain } : {}),
      },
    ];
  });
}

/**
 * The best chunk of a document, or of those worth showing the first that has all that was asked for where the best one
 * has not: the beginning of a note names what all of it is about, and may be the best by that alone.
 */
function answeringFirst(
  { chunk, further }: RankedDocument,
  title: string,
  query: string,
  chunks: ChunkReader,
): { readonly row: ChunkRow | null; readonly further: readonly number[] } {
  const row = chunks.read(chunk);
  if (row === null || further.length === 0 || answersAll(row, title, query)) return { row, further };
  for (const other of further.slice(0, LOOKED_AT)) {
    const answering = chunks.read(other);
    if (answering === null || isFurniture(answering) || !answersAll(answering, title, query)) continue;
    return { row: answering, further: [chunk, ...further.filter((each) => each !== other)] };
  }
  return { row, further };
}

/** What to show instead: the text right below tags, under the same heading, else the best further one. */
function bodyFor(row: ChunkRow, further: readonly number[], chunks: ChunkReader): ChunkRow | undefined {
  const after = chunks.after(row);
  const next = after === null || isFurniture(after) ? undefined : after;
  if (!isFrontMatter(row) && next?.heading === row.heading) return next;
  return bodyAmong(further, chunks) ?? next;
}

/** The best of them that is text. */
function bodyAmong(further: readonly number[], chunks: ChunkReader): ChunkRow | undefined {
  for (const chunk of further.slice(0, LOOKED_AT)) {
    const row = chunks.read(chunk);
    if (row !== null && !isFurniture(row)) return row;
  }
  return undefined;
}

/** Without those that say the same as the one shown or as one before; no more are read than are shown. */
function distinctChunks(shown: ChunkRow, further: readonly number[], chunks: ChunkReader): ChunkRow[] {
  const normal = ({ text }: ChunkRow): string => onOneLine(text.normalize("NFKC").toLowerCase());
  const seen = new Set([normal(shown)]);
  const distinct: ChunkRow[] = [];
  for (const chunk of further.slice(0, LOOKED_AT)) {
    if (distinct.length === FURTHER) break;
    const row = chunks.read(chunk);
    if (row === null || isFurniture(row)) continue;
    const text = normal(row);
    if (!seen.has(text)) distinct.push(row);
    seen.add(text);
  }
  return distinct;
}

interface DocumentFacts {
  readonly words: number | null;
  readonly cosine: number | null;
  readonly exactness: number;
  readonly matched: readonly string[];
  readonly lacks: readonly string[];
  readonly confidence: number;
}

/** What is known of each of these documents by all of its chunks. */
function evidenceReader(
  documents: readonly RankedDocument[],
  { query, found, ranking }: Describing,
): (document: RankedDocument, title: string) => DocumentFacts {
  const byNode = new Map(documents.map(({ node }): [string, number[]] => [node, []]));
  for (const [chunk, node] of ranking.nodes) byNode.get(node)?.push(chunk);
  const words = new Map(found.list.map(({ chunk, score }) => [chunk, score]));
  return ({ node }, title) => {
    const chunks = byNode.get(node) ?? [];
    const most = (values: ReadonlyMap<number, number>): number | null =>
      chunks.reduce<number | null>((best, chunk) => {
        const value = values.get(chunk);
        return value === undefined ? best : Math.max(value, best ?? value);
      }, null);
    const [bestWords, cosine] = [most(words), most(ranking.cosines)];
    const mostExact = most(ranking.exactness) ?? 0;
    const exactness = Math.min(1, mostExact);
    // A document that is called what is asked for has it, in whatever spelling.
    const lacks = mostExact > 1 ? [] : (found.letter?.lacks ?? []);
    // Where nearly the same words were sought instead, they say it.
    const absent = mostExact > 1 || found.near !== undefined ? [] : (found.letter?.absentWords ?? []);
    const hasAll = chunks.some((chunk) => found.letter?.having.has(chunk) === true);
    const matched = found.terms
      .filter(({ chunks: having }) => having !== undefined && chunks.some((chunk) => having.has(chunk)))
      .map(({ text }) => text);
    // What is called as is asked for has all of it.
    const isCalledSo = mostExact > 1;
    const has = isCalledSo ? { all: 1, title: 1 } : partsOf(found, chunks, wordsShown(title, query));
    return {
      words: bestWords === null ? null : rounded(bestWords),
      cosine: cosine === null ? null : rounded(cosine),
      exactness: rounded(exactness),
      matched,
      lacks: lacks.length > 0 ? lacks : absent,
      confidence: rounded(
        toTheLetter(
          confidenceOf({ words: bestWords ?? 0, cosine, exactness, has }, found, ranking.background),
          { lacks, hasAll },
        ),
      ),
    };
  };
}

/**
 * Standard deviations, the usual one at least, above a chunk at random at which it is as likely as not that a chunk is
 * about the query, and how fast that changes.
 */
const EVEN = 3.5;
const SLOPE = 0.8;
/** What the words of a chunk can make sure, unless they are rare. */
const BY_WORDS = 0.6;
/** From so many words on, each of which one chunk alone has. */
const SURE_WORDS = 3;

/** What a title that is all of a query gives to nearness, in standard deviations of the cosine. */
const BY_NAME = 4;
/** What is left of nearness where a document has nothing of a query that no document has, or that means one thing. */
const HAS_NOTHING = 0.3;

/** What part of a query a document has, by how much its words tell, from 0 to 1. */
interface Parts {
  /** The chunk that has most of it, with title and path. */
  readonly all: number;
  readonly title: number;
}

/** @param titled the words of the query that the title has */
function partsOf(
  { terms, absent }: LexicalResult,
  chunks: readonly number[],
  titled: readonly string[],
): Parts {
  const asked = terms.reduce((sum, { rarity }) => sum + rarity, absent);
  if (asked === 0) return { all: 1, title: 1 };
  const partOf = (has: (term: FoundTerm) => boolean): number =>
    terms.reduce((sum, term) => (has(term) ? sum + term.rarity : sum), 0) / asked;
  const words = new Set(titled);
  const title = words.size === 0 ? 0 : partOf(({ text }) => isMadeOf(text, words));
  // What too many have for it to be noted counts as had: it tells little.
  const all = chunks.map((chunk) => partOf((term) => term.chunks?.has(chunk) !== false));
  return { title, all: Math.max(title, ...all) };
}

function isMadeOf(text: string, words: ReadonlySet<string>): boolean {
  const own = wordsOf(text);
  return own.length > 0 && own.every((word) => words.has(word));
}

interface Evidence extends Pick<DocumentFacts, "cosine" | "exactness"> {
  readonly words: number;
  readonly has: Parts;
}

/**
 * How sure it is that a document is meant: each kind of evidence leaves a part of the doubt. By meaning the doubt is
 * told from how far the cosine stands out from those of chunks at random, which is alike for all models; by words
 * from how much they tell, and from what is exact.
 *
 * Whatever is asked about a name is near to the note of that name, and whatever is asked in a language to the few notes
 * in it. So nearness tells less where a title has a part of the query and no chunk the rest ("who founded Bergmann"),
 * and least where no document has any of its words. All notes with a date are near to a day, too.
 */
function confidenceOf(
  { words, cosine, exactness, has }: Evidence,
  { terms, absent, chunks, letter }: LexicalResult,
  background: Background | undefined,
): number {
  const far = background === undefined ? undefined : atLeastUsual(background);
  const byName = BY_NAME * has.title * (1 - has.all);
  const above = cosine === null || far === undefined ? 0 : (cosine - far.mean) / far.deviation - byName;
  const asked = terms.reduce((sum, { rarity }) => sum + rarity, absent);
  // A rare word is not what was asked for where no chunk has the others: "who won the cup in March".
  const covered = asked === 0 ? 1 : 1 - absent / asked;
  const elsewhere = letter?.isAll === true ? 0 : covered;
  const leaning = has.all > 0 ? 1 : HAS_NOTHING + (1 - HAS_NOTHING) * elsewhere;
  const byMeaning = above <= 0 ? 0 : leaning / (1 + Math.exp((EVEN - above) / SLOPE));
  const telling = SURE_WORDS * Math.log(chunks + 2);
  const byWords = BY_WORDS * Math.min(1, words / telling);
  const exactly = 0.95 * exactness * Math.min(covered, has.all);
  return 1 - (1 - byMeaning) * (1 - byWords * covered) * (1 - exactly);
}

/** What a document has for sure that has all of the query as it is written. */
const HAS_ALL = 0.85;
/** What is left at most where no document has what was asked for. */
const LACKING = 0.29;

/** The same order as before, but above or below what people and agents take for an answer. */
function toTheLetter(
  confidence: number,
  { lacks, hasAll }: { readonly lacks: readonly string[]; readonly hasAll: boolean },
): number {
  if (lacks.length > 0) return LACKING * confidence;
  return hasAll ? HAS_ALL + (1 - HAS_ALL) * confidence : confidence;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/**
 * How much a word of the query tells, by who has it. Chunks alone mislead where one long note says a word in each of
 * its hundreds: it would count as common, and the only note that has it would be found by nothing. And who types one
 * word and nothing else means it as it is typed, before its other forms.
 */
import type { Database } from "bun:sqlite";
import type { Sought } from "../query/index.ts";
import type { IndexEntries } from "./index-entries.ts";

/** What of the query tells how much. */
export interface ToldBy {
  /** The logarithm of how few have it, from 0 to 1, where 1 is one of all. */
  readonly rarity: number;
  /** The chunks that have it; undefined where they are too many to note. */
  readonly chunks: ReadonlySet<number> | undefined;
  /** Documents that have it, where they were counted. */
  readonly documents?: number;
}

type Found = ReturnType<IndexEntries["find"]>;

/** Of so many chunks for each document that has it, a word tells by its documents. */
const CONCENTRATED = 8;
/** In fewer chunks it is rare enough. */
const MANY = 16;

/** In longer queries one word decides little, and each would have to be looked at. */
const MOST_WORDS = 2;

/** @param all how many chunks the graph has @param words of the query */
export function toldBy(
  db: Database,
  index: IndexEntries,
  { sought, found }: { readonly sought: Sought; readonly found: Found },
  { all, words }: { readonly all: number; readonly words: number },
): ToldBy {
  const { n, chunks, forms } = found;
  if (words === 1 && isWord(sought) && chunks !== undefined) {
    const typed = index.havingWord(chunks, sought.text);
    if (typed.size > 0 && typed.size < chunks.size)
      return { rarity: rarityOf(typed.size, all), chunks: typed };
  }
  const rarity = rarityOf(n, all);
  const mayBeFew = n > MANY && words <= MOST_WORDS;
  const inFew = mayBeFew && forms.length > 0 ? index.inFewDocuments(forms) : undefined;
  if (inFew === undefined || n < CONCENTRATED * inFew.documents) return { rarity, chunks };
  const documents = db.query<{ n: number }, []>("SELECT count(*) AS n FROM nodes").get()?.n ?? 0;
  const byDocuments = rarityOf(inFew.documents, documents);
  return byDocuments > rarity ? { ...inFew, rarity: byDocuments } : { rarity, chunks };
}

function isWord({ text, isExact }: Sought): boolean {
  return !isExact && /^[\p{L}\p{M}]+$/u.test(text);
}

/** From 0, as many as not have it, to 1, where only one has it: inverse document frequency against the largest. */
export function rarityOf(n: number, all: number): number {
  if (all <= 1) return 1;
  return Math.max(0, Math.log((all + 1) / n) / Math.log(all + 1));
}

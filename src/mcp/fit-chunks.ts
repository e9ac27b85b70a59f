/**
 * Whole chunks in as many tokens as there are for them, best first, and the names of those that did not fit.
 *
 * The best chunk of each document comes before any second one. The very best may take the whole budget; where it
 * does not fit even so, nothing is shown, for what is worse would pass for the answer. Any other that does not fit is
 * left out, and smaller ones behind it may still have their place.
 */
export interface WholeChunk {
  readonly heading: string;
  readonly lines: readonly [number, number];
  readonly text: string;
}

export interface FoundDocument {
  /** The best first. */
  readonly chunks: readonly WholeChunk[];
}

/** Which chunks of which documents are shown: by numbers of documents, the chunks' own numbers. */
export interface Fit {
  readonly shown: ReadonlyMap<number, readonly number[]>;
  readonly leftOut: readonly { readonly document: number; readonly chunk: number }[];
  /** Further ones that are not even named. */
  readonly unnamed: number;
}

export interface FitOptions {
  readonly budget: number;
  /** What an answer costs that shows and names these. */
  readonly costOf: (fit: Fit) => number;
}

/** Chunks that are tried at most: an agent with a large budget and a small question would wait for each. */
const MOST_TRIED = 80;
/** What is kept for the names of what is left out, as a share of the budget; not from the best chunk. */
const FOR_NAMES = 0.15;

export function fitChunks(documents: readonly FoundDocument[], { budget, costOf }: FitOptions): Fit {
  const order = [0, 1, 2, 3].flatMap((chunk) =>
    documents.flatMap(({ chunks }, document) => (chunk < chunks.length ? [{ document, chunk }] : [])),
  );
  const shown = new Map<number, number[]>();
  const leftOut: { document: number; chunk: number }[] = [];
  const fit = (names: typeof leftOut, unnamed: number): Fit => ({ shown, leftOut: names, unnamed });
  const room = budget * (1 - FOR_NAMES);
  const fits = (at: number): boolean =>
    at === 0 ? costOf(fit([], order.length - 1)) <= budget : costOf(fit([], 0)) <= room;
  for (const [at, place] of order.entries()) {
    const { document, chunk } = place;
    const before = shown.get(document) ?? [];
    // A second chunk of a document whose best one is not shown would be shown without it.
    const hasBetter = at === 0 || (shown.size > 0 && (chunk === 0 || before.length > 0));
    const isTried = at < MOST_TRIED && hasBetter;
    shown.set(document, [...before, chunk]);
    if (isTried && fits(at)) continue;
    if (before.length === 0) shown.delete(document);
    else shown.set(document, before);
    leftOut.push(place);
  }
  let named = 0;
  while (named < leftOut.length && costOf(fit(leftOut.slice(0, named + 1), leftOut.length)) <= budget)
    named++;
  return fit(leftOut.slice(0, named), leftOut.length - named);
}

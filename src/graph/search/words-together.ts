/**
 * What has all that a query tells by, or nearly all, where few documents have. Each word alone tells little where it
 * stands in some documents: of `cloud Delta Water` the name stands in thirty invoices, all of them near in meaning, and
 * `cloud` in seven notes, but both together stand in two.
 */
import { besideFolders } from "./folder-words.ts";
import { NEARLY } from "./fusion.ts";
import type { LexicalResult } from "./words/index.ts";

/** Full exactness is what one document alone has that is no matter of meaning; words are a matter of it, in part. */
const ALL = 0.3;
/** Who has nearly all by rarity has nearly as much; who has half of it, hardly anything. */
const SHARPNESS = 3;
/** Less of what the query tells by is no more than some of its words. */
const LEAST = 0.5;
/** What sums of the same parts in another order differ by at most. */
const ROUNDING = 1e-6;

/**
 * How sure chunks are by the words that they have together: the part of the query by rarity, and less the more
 * documents have as much.
 *
 * @param takesPart whether a chunk is searched at all
 * @param nodesOf the documents of chunks
 */
export function togetherIn(
  { terms, absent }: Pick<LexicalResult, "terms" | "absent">,
  takesPart: (chunk: number) => boolean,
  nodesOf: (chunks: readonly number[]) => ReadonlyMap<number, string>,
): ReadonlyMap<number, number> {
  const asked = terms.reduce((sum, { rarity }) => sum + rarity, absent);
  const inFolders = besideFolders(terms, nodesOf);
  const parts = new Map<number, number>();
  const having = new Set<number>();
  for (const term of terms) {
    const part = ((term.isNear === true ? NEARLY : 1) * term.rarity) / asked;
    for (const chunk of term.chunks ?? inFolders.get(term) ?? []) {
      const known = parts.get(chunk);
      parts.set(chunk, (known ?? 0) + part);
      if (known !== undefined && known + part >= LEAST) having.add(chunk);
    }
  }
  const partOf = (chunk: number): number => parts.get(chunk) ?? 0;
  const sorted = [...having].filter(takesPart).sort((a, b) => partOf(b) - partOf(a));
  const nodes = nodesOf(sorted);
  const documents = new Set<string | undefined>();
  const worth = new Map<number, number>();
  for (let from = 0, end = 0; from < sorted.length; from = end) {
    const part = partOf(sorted[from]!);
    // Those with the same words have the same part but for rounding, and count among each other.
    for (; end < sorted.length && part - partOf(sorted[end]!) < ROUNDING; end++)
      documents.add(nodes.get(sorted[end]!));
    for (const chunk of sorted.slice(from, end))
      worth.set(chunk, (ALL * partOf(chunk) ** SHARPNESS) / Math.sqrt(documents.size));
  }
  return worth;
}

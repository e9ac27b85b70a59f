/**
 * What has all that a query tells by, or nearly all, where few documents have. Each word alone tells little where it
 * stands in some documents: of `cloud Delta Water` the name stands in thirty invoices, all of them near in meaning, and
 * `cloud` in seven notes, but both together stand in two.
 */
import { NEARLY } from "./fusion.ts";
import type { LexicalResult } from "./lexical.ts";

/** Full exactness is what one document alone has that is no matter of meaning; words are a matter of it, in part. */
const ALL = 0.3;
/** Who has nearly all by rarity has nearly as much; who has half of it, hardly anything. */
const SHARPNESS = 3;
/** Less of what the query tells by is no more than some of its words. */
const LEAST = 0.5;

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
  const parts = new Map<number, { words: number; part: number }>();
  for (const { rarity, isNear, chunks } of terms) {
    for (const chunk of chunks ?? []) {
      const { words, part } = parts.get(chunk) ?? { words: 0, part: 0 };
      parts.set(chunk, { words: words + 1, part: part + ((isNear === true ? NEARLY : 1) * rarity) / asked });
    }
  }
  const having = [...parts]
    .filter(([chunk, { words, part }]) => words > 1 && part >= LEAST && takesPart(chunk))
    .sort(([, a], [, b]) => b.part - a.part);
  const nodes = nodesOf(having.map(([chunk]) => chunk));
  // Those with the same words have the same part but for rounding, and count among each other.
  const levels = Map.groupBy(having, ([, { part }]) => part.toFixed(6));
  const documents = new Set<string | undefined>();
  const worth = new Map<number, number>();
  for (const level of levels.values()) {
    for (const [chunk] of level) documents.add(nodes.get(chunk));
    for (const [chunk, { part }] of level)
      worth.set(chunk, (ALL * part ** SHARPNESS) / Math.sqrt(documents.size));
  }
  return worth;
}

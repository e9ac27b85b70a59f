/** The part of a passage that is worth showing for a query. */
import { wordsOf } from "./lexical-search.ts";

/**
 * At most `length` characters of `text`, cut at spaces, with white space folded: the window that holds the most distinct words of the
 * query (by common beginning, since the index stems), else the beginning.
 */
export function excerpt(text: string, query: string, length: number): string {
  const folded = withoutFurniture(text).replace(/\s+/g, " ").trim();
  if (folded.length <= length) return folded;
  const start = bestStart(folded, wordsOf(query), length);
  const from = start === 0 ? 0 : folded.indexOf(" ", start) + 1;
  const hardEnd = Math.min(folded.length, from + length);
  const space = folded.lastIndexOf(" ", hardEnd);
  const end = hardEnd === folded.length || space <= from ? hardEnd : space;
  return `${from > 0 ? "… " : ""}${wholeCharacters(folded.slice(from, end))}${end < folded.length ? " …" : ""}`;
}

/** Leaves out the fences of front matter, comments, anchors and the headings the passage begins with, which are shown as its heading path anyway. */
function withoutFurniture(text: string): string {
  const visible = text.replace(/<!--[\s\S]*?-->/g, " ").replace(/<\/?(?:a|span)\b[^<>]*>/gi, "");
  const open = visible.replace(/^---[ \t]*\n([\s\S]*?)(?:\n(?:---|\.\.\.)[ \t]*)?$/, "$1");
  const body = open.trimStart().replace(/^(?:#{1,6}[ \t].*(?:\n\s*|$))+/, "");
  return body.trim() === "" ? text : body;
}

/** Where a window of `length` characters should begin, a little before its first matching word. */
function bestStart(text: string, words: readonly string[], length: number): number {
  const hits = [...text.toLowerCase().matchAll(/[\p{L}\p{N}\p{M}]+/gu)].flatMap((match) => {
    const word = words.findIndex((candidate) => sharesStem(match[0], candidate));
    return word < 0 ? [] : [{ at: match.index, word }];
  });
  let best = { start: 0, distinct: 0 };
  const counts = new Map<number, number>();
  for (let first = 0, last = 0; first < hits.length; first++) {
    const from = (hits[first] as { at: number }).at;
    for (let hit = hits[last]; hit !== undefined && hit.at < from + length * 0.8; hit = hits[++last]) {
      counts.set(hit.word, (counts.get(hit.word) ?? 0) + 1);
    }
    if (counts.size > best.distinct) best = { start: from, distinct: counts.size };
    const leaving = (hits[first] as { word: number }).word;
    const left = (counts.get(leaving) ?? 1) - 1;
    if (left === 0) counts.delete(leaving);
    else counts.set(leaving, left);
  }
  return best.start < length * 0.2 ? 0 : Math.max(0, Math.floor(best.start - length * 0.15));
}

/** Whether two words are likely forms of one: equal, or alike but for a short ending. */
export function sharesStem(a: string, b: string): boolean {
  if (a === b) return true;
  const shorter = Math.min(a.length, b.length);
  if (shorter < 4 || Math.abs(a.length - b.length) > 4) return false;
  const stem = Math.max(4, shorter - 2);
  return a.slice(0, stem) === b.slice(0, stem);
}

/** Drops half of a surrogate pair at either end. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}

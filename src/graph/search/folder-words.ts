/**
 * Words of a query that are names of folders. Such a word stands in every document below the folder, so that too many
 * have it for it to be noted; but of all notes with Bergmann, `Bergmann contract` means the one in `Contracts`.
 */
import { fold, numberless } from "./language/index.ts";
import type { FoundTerm } from "./words/index.ts";

const WORDS = /[\p{L}\p{M}]+/gu;
const A_WORD = /^[\p{L}\p{M}]+$/u;

/**
 * Of words that many chunks have, the chunks that lie in a folder of that name, among those of the rarest word of the
 * query.
 *
 * @param nodesOf the documents of chunks
 */
export function besideFolders(
  terms: readonly FoundTerm[],
  nodesOf: (chunks: readonly number[]) => ReadonlyMap<number, string>,
): ReadonlyMap<FoundTerm, readonly number[]> {
  const found = new Map<FoundTerm, readonly number[]>();
  const many = terms.filter(({ text, chunks }) => chunks === undefined && A_WORD.test(text));
  const [rarest] = terms.filter(({ chunks }) => chunks !== undefined).toSorted((a, b) => b.rarity - a.rarity);
  if (rarest?.chunks === undefined || many.length === 0) return found;
  const nodes = nodesOf([...rarest.chunks]);
  const known = new Map<string, ReadonlySet<string>>();
  const wordsOf = (folder: string): ReadonlySet<string> => {
    const words = known.get(folder) ?? new Set((fold(folder).match(WORDS) ?? []).map(numberless));
    known.set(folder, words);
    return words;
  };
  for (const term of many) {
    const word = numberless(fold(term.text));
    const lies = (chunk: number): boolean => wordsOf(folderOf(nodes.get(chunk) ?? "")).has(word);
    found.set(term, [...rarest.chunks].filter(lies));
  }
  return found;
}

function folderOf(id: string): string {
  return id.slice(0, id.lastIndexOf("/") + 1);
}

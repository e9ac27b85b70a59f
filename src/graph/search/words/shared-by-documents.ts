/** What several documents have tells less of each: the worth of a chunk falls with how many have as much. */
export function sharedByDocuments(
  worths: ReadonlyMap<number, number>,
  nodesOf: (chunks: readonly number[]) => ReadonlyMap<number, string>,
): ReadonlyMap<number, number> {
  if (worths.size === 0) return worths;
  const having = [...worths].sort(([, a], [, b]) => b - a);
  const nodes = nodesOf(having.map(([chunk]) => chunk));
  const documents = new Set<string | undefined>();
  const shared = new Map<number, number>();
  for (const level of Map.groupBy(having, ([, worth]) => worth.toFixed(6)).values()) {
    for (const [chunk] of level) documents.add(nodes.get(chunk));
    for (const [chunk, worth] of level) shared.set(chunk, worth / Math.sqrt(documents.size));
  }
  return shared;
}

/** Where things stand in a text, in order, so that what a place lies in is told without a look at all of them. */

/** What stands at a place. */
export interface Placed {
  readonly text: string;
  readonly at: number;
}

/** The longest of those that overlap, in order. */
export function withoutOverlap<T extends Placed>(all: readonly T[]): T[] {
  const taken: T[] = [];
  const isTaken = new Set<number>();
  for (const each of [...all].sort((a, b) => b.text.length - a.text.length || a.at - b.at)) {
    const places = Array.from({ length: each.text.length }, (_, place) => each.at + place);
    if (places.some((place) => isTaken.has(place))) continue;
    for (const place of places) isTaken.add(place);
    taken.push(each);
  }
  return taken.sort((a, b) => a.at - b.at);
}

/** Whether what is at a place lies in one of these. @param spans in order, none over another */
export function liesIn(spans: readonly Placed[], at: number, length: number): boolean {
  const span = spans[firstFrom(spans, at + 1) - 1];
  return span !== undefined && at + length <= span.at + span.text.length;
}

/** The place, in their list, of the first that begins there or later. @param all in order */
export function firstFrom(all: readonly { readonly at: number }[], at: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

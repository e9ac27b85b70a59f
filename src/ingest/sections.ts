/**
 * Divides a document along its headings.
 *
 * A section that fits with everything below it is left whole. Of one that does not, the parts below its
 * strongest headings are divided in turn; neighbours that fit are packed together, so that many short sections
 * do not become as many crumbs. Only the text under a single heading is ever cut between paragraphs, and no
 * chunk that begins inside a section reaches into the next.
 */
import { SEAM } from "./atoms.ts";
import { packFromEnd } from "./pack.ts";

/** The atoms of a document, as far as dividing it needs to know them. */
export interface Passage {
  readonly count: number;
  /** How full a chunk of the atoms `[from, to)` is; above 1 it does not fit. */
  readonly load: (from: number, to: number) => number;
  readonly seam: (atom: number) => number;
  readonly priority: (atom: number) => number;
}

/** The first atoms of the chunks, in ascending order. */
export function divideIntoChunks(passage: Passage): number[] {
  const begins: number[] = [];
  if (passage.count > 0) divide(passage, 0, passage.count, begins);
  return begins;
}

function divide(passage: Passage, from: number, to: number, begins: number[]): void {
  if (passage.load(from, to) <= 1) {
    begins.push(from);
    return;
  }
  const bounds = subsections(passage, from, to);
  if (bounds.length > 2) packSubsections(passage, bounds, begins);
  else for (const atom of pack(passage, (index) => from + index, to - from)) begins.push(atom);
}

/** Where the subsections below the strongest headings begin, between `from` and `to`, which are included. */
function subsections({ seam }: Passage, from: number, to: number): number[] {
  let strongest: number = SEAM.deepestHeading;
  for (let atom = from + 1; atom < to; atom++) strongest = Math.max(strongest, seam(atom));
  const bounds = [from];
  for (let atom = from + 1; atom < to; atom++) if (seam(atom) === strongest) bounds.push(atom);
  bounds.push(to);
  return bounds;
}

function packSubsections(passage: Passage, bounds: readonly number[], begins: number[]): void {
  const fits = (index: number): boolean => passage.load(bounds[index]!, bounds[index + 1]!) <= 1;
  const last = bounds.length - 1;
  for (let index = 0; index < last; ) {
    const first = index;
    while (index < last && fits(index)) index++;
    if (index > first) {
      for (const atom of pack(passage, (offset) => bounds[first + offset]!, index - first)) begins.push(atom);
    } else {
      divide(passage, bounds[index]!, bounds[index + 1]!, begins);
      index++;
    }
  }
}

function pack({ load, seam, priority }: Passage, atomAt: (piece: number) => number, count: number): number[] {
  return packFromEnd({
    count,
    load: (from, to) => load(atomAt(from), atomAt(to)),
    seam: (piece) => seam(atomAt(piece)),
    priority: (piece) => priority(atomAt(piece)),
    wholeSeam: SEAM.block,
    poorestSeam: SEAM.piece,
  }).map(atomAt);
}

/**
 * Divides a document along its headings.
 *
 * A section that fits with everything below it is left whole. Of one that does not, the parts below its
 * strongest headings are divided in turn; neighbours that fit are packed together, so that many short sections
 * do not become as many crumbs. Only the text under a single heading is ever cut between paragraphs, and no
 * chunk that begins inside a section reaches into the next.
 */
import { SEAM } from "./atoms.ts";

/** The atoms of a document, as far as dividing it needs to know them. */
export interface AtomRow {
  readonly count: number;
  /** How full a chunk of the atoms `[from, to)` is; above 1 it does not fit. */
  readonly load: (from: number, to: number) => number;
  readonly seam: (atom: number) => number;
  readonly priority: (atom: number) => number;
}

/** The first atoms of the chunks, in ascending order. */
export function divideIntoChunks(atoms: AtomRow): number[] {
  const begins: number[] = [];
  if (atoms.count > 0) divide(atoms, 0, atoms.count, begins);
  return begins;
}

function divide(atoms: AtomRow, from: number, to: number, begins: number[]): void {
  if (atoms.load(from, to) <= 1) {
    begins.push(from);
    return;
  }
  const bounds = subsections(atoms, from, to);
  if (bounds.length > 2) packSubsections(atoms, bounds, begins);
  else for (const atom of pack(atoms, (index) => from + index, to - from)) begins.push(atom);
}

/** Where the subsections below the strongest headings begin, between `from` and `to`, which are included. */
function subsections({ seam }: AtomRow, from: number, to: number): number[] {
  let strongest: number = SEAM.deepestHeading;
  for (let atom = from + 1; atom < to; atom++) strongest = Math.max(strongest, seam(atom));
  const bounds = [from];
  for (let atom = from + 1; atom < to; atom++) if (seam(atom) === strongest) bounds.push(atom);
  bounds.push(to);
  return bounds;
}

function packSubsections(atoms: AtomRow, bounds: readonly number[], begins: number[]): void {
  const fits = (index: number): boolean => atoms.load(bounds[index]!, bounds[index + 1]!) <= 1;
  const last = bounds.length - 1;
  for (let index = 0; index < last; ) {
    const first = index;
    while (index < last && fits(index)) index++;
    if (index > first) {
      for (const atom of pack(atoms, (offset) => bounds[first + offset]!, index - first)) begins.push(atom);
    } else {
      divide(atoms, bounds[index]!, bounds[index + 1]!, begins);
      index++;
    }
  }
}

function pack({ load, seam, priority }: AtomRow, atomAt: (piece: number) => number, count: number): number[] {
  return packFromEnd({
    count,
    load: (from, to) => load(atomAt(from), atomAt(to)),
    seam: (piece) => seam(atomAt(piece)),
    priority: (piece) => priority(atomAt(piece)),
    wholeSeam: SEAM.block,
    poorestSeam: SEAM.piece,
  }).map(atomAt);
}

/*
 * Packs a row of pieces into chunks, from the end to the beginning.
 *
 * Where a chunk begins is decided by what stands around that place, never by how far from the beginning of the
 * document it is: among the places that leave the chunk at least half full the one with the best seam wins,
 * and among equals the one whose content has the highest hash. So
 * - a piece put in at the very top changes the first chunk alone, or splits it in two, since everything below
 *   is packed before it is reached;
 * - an edit further down changes its own chunk, and the ones above it until two choices coincide again, which
 *   content-defined seams make soon (an expected handful, whatever the length of the document);
 * - chunks are three quarters full on average, where cutting at hashes alone would leave them half empty.
 */

export interface Packing {
  /** The number of pieces in the row. */
  readonly count: number;
  /** How full a chunk of the pieces `[from, to)` is; above 1 it does not fit. */
  readonly load: (from: number, to: number) => number;
  /** How good a place for a chunk to begin the beginning of a piece is. */
  readonly seam: (piece: number) => number;
  /** Decides between equal seams; depends on content only. */
  readonly priority: (piece: number) => number;
  /** Seams below this one are inside a block. */
  readonly wholeSeam: number;
  /** Seams below this one are the last resort. */
  readonly poorestSeam: number;
}

/** A chunk of whole blocks may be this empty before a block is cut to fill it. */
const WELL_FILLED = 1 / 2;
const PASSABLE = 1 / 3;

/** The first pieces of the chunks, in ascending order; the first one is 0. */
function packFromEnd(packing: Packing): number[] {
  const begins: number[] = [];
  let end = packing.count;
  while (end > 0 && packing.load(0, end) > 1) {
    end = beginOfLast(packing, end);
    begins.push(end);
  }
  if (end > 0) begins.push(0);
  return begins.reverse();
}

/** Where the last chunk of `[0, end)` begins, given that the whole does not fit. */
function beginOfLast({ load, seam, priority, wholeSeam, poorestSeam }: Packing, end: number): number {
  let best = -1;
  let passable = -1;
  let farthest = -1;
  for (let piece = end - 1; piece > 0; piece--) {
    const filled = load(piece, end);
    if (filled > 1) break;
    const strength = seam(piece);
    if (strength < poorestSeam) continue;
    farthest = piece;
    if (filled >= WELL_FILLED) {
      const better = best < 0 || strength > seam(best);
      if (better || (strength === seam(best) && priority(piece) >= priority(best))) best = piece;
    } else if (filled >= PASSABLE && strength >= wholeSeam && (passable < 0 || strength >= seam(passable))) {
      passable = piece;
    }
  }
  if (best >= 0 && (passable < 0 || seam(best) >= wholeSeam)) return best;
  if (passable >= 0) return passable;
  // Nothing fits, not even the last piece alone: it is then a chunk of its own.
  return farthest >= 0 ? farthest : end - 1;
}

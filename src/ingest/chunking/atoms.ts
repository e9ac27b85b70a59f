/**
 * Cuts a part of a document into atoms, the smallest pieces that chunks are put together from.
 *
 * Atoms follow one another without a gap, so chunks made of them lose nothing. A block that fits into a chunk
 * is one atom; only a larger one is cut, at the coarsest seams that make its pieces small enough: lines (in
 * prose, sentences), then words, then pieces of a run without whitespace.
 *
 * Nothing here knows where in the document an atom stands, since chunks must not either.
 */

import { type Block, type Heading, isSpace } from "../markdown/index.ts";
import { type CountTokens, type HeadingTree, TOP } from "./headings.ts";
import { numberRuns, withoutNumbers } from "./numbers.ts";
import { sentenceEnd } from "./sentence-end.ts";

/** How good a place the beginning of an atom is to begin a chunk. Higher is better. */
export const SEAM = {
  /** Between a heading and what it stands over: no place at all, if it can be helped. */
  glued: 0,
  piece: 1,
  word: 2,
  sentence: 3,
  line: 4,
  /** An item of a list, or a line after a blank one, inside a larger block. */
  item: 5,
  block: 6,
  /** A heading of level 6; that of level 1 is `block + 6`. */
  deepestHeading: 7,
} as const;

function headingSeam(level: number): number {
  return SEAM.deepestHeading + 6 - level;
}

/** A chunk has at most so many characters: a word of a megabyte may be a single unknown token. */
export const MAX_CHARACTERS = 8_000;

/** Collects atoms in order. Arrays instead of objects: a large file has millions of atoms. */
export class AtomList {
  readonly starts: number[] = [];
  readonly seams: number[] = [];
  /** Tokens before each atom. */
  readonly tokensBefore: number[] = [0];

  get length(): number {
    return this.starts.length;
  }

  add(start: number, seam: number, tokens: number): void {
    this.starts.push(start);
    this.seams.push(seam);
    this.tokensBefore.push(this.tokensBefore.at(-1)! + tokens);
  }
}

/** What a block is cut with. */
export interface Scissors {
  readonly text: string;
  readonly countTokens: CountTokens;
  readonly atoms: AtomList;
  /** Pieces of a block that does not fit have at most so many tokens, so that chunks can be filled well. */
  readonly maxPieceTokens: number;
}

/** Adds the lines of `text[start, end)`, and the sentences of lines that are long. */
function addLines(scissors: Scissors, start: number, end: number, seam: number): void {
  const { text } = scissors;
  let lineSeam = seam;
  let lineStart = start;
  while (lineStart < end) {
    let lineEnd = text.indexOf("\n", lineStart) + 1;
    if (lineEnd === 0 || lineEnd > end) lineEnd = end;
    const contentEnd = lineEnd;
    while (lineEnd < end && isBlankLine(text, lineEnd, end)) lineEnd = Math.min(nextLine(text, lineEnd), end);
    addOrCut(scissors, lineStart, lineEnd, lineSeam, addSentences);
    lineSeam = lineEnd > contentEnd || beginsItem(text, lineEnd) ? SEAM.item : SEAM.line;
    lineStart = lineEnd;
  }
}

/** Adds the sentences of `text[start, end)`, and the words of sentences that are long. */
function addSentences(scissors: Scissors, start: number, end: number, seam: number): void {
  let from = start;
  let fromSeam = seam;
  while (from < end) {
    const to = sentenceEnd(scissors.text, from, end);
    addOrCut(scissors, from, to, fromSeam, addWords);
    from = to;
    fromSeam = SEAM.sentence;
  }
}

function addWords(scissors: Scissors, start: number, end: number, seam: number): void {
  const { text } = scissors;
  let from = start;
  let fromSeam = seam;
  while (from < end) {
    let to = from;
    while (to < end && !isSpace(text.charCodeAt(to))) to++;
    while (to < end && isSpace(text.charCodeAt(to))) to++;
    addOrCut(scissors, from, to, fromSeam, addRun);
    from = to;
    fromSeam = SEAM.word;
  }
}

/** A run without whitespace, cut after punctuation; what is still too long is cut anywhere. */
function addRun(scissors: Scissors, start: number, end: number, seam: number): void {
  const { text } = scissors;
  let from = start;
  let fromSeam = seam;
  while (from < end) {
    let to = from;
    while (to < end && !isPunctuation(text.charCodeAt(to))) to++;
    while (to < end && isPunctuation(text.charCodeAt(to))) to++;
    addOrCut(scissors, from, to, fromSeam, addPieces);
    from = to;
    fromSeam = SEAM.piece;
  }
}

const MAX_PIECE_CHARACTERS = MAX_CHARACTERS / 2;

function addPieces(scissors: Scissors, start: number, end: number, seam: number): void {
  const { text } = scissors;
  const size = Math.max(1, Math.min(MAX_PIECE_CHARACTERS, Math.ceil((end - start) / 4)));
  let from = start;
  let fromSeam = seam;
  while (from < end) {
    let to = Math.min(from + size, end);
    if (to < end && isLowSurrogate(text.charCodeAt(to))) to++;
    if (to - from > 2) addOrCut(scissors, from, to, fromSeam, addPieces);
    else scissors.atoms.add(from, fromSeam, scissors.countTokens(text.slice(from, to)));
    from = to;
    fromSeam = SEAM.piece;
  }
}

/** The pieces of a table of numbers are as large as this; little of each is embedded. */
const NUMBER_PIECE = 3_000;

/** What does not fit: its tables of numbers in large pieces, and what stands around them as `cut` does it. */
function addAroundNumbers(scissors: Scissors, start: number, end: number, seam: number, cut: Cut): void {
  const { text } = scissors;
  let from = start;
  let fromSeam = seam;
  for (const run of numberRuns(text.slice(start, end))) {
    if (start + run.from > from) {
      cut(scissors, from, start + run.from, fromSeam);
      fromSeam = SEAM.line;
    }
    const runEnd = start + run.to;
    addNumbers(scissors, start + run.from, runEnd, fromSeam);
    fromSeam = SEAM.line;
    from = runEnd;
    while (from < end && isBlankLine(text, from, end)) from = nextLine(text, from);
  }
  if (from < end) cut(scissors, from, end, fromSeam);
}

function addNumbers(scissors: Scissors, start: number, end: number, seam: number): void {
  const { text, countTokens, atoms, maxPieceTokens } = scissors;
  const size = (end - start) / Math.ceil((end - start) / NUMBER_PIECE);
  let from = start;
  let fromSeam = seam;
  for (let piece = 1; from < end; piece++) {
    const to = endOfPiece(text, Math.max(from + 1, Math.round(start + piece * size)), end);
    const tokens = countTokens(withoutNumbers(text.slice(from, to).trimEnd()));
    if (tokens <= 2 * maxPieceTokens) atoms.add(from, fromSeam, tokens);
    else addLines(scissors, from, to, fromSeam);
    from = to;
    fromSeam = SEAM.line;
  }
}

/** After the end of the line, or if that is far away after a blank, or right there. */
function endOfPiece(text: string, at: number, end: number): number {
  if (end - at < NUMBER_PIECE / 4) return end;
  const near = text.slice(at, at + NUMBER_PIECE / 4);
  const space = near.includes("\n") ? near.indexOf("\n") : near.search(/\s/);
  if (space >= 0) return at + space + 1;
  return isLowSurrogate(text.charCodeAt(at)) ? at + 1 : at;
}

type Cut = (scissors: Scissors, start: number, end: number, seam: number) => void;

function addOrCut(scissors: Scissors, start: number, end: number, seam: number, cut: Cut): void {
  const content = scissors.text.slice(start, end).trimEnd();
  const tokens = content.length > MAX_PIECE_CHARACTERS ? Infinity : scissors.countTokens(content);
  if (tokens <= scissors.maxPieceTokens) scissors.atoms.add(start, seam, tokens);
  else cut(scissors, start, start + content.length, seam);
}

const PUNCTUATION = /[\p{P}\p{S}]/u;

function isPunctuation(code: number): boolean {
  if (code < 0x80) {
    return (
      (code > 32 && code < 48) ||
      (code > 57 && code < 65) ||
      (code > 90 && code < 97) ||
      (code > 122 && code < 127)
    );
  }
  return PUNCTUATION.test(String.fromCharCode(code));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function nextLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline < 0 ? text.length : newline + 1;
}

function isBlankLine(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) return true;
    if (!isSpace(code)) return false;
  }
  return true;
}

const ITEM = /[ \t>]{0,40}(?:[-*+]|\d{1,9}[.)])[ \t]/y;

function beginsItem(text: string, start: number): boolean {
  ITEM.lastIndex = start;
  return ITEM.test(text);
}

/* Turns the blocks of a document into the atoms that chunks are made of, and says which headings they stand under. */

/** What is cut as a whole: the front matter or the body. */
export interface Part {
  readonly text: string;
  /** Offset in `text` where each line begins. */
  readonly lineStarts: Uint32Array;
  /** Where each line begins in the file, if elsewhere. */
  readonly fileLines: Uint32Array | undefined;
  readonly blocks: readonly Block[];
  /** One for each block of the document that is a heading, in order. */
  readonly headings: readonly Heading[];
  /** How many of them are those of blocks before this part. */
  readonly headingsBefore: number;
  /** Offset where the part ends. */
  readonly end: number;
}

export interface AtomizedPart {
  readonly atoms: AtomList;
  /** The node of the heading tree that each atom stands under. */
  readonly above: readonly number[];
  /** The heading that each atom begins, or `TOP`. */
  readonly opens: readonly number[];
}

/** @param budget tokens a chunk may have, the headings above it included. */
export function atomize(
  part: Part,
  tree: HeadingTree,
  countTokens: CountTokens,
  budget: number,
): AtomizedPart {
  const atoms = new AtomList();
  const above: number[] = [];
  const opens: number[] = [];
  let heading = part.headingsBefore + TOP;
  let stack: HeadingStack = { level: 0, tokens: 0 };
  for (let i = 0; i < part.blocks.length; i++) {
    const block = part.blocks[i]!;
    const level = block.kind === "heading" ? part.headings[++heading]!.level : BODY;
    const node = level === BODY ? heading : tree.parent(heading);
    const glued = stack.level > 0 && level > stack.level && stack.tokens <= budget / 2;
    const seam = glued ? SEAM.glued : level === BODY ? SEAM.block : headingSeam(level);
    const room = budget - tree.context(node).tokens;
    const held = glued ? stack.tokens : 0;

    const from = part.lineStarts[block.startLine - 1]!;
    const next = part.blocks[i + 1];
    const to = next === undefined ? part.end : part.lineStarts[next.startLine - 1]!;
    const content = part.text.slice(from, to).trimEnd();
    const tokens = content.length > MAX_CHARACTERS ? Infinity : countTokens(withoutNumbers(content));
    if (tokens <= room - held) atoms.add(from, seam, tokens);
    else {
      const cut = block.kind === "other" ? addLines : addSentences;
      const maxPieceTokens = Math.max(1, Math.floor(room / 2));
      addAroundNumbers({ text: part.text, countTokens, atoms, maxPieceTokens }, from, to, seam, cut);
    }

    stack = level === BODY ? { level: 0, tokens: 0 } : { level, tokens: held + tokens };
    opens.push(level === BODY ? TOP : heading);
    above.push(node);
    while (above.length < atoms.length) {
      above.push(heading);
      opens.push(TOP);
    }
  }
  return { atoms, above, opens };
}

/** Deeper than any heading. */
const BODY = 7;

/** Headings that follow one another: none of them is left without what it stands over. */
interface HeadingStack {
  /** The level of the last one; 0 if the block before is no heading. */
  readonly level: number;
  readonly tokens: number;
}

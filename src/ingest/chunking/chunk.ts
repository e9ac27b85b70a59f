/**
 * From a parsed document to the texts that are embedded.
 *
 * - Every word of the document is in a chunk, in order, and in one only.
 * - Of tables of numbers the first lines are embedded, and the rest is found by its words.
 * - Every text that is embedded fits the model's window by the model's own tokenizer, so nothing is cut off silently.
 * - A text that is embedded says nothing of where it stands but the headings above it: no path, no line, no number. Its
 *   vector survives when the file is moved or text is added elsewhere.
 * - The front matter has chunks of its own, so that editing tags leaves the body's vectors alone.
 */

import { asName, type Block, type ParsedDocument } from "../markdown/index.ts";
import { type AtomizedPart, type AtomList, atomize, MAX_CHARACTERS, type Part } from "./atoms.ts";
import { divideIntoChunks } from "./divide.ts";
import { embedText } from "./embed-text.ts";
import { type CountTokens, HeadingTree, TOP } from "./headings.ts";
import { withoutNumbers } from "./numbers.ts";

export interface Chunk {
  /** The headings the chunk stands under, the one it begins with included; for display. */
  readonly heading: readonly string[];
  /** 1-based, inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** The slice of the document, without blank lines at its edges, and without what says nothing in words. */
  readonly text: string;
  /** The headings above it as the model is given them, or nothing. */
  readonly context: string;
}

/** The model's tokenizer, as far as cutting needs it. */
export interface TokenCounter {
  /** Tokens of a text, without special tokens. */
  readonly count: CountTokens;
  /**
   * Whether the tokens of texts that are joined by ASCII white space are always the tokens of these texts. What was
   * counted in pieces need then not be counted again as a whole.
   */
  readonly addsUp: boolean;
}

/** `[CLS]` and `[SEP]`, or what a model has in their place. */
const SPECIAL_TOKENS = 2;
/** The part of a chunk that the headings above it may take. */
const CONTEXT_SHARE = 1 / 4;
const SMALLEST_BUDGET = 8;

/** A chunk, and its tokens as far as they are known without counting them as a whole. */
interface CutChunk {
  readonly chunk: Chunk;
  /** At most so many; undefined when its pieces are joined by anything but ASCII white space, or not all embedded. */
  readonly tokens: number | undefined;
}

/**
 * Cuts a document into chunks.
 *
 * @param tokenizer where counts do not add up, smaller chunks are tried until all fit.
 * @param maxTokens the model's window, special tokens included.
 * @param prefix what the model is given before each chunk; it takes room as well.
 */
export function chunkDocument(
  parsed: ParsedDocument,
  tokenizer: TokenCounter,
  maxTokens: number,
  prefix = "",
): Chunk[] {
  const taken = prefix === "" ? 0 : tokenizer.count(prefix);
  const limit = Math.max(maxTokens - SPECIAL_TOKENS - taken, 1);
  // A prefix that ends with a space adds up as words do.
  const addsUp = tokenizer.addsUp && /^$|\s$/.test(prefix);
  const fits = ({ chunk, tokens }: CutChunk): boolean =>
    ((addsUp ? tokens : undefined) ?? tokenizer.count(prefix + embedText(chunk)) - taken) <= limit;
  let budget = limit;
  while (true) {
    const cut = [
      ...cutParts([frontMatterPart(parsed)], tokenizer.count, budget),
      ...cutParts(bodyParts(parsed), tokenizer.count, budget),
    ];
    if (budget <= SMALLEST_BUDGET || cut.every(fits)) return cut.map(({ chunk }) => chunk);
    budget = Math.max(Math.floor(budget * 0.9), SMALLEST_BUDGET);
  }
}

function frontMatterPart({ text, lineStarts, fileLines, frontMatter }: ParsedDocument): Part {
  const endLine = frontMatter?.endLine ?? 0;
  const blocks: Block[] = endLine === 0 ? [] : [{ startLine: 1, endLine, kind: "other" }];
  return { text, lineStarts, fileLines, blocks, headings: [], headingsBefore: 0, end: lineStarts[endLine]! };
}

/** The body, or each part of it that shares no chunk with another. */
function bodyParts({ chunkStarts = [0], ...parsed }: ParsedDocument): Part[] {
  const { text, lineStarts, fileLines, blocks, headings } = parsed;
  let headingsBefore = 0;
  return chunkStarts.map((first, place) => {
    const next = chunkStarts[place + 1] ?? blocks.length;
    const own = blocks.slice(first, next);
    const after = blocks[next];
    const end = after === undefined ? text.length : lineStarts[after.startLine - 1]!;
    const part = { text, lineStarts, fileLines, blocks: own, headings, headingsBefore, end };
    headingsBefore += own.filter(({ kind }) => kind === "heading").length;
    return part;
  });
}

/** @param parts of one body, which have their headings in common */
function cutParts(parts: readonly Part[], countTokens: CountTokens, budget: number): CutChunk[] {
  const [first] = parts;
  if (first === undefined) return [];
  const tree = new HeadingTree(first.headings, countTokens, Math.floor(budget * CONTEXT_SHARE));
  return parts.flatMap((part) => cutPart(part, tree, countTokens, budget));
}

function cutPart(part: Part, tree: HeadingTree, countTokens: CountTokens, budget: number): CutChunk[] {
  if (part.blocks.length === 0) return [];
  const atomized = atomize(part, tree, countTokens, budget);
  const { atoms, above } = atomized;
  const { starts, seams, tokensBefore } = atoms;
  const startOf = (atom: number): number => starts[atom] ?? part.end;
  const begins = divideIntoChunks({
    count: atoms.length,
    load: (from, to) => {
      const tokens = tokensBefore[to]! - tokensBefore[from]! + tree.context(above[from]!).tokens;
      return Math.max(tokens / budget, (startOf(to) - startOf(from)) / MAX_CHARACTERS);
    },
    seam: (atom) => seams[atom]!,
    priority: (atom) => contentHash(part.text, startOf(atom), startOf(atom + 1)),
  });
  return assemble(part, tree, atomized, begins);
}

function assemble(
  part: Part,
  tree: HeadingTree,
  atomized: AtomizedPart,
  begins: readonly number[],
): CutChunk[] {
  const { text, lineStarts, fileLines } = part;
  const { atoms, above, opens } = atomized;
  const chunks: CutChunk[] = [];
  let line = (part.blocks[0]?.startLine ?? 1) - 1;
  for (let i = 0; i < begins.length; i++) {
    const begin = begins[i]!;
    const end = begins[i + 1] ?? atoms.length;
    const from = atoms.starts[begin]!;
    const slice = text.slice(from, atoms.starts[end] ?? part.end).trimEnd();
    if (slice === "") continue;
    while (lineStarts[line + 1]! <= from) line++;
    const startLine = line + 1;
    while (lineStarts[line + 1]! < from + slice.length) line++;
    const context = tree.context(above[begin]!);
    let node = above[begin]!;
    for (let atom = begin; atom < end && opens[atom] !== TOP; atom++) node = opens[atom]!;
    const chunk = {
      heading: tree.path(node).map(asName),
      startLine: fileLines?.[startLine - 1] ?? startLine,
      // To the line before the one after it: lines that were left out belong to the one that says so.
      endLine: fileLines === undefined ? line + 1 : fileLines[line + 1]! - 1,
      text: slice,
      context: context.text,
    };
    const inPieces = atoms.tokensBefore[end]! - atoms.tokensBefore[begin]! + context.tokens;
    const addsUp = areJoinedBySpace(text, atoms, begin, end) && withoutNumbers(slice) === slice;
    chunks.push({ chunk, tokens: addsUp ? inPieces : undefined });
  }
  return chunks;
}

/** Whether each of the atoms `[begin, end)` but the first follows a blank, a tab or a line end. */
function areJoinedBySpace(text: string, { starts }: AtomList, begin: number, end: number): boolean {
  for (let atom = begin + 1; atom < end; atom++) {
    const code = text.charCodeAt(starts[atom]! - 1);
    if (code !== 32 && code !== 10 && code !== 9) return false;
  }
  return true;
}

const HASHED_CHARACTERS = 512;

/** FNV-1a over the beginning of a piece without its whitespace, with the bits mixed once more at the end. */
function contentHash(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  const stop = Math.min(end, start + HASHED_CHARACTERS);
  for (let i = start; i < stop; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x20) hash = Math.imul(hash ^ code, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

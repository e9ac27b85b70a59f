/** Turns the blocks of a document into the atoms that chunks are made of, and says which headings they stand under. */
import {
  AtomList,
  addLines,
  addSentences,
  type CountTokens,
  headingSeam,
  MAX_CHARACTERS,
  SEAM,
} from "./atoms.ts";
import type { Block } from "./block-structure.ts";
import { type HeadingTree, TOP } from "./heading-path.ts";
import type { Heading } from "./parse.ts";

/** What is cut as a whole: the front matter or the body. */
export interface Part {
  readonly text: string;
  /** Offset in `text` where each line begins. */
  readonly lineStarts: Uint32Array;
  readonly blocks: readonly Block[];
  /** One for each block that is a heading, in order. */
  readonly headings: readonly Heading[];
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
  let heading = TOP;
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
    const tokens = content.length > MAX_CHARACTERS ? Infinity : countTokens(content);
    if (tokens <= room - held) atoms.add(from, seam, tokens);
    else {
      const cut = block.kind === "other" ? addLines : addSentences;
      cut(
        { text: part.text, countTokens, atoms, maxPieceTokens: Math.max(1, Math.floor(room / 2)) },
        from,
        to,
        seam,
      );
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

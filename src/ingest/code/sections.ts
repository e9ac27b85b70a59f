/**
 * From declarations to the blocks and headings that the chunker cuts along. Pure.
 *
 * Each function, each method and each class is a section of its own, which begins with the comment above it, and so is
 * what stands between them. Every line that is not blank is in exactly one section.
 */
import type { Block, Heading } from "../markdown/index.ts";

/** Lines are counted from 1 and inclusive. */
export interface Declaration {
  readonly name: string;
  /** With the comment above it. */
  readonly startLine: number;
  readonly nameLine: number;
  readonly endLine: number;
  readonly members: readonly Declaration[];
}

export interface CodeStructure {
  readonly blocks: readonly Block[];
  readonly headings: readonly Heading[];
  /** Blocks, by their places, that begin a section. */
  readonly chunkStarts: readonly number[];
}

interface Section {
  readonly startLine: number;
  /** Where the name of what is declared stands. */
  readonly nameLine: number;
  /** Without a name: what stands between declarations. */
  readonly name: string;
  readonly level: number;
}

/** As deep as headings go. */
const DEEPEST_LEVEL = 6;

export interface CodeLines {
  readonly count: number;
  /** Of line `line`, without its line end. */
  readonly at: (line: number) => string;
}

export function structureOf(lines: CodeLines, declarations: readonly Declaration[]): CodeStructure {
  const sections: Section[] = [];
  addSections({ lines, sections }, declarations, { from: 1, to: lines.count, level: 1 });
  return blocksOf(lines, sections);
}

interface Building {
  readonly lines: CodeLines;
  readonly sections: Section[];
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly level: number;
}

function addSections(
  building: Building,
  declarations: readonly Declaration[],
  { from, to, level }: Range,
): void {
  let line = from;
  for (const { name, startLine, nameLine, endLine, members } of declarations) {
    // Of two on one line the first has both.
    if (startLine < line || endLine > to) continue;
    addRest(building, { from: line, to: startLine - 1, level });
    building.sections.push({ startLine, nameLine, name, level });
    const first = members.find((member) => member.startLine > nameLine);
    if (first !== undefined) {
      const inside = members.filter((member) => member.startLine >= first.startLine);
      addSections(building, inside, { from: first.startLine, to: endLine, level: deeper(level) });
    }
    line = endLine + 1;
  }
  addRest(building, { from: line, to, level });
}

const deeper = (level: number): number => Math.min(level + 1, DEEPEST_LEVEL);

const WORDS = /[\p{L}\p{N}]/u;

/** What stands between declarations; brackets that only close something stay with what they close. */
function addRest({ lines, sections }: Building, { from, to, level }: Range): void {
  let saysSomething = false;
  let first = 0;
  for (let line = from; line <= to; line++) {
    const text = lines.at(line);
    if (first === 0 && text.trim() !== "") first = line;
    if (WORDS.test(text)) saysSomething = true;
  }
  if (first === 0 || (!saysSomething && sections.length > 0)) return;
  sections.push({ startLine: first, nameLine: first, name: "", level });
}

function blocksOf(lines: CodeLines, sections: readonly Section[]): CodeStructure {
  const blocks: Block[] = [];
  const headings: Heading[] = [];
  const chunkStarts: number[] = [];
  for (const [place, { startLine, nameLine, name, level }] of sections.entries()) {
    const end = (sections[place + 1]?.startLine ?? lines.count + 1) - 1;
    const head = Math.min(nameLine, end);
    chunkStarts.push(blocks.length);
    headings.push({ level, text: name, line: head });
    blocks.push({ startLine, endLine: head, kind: "heading" });
    const rest = trimmed(lines, head + 1, end);
    if (rest !== undefined) blocks.push({ ...rest, kind: "other" });
  }
  return { blocks, headings, chunkStarts };
}

function trimmed(
  lines: CodeLines,
  from: number,
  to: number,
): Pick<Block, "startLine" | "endLine"> | undefined {
  let [startLine, endLine] = [from, to];
  while (endLine >= startLine && lines.at(endLine).trim() === "") endLine--;
  while (startLine <= endLine && lines.at(startLine).trim() === "") startLine++;
  return startLine > endLine ? undefined : { startLine, endLine };
}

/* What cannot be taken apart, since it is too large or no grammar understands it: paragraphs of lines. */

/** Chunks are packed as those of markdown are, along blank lines. */
export function paragraphsOf(lines: CodeLines): Pick<CodeStructure, "blocks"> {
  const blocks: Block[] = [];
  let startLine = 0;
  for (let line = 1; line <= lines.count + 1; line++) {
    const isBlank = line > lines.count || lines.at(line).trim() === "";
    if (!isBlank && startLine === 0) startLine = line;
    if (isBlank && startLine > 0) {
      blocks.push({ startLine, endLine: line - 1, kind: "other" });
      startLine = 0;
    }
  }
  return { blocks };
}

/**
 * What stands in a document and says nothing in words: images and files written out as text, keys, compressed
 * drawings, the coordinates of curves, minified code. One picture of 30 KB would become a hundred chunks that match
 * anything.
 *
 * Such a run is left out and a few words in its place say so. A run that goes over lines becomes one line, and it is
 * remembered which line of the file each line of the remaining text was. Everything here takes time that is linear in
 * the text.
 */
import {
  compressedDrawings,
  dataAddresses,
  dumps,
  encodings,
  keyBlocks,
  leftOut,
  type Noise,
  SHORTEST,
} from "./noise-blocks.ts";

export interface WithoutNoise {
  readonly text: string;
  /**
   * The line of the file at which each line of `text` begins, both counted from 1: the first entry is that of line 1,
   * and one more at the end says where a line after the last would begin. Undefined where they are the same.
   */
  readonly lines: Uint32Array | undefined;
}

/** Lines of encoded data are 60 to 80 characters long, and there are many of them. */
const SHORTEST_LINE = 40;
const FEWEST_LINES = 4;

/** Where a line of the text begins in the file. */
export function lineInFile(line: number, lines: WithoutNoise["lines"]): number {
  return lines?.[line - 1] ?? line;
}

export function leaveOutNoise(text: string): WithoutNoise {
  if (!mayHoldNoise(text)) return { text, lines: undefined };
  const found = [
    ...keyBlocks(text),
    ...compressedDrawings(text),
    ...dataAddresses(text),
    ...dumps(text),
    ...encodings(text),
    ...curves(text),
    ...encodedRuns(text),
    ...minifiedLines(text),
  ];
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  return found.length === 0 ? { text, lines: undefined } : cutOut(text, found);
}

const SIGNS = [
  "data:",
  "DATA:",
  "-----BEGIN ",
  "compressed-json",
  "excalidraw",
  ' d="',
  " d='",
  ' points="',
  "begin 6",
  "GIT binary patch",
  "00000010",
  "0000020 ",
  '"mappings"',
  "<~",
  "=D",
  "=E",
  "%3C",
  "%3c",
  "B%22",
  "<path",
  "<circle",
  "<polygon",
  "<rect",
  "<line",
];

/**
 * One look at each character, which is all that most documents need: long lines, long runs without a blank, or many
 * lines that are one run.
 */
function mayHoldNoise(text: string): boolean {
  if (text.length < SHORTEST) return false;
  let run = 0;
  let lineStart = 0;
  let longest = 0;
  let wholeLines = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x0a;
    if (code > 0x20) {
      run++;
      continue;
    }
    if (run > longest) longest = run;
    run = 0;
    if (code !== 0x0a) continue;
    if (longest >= SHORTEST || at - lineStart >= LONG_LINE) return true;
    if (longest >= SHORTEST_LINE && at - lineStart - longest < SHORTEST_LINE) wholeLines++;
    if (wholeLines * SHORTEST_LINE >= SHORTEST) return true;
    lineStart = at + 1;
    longest = 0;
  }
  return SIGNS.some((sign) => text.includes(sign));
}

function cutOut(text: string, found: readonly Noise[]): WithoutNoise {
  let result = "";
  let copied = 0;
  /** Of each line that is left out together with the line end before it: which one. */
  const dropped: number[] = [];
  let line = 1;
  let counted = 0;
  for (const { from: begin, to, note } of found) {
    // Of what begins within another run, the rest may still be too much.
    if (begin < copied && to - copied < SHORTEST) continue;
    const from = Math.max(begin, copied);
    result += text.slice(copied, from) + note;
    line += newlines(text, counted, from);
    counted = to;
    for (let inside = newlines(text, from, to); inside > 0; inside--) dropped.push(++line);
    copied = to;
  }
  result += text.slice(copied);
  return {
    text: result,
    lines: dropped.length === 0 ? undefined : linesWithout(dropped, newlines(text, 0, text.length) + 1),
  };
}

function linesWithout(dropped: readonly number[], total: number): Uint32Array {
  const lines = new Uint32Array(total - dropped.length + 1);
  let next = 0;
  let place = 0;
  for (let line = 1; line <= total; line++) {
    if (dropped[next] === line) next++;
    else lines[place++] = line;
  }
  lines[place] = total + 1;
  return lines;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

const CURVE = /\s(?:d|points|path|values|keyTimes)=(["'])([MmLlHhVvCcSsQqTtAaZzEe\d,.;\s+-]{200,})\1/g;

/** Coordinates in SVG. */
function* curves(text: string): Generator<Noise> {
  for (const match of text.matchAll(CURVE)) {
    const to = match.index + match[0].length - 1;
    yield { from: to - match[2]!.length, to, note: leftOut("coordinates", match[2]!.length) };
  }
}

/**
 * Characters of base64 in both of its alphabets, and of hexadecimal: 1 at the code of each. A call for each character
 * would take most of the time.
 */
const ENCODING = new Uint8Array(0x10000);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_")
  ENCODING[character.charCodeAt(0)] = 1;

interface Run {
  readonly from: number;
  readonly to: number;
}

/** Runs of encoded data in one line, and lines of it that follow one another, in quotes and lists as well. */
function* encodedRuns(text: string): Generator<Noise> {
  let block: Run[] = [];
  let lineBefore = 0;
  const flush = function* (): Generator<Noise> {
    const [first, last] = [block[0], block.at(-1)];
    const size = block.reduce((sum, { from, to }) => sum + to - from, 0);
    if (first !== undefined && last !== undefined && size >= SHORTEST) {
      const isOne = block.length === 1;
      if (isOne || block.length >= FEWEST_LINES || size >= 2 * SHORTEST)
        yield { from: first.from, to: last.to, note: leftOut("encoded data", size) };
    }
    block = [];
  };
  for (const { from, to } of linesOf(text)) {
    if (block.length > 0 && to - from < SHORTEST_LINE && text.slice(from, to).trim() === "") continue;
    const runs = runsIn(text, from, to);
    const whole = runs.length === 1 && isAllOf(text, from, to, runs[0]!) ? runs[0]! : undefined;
    const isNext = lineBefore === from - 1;
    if (whole !== undefined && (block.length === 0 || continues(text, block.at(-1)!, whole))) {
      block.push(whole);
      lineBefore = to;
      continue;
    }
    const tail = block.length > 1 && isNext ? shortTail(text, from, to) : undefined;
    if (tail !== undefined) block.push(tail);
    yield* flush();
    lineBefore = to;
    if (whole !== undefined) block.push(whole);
    else if (tail === undefined) {
      for (const run of runs) {
        if (run.to - run.from >= SHORTEST) yield { ...run, note: leftOut("encoded data", run.to - run.from) };
      }
    }
  }
  yield* flush();
}

function* linesOf(text: string): Generator<Run> {
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    yield { from, to };
    from = to + 1;
  }
}

/** Long runs without a blank that look like encoded data. */
function runsIn(text: string, from: number, to: number): Run[] {
  const runs: Run[] = [];
  if (to - from < SHORTEST_LINE) return runs;
  let start = from;
  for (let at = from; at <= to; at++) {
    if (at < to && ENCODING[text.charCodeAt(at)] === 1) continue;
    if (at - start >= SHORTEST_LINE && isEncoded(text.slice(start, at))) runs.push({ from: start, to: at });
    start = at + 1;
  }
  return runs;
}

/** Words joined by hyphens, rules and paths are long as well; encoded data has no such order in its letters. */
function isEncoded(run: string): boolean {
  const sample = run.slice(0, LONG_LINE);
  if (/^[\da-f]+$/i.test(sample)) return new Set(sample.toLowerCase()).size >= 8;
  if (/^[A-Z2-7]+=*$/.test(sample)) {
    const digits = sample.match(/[2-7]/g)?.length ?? 0;
    return digits * 12 >= sample.length && new Set(sample).size >= 16;
  }
  const capitals = sample.match(/[A-Z]/g)?.length ?? 0;
  const small = sample.match(/[a-z]/g)?.length ?? 0;
  // Names of methods have capitals in them as well, and far more small letters.
  if (!/\d/.test(sample) || capitals * 8 < sample.length || small * 3 > sample.length * 2) return false;
  const changes = sample.match(/[a-z][A-Z\d]|[A-Z][a-z\d]|\d[A-Za-z]/g)?.length ?? 0;
  // Pictures with much of one colour are encoded as long rows of one letter.
  return new Set(sample).size >= 16 && changes * (sample.length < LONG_LINE ? 5 : 20) >= sample.length;
}

/** Marks of quotes, lists and comments may stand before encoded lines, a quotation mark and a comma on either side. */
const BEFORE = /^[\s>*#;"'|+-]*$/;
const LONGEST_DIGEST = 64;
const BEHIND = /^(?:\\n|["',;\\)\s])*$/;

function isAllOf(text: string, from: number, to: number, run: Run): boolean {
  // A digest on a line of its own is what somebody looks for.
  if (run.to - run.from <= LONGEST_DIGEST && /^[\da-f]+$/i.test(text.slice(run.from, run.to))) return false;
  return (
    run.from - from < 40 &&
    to - run.to < 10 &&
    BEFORE.test(text.slice(from, run.from)) &&
    BEHIND.test(text.slice(run.to, to))
  );
}

/** A line of the same data: as long as the one before, or nearly so; only blank lines between them. */
function continues(text: string, before: Run, run: Run): boolean {
  const between = text.slice(before.to, run.from);
  return between.length < 200 && /^(?:\\n|["',;\\)\s>*#|+-])*$/.test(between);
}

function shortTail(text: string, from: number, to: number): Run | undefined {
  const line = text.slice(from, to);
  const tail = line.length < 100 ? /^([\s>*#"'|]*)([\w+/-]{1,80}={0,2})["',;\\)]*\s*$/.exec(line) : null;
  if (tail === null || !/[\d+/=]|[a-z][A-Z]/.test(tail[2]!)) return undefined;
  return { from: from + tail[1]!.length, to: from + tail[1]!.length + tail[2]!.length };
}

const LONG_LINE = 1_000;
const SHOWN_OF_A_LINE = 120;

/** Code and data without a blank to read it by. Scripts that put no blanks between words have other characters. */
function* minifiedLines(text: string): Generator<Noise> {
  for (const { from, to } of linesOf(text)) {
    if (
      to - from < LONG_LINE ||
      !isMinified(text, from, to) ||
      /\]\(|\[\[[^[\],]{1,200}\]\]/.test(text.slice(from, to))
    )
      continue;
    const start = from + SHOWN_OF_A_LINE;
    const cut = /[\uDC00-\uDFFF]/.test(text[start]!) ? start + 1 : start;
    yield { from: cut, to, note: leftOut("minified text", to - cut) };
  }
}

function isMinified(text: string, from: number, to: number): boolean {
  let blanks = 0;
  let marks = 0;
  let others = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) blanks++;
    else if (code >= 0x7f) others++;
    else if (isMark(code)) marks++;
  }
  const length = to - from;
  // One mark over and over is a rule or a mistake.
  if (new Set(text.slice(from, from + LONG_LINE)).size < 12) return false;
  return blanks * 16 < length && others * 10 < length && marks * 7 > length;
}

/** Punctuation of code: neither letters nor digits nor what paths and dashes are made of. */
function isMark(code: number): boolean {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  const isDigit = code >= 0x30 && code <= 0x39;
  return !isLetter && !isDigit && code !== 0x2d && code !== 0x2f && code !== 0x5f && code !== 0x7c;
}

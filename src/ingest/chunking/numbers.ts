/**
 * Tables of numbers, and other lines that say nothing new in words: bytes, columns of floats, drawings made of signs,
 * packages with their digests as lock files have them.
 *
 * A model makes nothing of them, and a table of some hundred rows became a hundred chunks that match anything. As text
 * they stay whole, since somebody may look for one of the numbers. What is embedded has only their first lines. It
 * says how much is not there, with a digest: the key of a chunk still proves all of its text.
 *
 * This goes by the text alone, since whoever has a chunk must be able to tell what was embedded of it.
 */

/** Lines of a text, without the line end behind the last. */
export interface NumberRun {
  readonly from: number;
  readonly to: number;
  readonly of: "numbers" | "digests";
}

/** Shorter tables are a chunk or two as they are. */
const SHORTEST_RUN = 1_000;
/** Characters of a run that are embedded; each may be a token. */
const SHOWN = 80;

/** The text as it is embedded. The same text where it has no long run of numbers. */
export function withoutNumbers(text: string): string {
  const runs = numberRuns(text);
  if (runs.length === 0) return text;
  let result = "";
  let copied = 0;
  for (const { from, to, of } of runs) {
    const end = endOfShown(text, from);
    const left = text.slice(end, to);
    const digest = Bun.hash.xxHash3(left).toString(16).padStart(16, "0");
    const size = (to - end).toLocaleString("en-US");
    result += `${text.slice(copied, end).trimEnd()}\n…(${size} characters of ${of} left out, ${digest})`;
    copied = to;
  }
  return result + text.slice(copied);
}

/** At the end of a line, else at a blank, else right there. */
function endOfShown(text: string, from: number): number {
  const end = from + SHOWN;
  const newline = text.lastIndexOf("\n", end);
  if (newline > from) return newline;
  const blank = text.lastIndexOf(" ", end);
  if (blank > from) return blank;
  return /[\uDC00-\uDFFF]/.test(text[end]!) ? end + 1 : end;
}

/** The runs that are long enough to be left out, in their order. */
export function numberRuns(text: string): NumberRun[] {
  if (text.length < SHORTEST_RUN) return [];
  const digests = digestRuns(text);
  const numbers = runsOfNumbers(text).filter(({ from, to }) =>
    digests.every((run) => to <= run.from || run.to <= from),
  );
  return [...digests, ...numbers].sort((a, b) => a.from - b.from);
}

/** The name of an algorithm and its digest, or as many digits as the shortest one has that lock files put bare. */
const DIGEST = /(?:\bsha(?:1|224|256|384|512)[-:=]|\bh1:)[\w+/=-]{27,}|\b[\da-f]{56,128}\b/i;
const FEWEST_DIGESTS = 3;
/** From a digest to the next: what a lock file says of a package. */
const LONGEST_ENTRY = 800;
/**
 * Words in a row as people write them, in whatever script. A lock file has two at most (`linkType: hard`), or a licence
 * in capitals (`MIT OR ISC`): what stands in quotation marks, brackets or behind a colon begins anew.
 */
const ONE_WORD = String.raw`\p{L}[\p{L}\p{M}]*(?:['’-][\p{L}\p{M}]+)*`;
const IN_A_ROW = new RegExp(
  String.raw`(?<![\p{L}\p{N}\p{M}_@/.'’-])${ONE_WORD}(?:[,.;!?]? {1,2}${ONE_WORD}(?![\p{N}_@/=-])){2,}`,
  "gu",
);
const BEGINS_SMALL = /(?<![\p{L}\p{M}'’-])[\p{Ll}\p{Lo}]/u;
/** Letters of scripts that put no spaces between words, as many as a short clause has. */
const UNSPACED =
  /(?:[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{M}ー]){4}/u;

function saysSomething(line: string): boolean {
  if (UNSPACED.test(line)) return true;
  for (const [words] of line.matchAll(IN_A_ROW)) if (BEGINS_SMALL.test(words)) return true;
  return false;
}

/** Lines from one digest to the last, as long as nobody has written something between them. */
function digestRuns(text: string): NumberRun[] {
  if (!DIGEST.test(text)) return [];
  const runs: NumberRun[] = [];
  let open: { readonly from: number; to: number; count: number } | undefined;
  const close = (): void => {
    if (open !== undefined && open.count >= FEWEST_DIGESTS && open.to - open.from >= SHORTEST_RUN)
      runs.push({ from: open.from, to: open.to, of: "digests" });
    open = undefined;
  };
  for (const { from, to, line } of linesOf(text)) {
    const isText = saysSomething(line);
    if (open !== undefined && (isText || from - open.to > LONGEST_ENTRY)) close();
    // What is said of a digest in its own line is not left out with it.
    if (isText || !DIGEST.test(line)) continue;
    open ??= { from, to, count: 0 };
    open.to = to;
    open.count++;
  }
  close();
  return runs;
}

function* linesOf(text: string): Generator<{ from: number; to: number; line: string }> {
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    yield { from, to, line: text.slice(from, to) };
    from = to + 1;
  }
}

function runsOfNumbers(text: string): NumberRun[] {
  if (!mayHoldNumbers(text)) return [];
  const runs: NumberRun[] = [];
  const known = frequentWords(text);
  let open: NumberRun | undefined;
  const close = (): void => {
    if (open !== undefined && open.to - open.from >= SHORTEST_RUN) runs.push(open);
    open = undefined;
  };
  for (const { from, to, line } of linesOf(text)) {
    // A blank line is part of a run that goes on after it.
    if (line.trim() === "") continue;
    if (isOfNumbers(line, known)) open = { from: open?.from ?? from, to, of: "numbers" };
    else close();
  }
  close();
  return runs;
}

/** One look at each character, which is all that most chunks need. */
function mayHoldNumbers(text: string): boolean {
  let digits = 0;
  let signs = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (isSign(code)) signs++;
  }
  return digits * 8 >= SHORTEST_RUN || signs * 2 >= SHORTEST_RUN;
}

/** Punctuation of ASCII, boxes and blocks. */
function isSign(code: number): boolean {
  if (code >= 0x2500 && code <= 0x28ff) return true;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return code > 0x20 && code < 0x7f && !isLetter;
}

/** A word that stands there so often is a category, such as a month, or a word of every line. */
const OFTEN = 4;

function frequentWords(text: string): Set<string> {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(WORD)) {
    const key = word.toLowerCase();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Set([...counts].flatMap(([word, count]) => (count >= OFTEN ? word : [])));
}

const WORD = /[\p{L}\p{M}]+/gu;
const PART = /\p{N}+|[\p{L}\p{M}]+/gu;
/** Units, the signs of dates, bytes. */
const SAYS_LITTLE = /^(?:[a-z]{1,3}|[a-f]{4,6})$/;
/** Digits that one letter of a new word takes. */
const DIGITS_A_LETTER = 6;
/** Letters of known words that a digit makes up for. */
const LETTERS_A_DIGIT = 3;

/**
 * Whether a line is of numbers or signs and says nothing new: the words in it stand further up, or in many lines.
 *
 * @param known those words, to which the ones of this line are added
 */
function isOfNumbers(line: string, known: Set<string>): boolean {
  let digits = 0;
  let letters = 0;
  let fresh = 0;
  for (const [part] of line.matchAll(PART)) {
    if (/^\p{N}/u.test(part)) {
      digits += part.length;
      continue;
    }
    const word = part.toLowerCase();
    letters += part.length;
    if (SAYS_LITTLE.test(word) || known.has(word)) continue;
    known.add(word);
    fresh += part.length;
  }
  if (digits === 0) return letters === 0;
  return fresh * DIGITS_A_LETTER <= digits && letters <= digits * LETTERS_A_DIGIT;
}

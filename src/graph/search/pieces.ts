/**
 * The pieces of a text that stand between white space, each with what is known of it.
 *
 * The same pieces come again and again, and most are plain English words. So a text is read once, character by
 * character: a string is made only of a piece that is not plain and was never met. To split the text and to look each
 * piece up in a `Map` takes four times as long.
 */

/** What `\s` stands for. */
export function isSpace(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13);
  return SPACES.has(code);
}

const SPACES = new Set(
  [0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].concat(
    Array.from({ length: 11 }, (_, place) => 0x2000 + place),
  ),
);

/*
 * A plain word, which the tokenizer sees all of: opening marks, letters of which only the first may be a capital, and
 * closing marks. A code's kind and what was read before it say what it leads to. `[x]` is none.
 */
const [LOWER, UPPER, OPENING, CLOSING, EITHER, OTHER] = [0, 1, 2, 3, 4, 5];
const KINDS = new Uint8Array(128).fill(OTHER);
for (const letter of "abcdefghijklmnopqrstuvwxyz") KINDS[letter.charCodeAt(0)] = LOWER;
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") KINDS[letter.charCodeAt(0)] = UPPER;
for (const mark of "([") KINDS[mark.charCodeAt(0)] = OPENING;
for (const mark of ")].,;:!?") KINDS[mark.charCodeAt(0)] = CLOSING;
for (const mark of "\"'*`") KINDS[mark.charCodeAt(0)] = EITHER;

const [BEGIN, WORD, END, NOT_PLAIN] = [0, 1, 2, 3];
const MOST_KINDS = 8;
const NEXT = new Uint8Array(4 * MOST_KINDS).fill(NOT_PLAIN);
NEXT.set([WORD, WORD, BEGIN, END, BEGIN], BEGIN * MOST_KINDS);
NEXT.set([WORD, NOT_PLAIN, NOT_PLAIN, END, END], WORD * MOST_KINDS);
NEXT.set([NOT_PLAIN, NOT_PLAIN, NOT_PLAIN, END, END], END * MOST_KINDS);

const BRACKETED = /[([][A-Za-z]{1,3}[)\]]/y;

function isBracketed(text: string, at: number): boolean {
  if (KINDS[text.charCodeAt(at)] !== OPENING) return false;
  BRACKETED.lastIndex = at;
  return BRACKETED.test(text);
}

/** Longer ones are hardly met twice. */
const MAX_LENGTH = 40;
const MAX_KNOWN = 50_000;
const FEWEST_SLOTS = 1 << 10;

/** What is known of pieces. Slots are a power of two, and at least twice as many as pieces. */
export class PieceMemory<Found> {
  readonly #find: (piece: string) => Found;
  #pieces: string[] = [];
  #found: Found[] = [];
  #hashes: number[] = [];
  /** For each slot the place of a piece from 1 on; 0 where there is none. */
  #slots = new Int32Array(FEWEST_SLOTS);

  /** @param find finds out what there is to know; the same of the same piece */
  constructor(find: (piece: string) => Found) {
    this.#find = find;
  }

  /** What is known of each piece in its order; plain words may be left out. */
  read(text: string, which: "all" | "not plain"): Found[] {
    const found: Found[] = [];
    const end = text.length;
    for (let from = 0; from < end; ) {
      let state = BEGIN!;
      let hash = 0x811c9dc5;
      let to = from;
      for (; to < end; to++) {
        const code = text.charCodeAt(to);
        if (code < 128) {
          if (code === 32 || (code >= 9 && code <= 13)) break;
          state = NEXT[state * MOST_KINDS + KINDS[code]!]!;
        } else {
          if (SPACES.has(code)) break;
          state = NOT_PLAIN!;
        }
        hash = Math.imul(hash ^ code, 0x01000193);
      }
      if (to > from && (state === NOT_PLAIN || which === "all" || isBracketed(text, from)))
        found.push(this.#of(text, from, to, hash ^ (hash >>> 15)));
      from = to + 1;
    }
    return found;
  }

  #of(text: string, from: number, to: number, hash: number): Found {
    if (to - from > MAX_LENGTH) return this.#find(text.slice(from, to));
    const last = this.#slots.length - 1;
    let slot = hash & last;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & last) {
      const place = this.#slots[slot]! - 1;
      if (this.#hashes[place] === hash && isPieceAt(this.#pieces[place]!, text, from, to))
        return this.#found[place]!;
    }
    const piece = text.slice(from, to);
    const found = this.#find(piece);
    this.#add(piece, found, hash);
    return found;
  }

  #add(piece: string, found: Found, hash: number): void {
    if (this.#pieces.length >= MAX_KNOWN) {
      [this.#pieces, this.#found, this.#hashes] = [[], [], []];
      this.#slots.fill(0);
    }
    this.#pieces.push(piece);
    this.#found.push(found);
    this.#hashes.push(hash);
    if (2 * this.#pieces.length <= this.#slots.length) {
      this.#place(this.#pieces.length - 1);
      return;
    }
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let place = 0; place < this.#pieces.length; place++) this.#place(place);
  }

  #place(place: number): void {
    const last = this.#slots.length - 1;
    let slot = this.#hashes[place]! & last;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
    this.#slots[slot] = place + 1;
  }
}

function isPieceAt(piece: string, text: string, from: number, to: number): boolean {
  if (piece.length !== to - from) return false;
  for (let at = 0; at < piece.length; at++)
    if (piece.charCodeAt(at) !== text.charCodeAt(from + at)) return false;
  return true;
}

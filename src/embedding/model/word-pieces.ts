/**
 * WordPiece for plain words, which most words are: those of ASCII, with the quotes, dashes and dots that typesetters
 * put around them. The library goes through every step that other scripts need: for a text of words that it has not
 * seen it takes twenty times as long (docs/performance.md), and cutting documents by tokens is most of what reading
 * them costs.
 *
 * Covers one kind of tokenizer only, BERT's uncased one as its file describes it; for any other there is none. Words
 * that are not plain are left to whoever asks.
 */

/** The parts of a `tokenizer.json` that matter here. */
interface TokenizerFile {
  readonly added_tokens?: readonly { readonly content?: unknown }[];
  readonly normalizer?: {
    readonly type?: unknown;
    readonly lowercase?: unknown;
    readonly clean_text?: unknown;
  };
  readonly pre_tokenizer?: { readonly type?: unknown };
  readonly model?: {
    readonly type?: unknown;
    readonly vocab?: Readonly<Record<string, number>>;
    readonly unk_token?: string;
    readonly continuing_subword_prefix?: string;
    readonly max_input_chars_per_word?: number;
  };
}

/** Answers undefined for a tokenizer of another kind. */
export function plainWordPieces(file: object): PlainWordPieces | undefined {
  const { added_tokens: added = [], normalizer, pre_tokenizer: split, model } = file as TokenizerFile;
  const isUncasedBert =
    normalizer?.type === "BertNormalizer" &&
    normalizer.lowercase === true &&
    normalizer.clean_text === true &&
    split?.type === "BertPreTokenizer" &&
    model?.type === "WordPiece";
  const unknown = model?.vocab?.[model.unk_token ?? ""];
  if (!isUncasedBert || model.vocab === undefined || unknown === undefined) return undefined;
  const specials = added.map(({ content }) => String(content));
  // Only where each begins with a bracket does a word without one need no further look.
  if (!specials.every((special) => special.startsWith("["))) return undefined;
  return new PlainWordPieces(model.vocab, {
    prefix: model.continuing_subword_prefix ?? "##",
    longestWord: model.max_input_chars_per_word ?? 100,
    unknown,
    specials,
  });
}

interface PieceOptions {
  readonly prefix: string;
  readonly longestWord: number;
  readonly unknown: number;
  readonly specials: readonly string[];
}

/** Letters, whatever their case, are 0 to 25 and digits 26 to 35. */
const SYMBOLS = 36;
const PUNCTUATION = -1;
const NOT_PLAIN = -2;
const BRACKET = 91;
const NONE = -1;

/** What each code below 128 stands for. */
const SYMBOL_OF = Int8Array.from({ length: 128 }, (_, code) => {
  if (code < 33 || code === 127) return NOT_PLAIN;
  const symbol = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(String.fromCharCode(code).toLowerCase());
  return symbol === -1 ? PUNCTUATION : symbol;
});

/**
 * Dashes, quotes, daggers, bullets, dots: all are punctuation to Unicode and remain as they are when it is
 * normalised.
 */
const GENERAL_PUNCTUATION = { first: 0x2010, last: 0x2027 };

function symbolOf(code: number): number {
  if (code < 128) return SYMBOL_OF[code]!;
  return code >= GENERAL_PUNCTUATION.first && code <= GENERAL_PUNCTUATION.last ? PUNCTUATION : NOT_PLAIN;
}

/** A place for each code of punctuation: those of ASCII by their codes, then the others. */
const PUNCTUATION_PLACES = 128 + GENERAL_PUNCTUATION.last - GENERAL_PUNCTUATION.first + 1;

function punctuationPlace(code: number): number {
  return code < 128 ? code : 128 + code - GENERAL_PUNCTUATION.first;
}

function punctuationAt(place: number): string {
  return String.fromCharCode(place < 128 ? place : GENERAL_PUNCTUATION.first + place - 128);
}

/** Looks pieces up in a text. */
interface Pieces {
  /** Where what was found last ends: a pair to return would be made for every piece of every text. */
  readonly foundEnd: number;
  /** Looks for the longest piece that `text` goes on with at `start`: its id, or `NONE`. */
  find(root: number, text: string, start: number, end: number): number;
}

/** Look-ups after which a tree is made, which takes longer than as many of them; a query has some dozen. */
const WORTH_A_TREE = 10_000;

export class PlainWordPieces {
  readonly #vocab: Readonly<Record<string, number>>;
  #pieces: Pieces;
  readonly #table: PieceTable;
  /** Ids of single punctuation characters by their place. */
  readonly #punctuation: Int32Array;
  readonly #options: PieceOptions;

  constructor(vocab: Readonly<Record<string, number>>, options: PieceOptions) {
    this.#options = options;
    this.#vocab = vocab;
    this.#table = new PieceTable(vocab, options.prefix);
    this.#pieces = this.#table;
    this.#punctuation = Int32Array.from(
      { length: PUNCTUATION_PLACES },
      (_, place) => vocab[punctuationAt(place)] ?? options.unknown,
    );
  }

  /**
   * The number of tokens of the word at these places of a text, which contains no white space; undefined when it is
   * not plain.
   * @param ids is given the tokens' ids, unless only their number is wanted
   */
  read(text: string, start: number, end: number, ids?: number[]): number | undefined {
    if (!this.#isPlain(text, start, end)) return undefined;
    let count = 0;
    for (let at = start; at < end; ) {
      const code = text.charCodeAt(at);
      if (symbolOf(code) === PUNCTUATION) {
        ids?.push(this.#punctuation[punctuationPlace(code)]!);
        count++;
        at++;
        continue;
      }
      let stop = at + 1;
      while (stop < end && symbolOf(text.charCodeAt(stop)) >= 0) stop++;
      count += this.#readRun(text, at, stop, ids);
      at = stop;
    }
    return count;
  }

  #isPlain(text: string, start: number, end: number): boolean {
    let bracket = false;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (symbolOf(code) === NOT_PLAIN) return false;
      bracket ||= code === BRACKET;
    }
    if (!bracket) return true;
    const word = text.slice(start, end);
    return !this.#options.specials.some((special) => word.includes(special));
  }

  /**
   * Letters and digits: the longest piece that fits, again and again; where once none fits, all of them are one
   * unknown token.
   */
  #readRun(text: string, begin: number, end: number, ids: number[] | undefined): number {
    const before = ids?.length ?? 0;
    let count = 0;
    let at = end - begin > this.#options.longestWord ? Number.POSITIVE_INFINITY : begin;
    if (this.#pieces === this.#table && this.#table.lookUps > WORTH_A_TREE)
      this.#pieces = new PieceTree(this.#vocab, this.#options.prefix);
    while (at < end) {
      const id = this.#pieces.find(at === begin ? FIRST : FURTHER, text, at, end);
      if (id === NONE) break;
      ids?.push(id);
      count++;
      at = this.#pieces.foundEnd;
    }
    if (at === end) return count;
    if (ids !== undefined) ids.length = before;
    ids?.push(this.#options.unknown);
    return 1;
  }
}

/** The roots of the pieces that begin a word, and of those that go on with one; slots are counted from behind them. */
const FIRST = 0;
const FURTHER = 1;
const ROOTS = 2;

/** The vocabulary as it is: nothing has to be made, and each length that a piece could have is a look-up. */
class PieceTable implements Pieces {
  foundEnd = 0;
  lookUps = 0;
  readonly #vocab: Readonly<Record<string, number>>;
  readonly #prefix: string;

  constructor(vocab: Readonly<Record<string, number>>, prefix: string) {
    this.#vocab = vocab;
    this.#prefix = prefix;
  }

  find(root: number, text: string, start: number, end: number): number {
    const run = (root === FIRST ? "" : this.#prefix) + text.slice(start, end).toLowerCase();
    const least = run.length - (end - start);
    for (let length = run.length; length > least; length--) {
      this.lookUps++;
      const id: unknown = this.#vocab[run.slice(0, length)];
      // What every object has, such as `constructor`, is no piece.
      if (typeof id !== "number") continue;
      this.foundEnd = start + length - least;
      return id;
    }
    return NONE;
  }
}

/** In a vocabulary of 30,000 pieces each brings about two nodes, so half of the slots stay empty. */
const SLOTS_PER_PIECE = 4;

/**
 * A prefix tree of pieces over the 36 symbols, as one hash table with open addressing: a node is the slot to which
 * its parent and its symbol lead. An array of children in each node would take ten times the memory, most of which a
 * short run only ever touches to fill.
 */
class PieceTree implements Pieces {
  foundEnd = 0;
  #bits: number;
  /** For each slot what leads to it, 0 where nothing does, and the id of the piece that ends there. */
  #table = new Int32Array(0);
  #nodes = 0;

  constructor(vocab: Readonly<Record<string, number>>, prefix: string) {
    const pieces = Object.keys(vocab);
    // In the order of the keys; looking each up would take some ten times as long.
    const ids = Object.values(vocab);
    this.#bits = Math.ceil(Math.log2(SLOTS_PER_PIECE * pieces.length + 1));
    while (!this.#fill(pieces, ids, prefix)) this.#bits++;
  }

  find(root: number, text: string, start: number, end: number): number {
    let found = NONE;
    let node = root;
    for (let at = start; at < end; ) {
      const slot = this.#slotOf(node, SYMBOL_OF[text.charCodeAt(at)]!);
      if (this.#table[2 * slot] === 0) break;
      node = ROOTS + slot;
      at++;
      const id = this.#table[2 * slot + 1]!;
      if (id === NONE) continue;
      found = id;
      this.foundEnd = at;
    }
    return found;
  }

  /** Answers false when there are too many nodes for as few slots. */
  #fill(pieces: readonly string[], ids: readonly number[], prefix: string): boolean {
    this.#table = new Int32Array(2 << this.#bits);
    this.#nodes = 0;
    const most = (1 << this.#bits) * 0.75;
    for (const [index, piece] of pieces.entries()) {
      // The longest piece could otherwise fill the last slot, and the next look for an empty one would not end.
      if (this.#nodes + piece.length > most) return false;
      const continues = piece.startsWith(prefix);
      this.#add(continues ? FURTHER : FIRST, piece, continues ? prefix.length : 0, ids[index]!);
    }
    return true;
  }

  /** Adds the piece that follows `from` in `text`, if it consists of nothing but symbols. */
  #add(root: number, text: string, from: number, id: number): void {
    let slot = -1;
    for (let at = from; at < text.length; at++) {
      const symbol = symbolOf(text.charCodeAt(at));
      if (symbol < 0) return;
      const parent = slot < 0 ? root : ROOTS + slot;
      slot = this.#slotOf(parent, symbol);
      if (this.#table[2 * slot] !== 0) continue;
      this.#table[2 * slot] = keyOf(parent, symbol);
      this.#table[2 * slot + 1] = NONE;
      this.#nodes++;
    }
    if (slot >= 0) this.#table[2 * slot + 1] = id;
  }

  /** The slot of a node's child, or the empty one where it would go. */
  #slotOf(parent: number, symbol: number): number {
    const key = keyOf(parent, symbol);
    const last = (1 << this.#bits) - 1;
    // Multiplicative hashing: the high bits of a product with an odd constant near 2^32 divided by the golden ratio.
    let slot = Math.imul(key, 0x9e3779b1) >>> (32 - this.#bits);
    while (this.#table[2 * slot] !== 0 && this.#table[2 * slot] !== key) slot = (slot + 1) & last;
    return slot;
  }
}

function keyOf(parent: number, symbol: number): number {
  return parent * SYMBOLS + symbol + 1;
}

/**
 * WordPiece for words of plain ASCII, which most words are: the library takes some hundred times as long for the same tokens, because
 * it goes through every step that other scripts need.
 *
 * Covers one kind of tokenizer only, BERT's uncased one as its file describes it; for any other there is none. Words that are not plain
 * are left to whoever asks.
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
export function asciiWordPieces(file: object): AsciiWordPieces | undefined {
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
  return new AsciiWordPieces(model.vocab, {
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

export class AsciiWordPieces {
  readonly #first = new PieceTree();
  readonly #further = new PieceTree();
  /** Ids of single punctuation characters by their code. */
  readonly #punctuation: Int32Array;
  readonly #options: PieceOptions;

  constructor(vocab: Readonly<Record<string, number>>, options: PieceOptions) {
    this.#options = options;
    this.#punctuation = new Int32Array(128).fill(options.unknown);
    for (const piece in vocab) {
      const id = vocab[piece]!;
      if (piece.length === 1 && SYMBOL_OF[piece.charCodeAt(0)] === PUNCTUATION) {
        this.#punctuation[piece.charCodeAt(0)] = id;
      } else if (piece.startsWith(options.prefix)) {
        this.#further.add(piece, options.prefix.length, id);
      } else this.#first.add(piece, 0, id);
    }
  }

  /**
   * The number of tokens of the word at these places of a text, which contains no white space; undefined when it is not plain.
   * @param ids is given the tokens' ids, unless only their number is wanted
   */
  read(text: string, start: number, end: number, ids?: number[]): number | undefined {
    if (!this.#isPlain(text, start, end)) return undefined;
    let count = 0;
    for (let at = start; at < end; ) {
      const code = text.charCodeAt(at);
      if (SYMBOL_OF[code] === PUNCTUATION) {
        ids?.push(this.#punctuation[code]!);
        count++;
        at++;
        continue;
      }
      let stop = at + 1;
      while (stop < end && SYMBOL_OF[text.charCodeAt(stop)]! >= 0) stop++;
      count += this.#readRun(text, at, stop, ids);
      at = stop;
    }
    return count;
  }

  #isPlain(text: string, start: number, end: number): boolean {
    let bracket = false;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code > 127 || SYMBOL_OF[code] === NOT_PLAIN) return false;
      bracket ||= code === BRACKET;
    }
    if (!bracket) return true;
    const word = text.slice(start, end);
    return !this.#options.specials.some((special) => word.includes(special));
  }

  /** Letters and digits: the longest piece that fits, again and again; where once none fits, all of them are one unknown token. */
  #readRun(text: string, begin: number, end: number, ids: number[] | undefined): number {
    const before = ids?.length ?? 0;
    let count = 0;
    let at = end - begin > this.#options.longestWord ? Number.POSITIVE_INFINITY : begin;
    while (at < end) {
      const tree = at === begin ? this.#first : this.#further;
      if (tree.find(text, at, end) === NONE) break;
      ids?.push(tree.foundId);
      count++;
      at = tree.foundEnd;
    }
    if (at === end) return count;
    if (ids !== undefined) ids.length = before;
    ids?.push(this.#options.unknown);
    return 1;
  }
}

/** More than a vocabulary of 30,000 pieces needs, so that nothing is copied while it grows; memory that is not touched costs nothing. */
const INITIAL_NODES = 1 << 16;

/** A prefix tree of pieces over the 36 symbols, in two typed arrays that grow by doubling. */
class PieceTree {
  /** Id and end of what was found last: a pair to return would be made for every piece of every text. */
  foundId = NONE;
  foundEnd = 0;
  #children = new Int32Array(SYMBOLS * INITIAL_NODES);
  #ids = new Int32Array(INITIAL_NODES).fill(NONE);
  #size = 1;

  /** Adds the piece that follows `from` in `text`, if it consists of nothing but symbols. */
  add(text: string, from: number, id: number): void {
    let node = 0;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const symbol = code < 128 ? SYMBOL_OF[code]! : NOT_PLAIN;
      if (symbol < 0) return;
      const place = node * SYMBOLS + symbol;
      const child = this.#children[place]! || this.#newNode();
      this.#children[place] = child;
      node = child;
    }
    if (node !== 0) this.#ids[node] = id;
  }

  /** Looks for the longest piece that `text` goes on with at `start`; `NONE`, or its id, which is then in `foundId`. */
  find(text: string, start: number, end: number): number {
    this.foundId = NONE;
    let node = 0;
    for (let at = start; at < end; ) {
      node = this.#children[node * SYMBOLS + SYMBOL_OF[text.charCodeAt(at)]!]!;
      if (node === 0) break;
      at++;
      if (this.#ids[node] === NONE) continue;
      this.foundId = this.#ids[node]!;
      this.foundEnd = at;
    }
    return this.foundId;
  }

  #newNode(): number {
    if (this.#size === this.#ids.length) {
      const children = new Int32Array(this.#children.length * 2);
      children.set(this.#children);
      const ids = new Int32Array(this.#ids.length * 2).fill(NONE);
      ids.set(this.#ids);
      this.#children = children;
      this.#ids = ids;
    }
    return this.#size++;
  }
}

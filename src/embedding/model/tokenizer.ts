/**
 * Text to token ids, by the model's own tokenizer.
 *
 * The tokenizer splits at white space before it does anything that looks at neighbours, so that the tokens of a text
 * are the tokens of its words, one after the other. Plain words have a short way of their own, and the tokens of the
 * others are remembered, since words recur. Only the four ASCII characters below count as a split here: every other
 * one the tokenizer may treat as a space, or may drop and so join what stands around it, stays inside a word and is
 * left to the tokenizer itself.
 */
import type { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import type { Model } from "../../project/index.ts";
import { locateModel, readVerified } from "./files.ts";
import { type PlainWordPieces, plainWordPieces } from "./word-pieces.ts";

export interface Tokenizer {
  /** Token ids between `[CLS]` and `[SEP]`, cut to the model's window; the last is always `[SEP]`. */
  encode(text: string): Int32Array;
  /** Tokens of the whole text, without `[CLS]` and `[SEP]`, uncut. */
  count(text: string): number;
  /**
   * Whether the tokens of texts joined by ASCII white space are always those of the texts, as they are where words
   * are read one by one.
   */
  readonly addsUp: true;
}

/** Words to remember at most, and how long they may be: 30 MB at worst, and 5 MB for most projects. */
const MEMORY_WORDS = 131_072;
const MEMORY_WORD_LENGTH = 96;

/** Throws `model.missing` or `model.damaged`. */
export async function loadTokenizer(model: Model, modelsDirectory: string): Promise<Tokenizer> {
  const paths = locateModel(model, modelsDirectory, ["tokenizer", "tokenizerConfig"]);
  const tokenizer = readVerified(paths.tokenizer, model.files.tokenizer);
  const config = readVerified(paths.tokenizerConfig, model.files.tokenizerConfig);
  return createTokenizer(parse(tokenizer), parse(config), model.maxTokens);
}

function parse(bytes: Uint8Array): object {
  return JSON.parse(new TextDecoder().decode(bytes)) as object;
}

function createTokenizer(file: object, config: object, maxTokens: number): Tokenizer {
  const words = new WordMemory(new Library(file, config), plainWordPieces(file));
  return {
    encode: (text) => words.encode(text, maxTokens),
    count: (text) => words.count(text),
    addsUp: true,
  };
}

/**
 * The library's tokenizer, loaded for the first word that is not plain: many documents have none, and it takes as
 * long as to read some.
 */
class Library {
  readonly #file: object;
  readonly #config: object;
  #tokenizer: LibraryTokenizer | undefined;

  constructor(file: object, config: object) {
    this.#file = file;
    this.#config = config;
  }

  tokensOf(word: string): readonly number[] {
    return this.#loaded().encode(word, { add_special_tokens: false }).ids;
  }

  /** What a text is enclosed in. */
  specials(): { readonly first: number; readonly last: number } {
    const [first, last, ...others] = this.#loaded().encode("").ids;
    if (first === undefined || last === undefined || others.length > 0) {
      throw new Error("The tokenizer does not enclose a text in exactly two special tokens.");
    }
    return { first, last };
  }

  #loaded(): LibraryTokenizer {
    if (this.#tokenizer === undefined) {
      const { Tokenizer } = require("@huggingface/tokenizers") as typeof import("@huggingface/tokenizers");
      this.#tokenizer = new Tokenizer(this.#file, this.#config);
    }
    return this.#tokenizer;
  }
}

class WordMemory {
  readonly #library: Library;
  readonly #plain: PlainWordPieces | undefined;
  readonly #known = new Map<string, readonly number[]>();
  #specials: ReturnType<Library["specials"]> | undefined;

  constructor(library: Library, plain: PlainWordPieces | undefined) {
    this.#library = library;
    this.#plain = plain;
  }

  count(text: string): number {
    let count = 0;
    for (let start = wordStart(text, 0); start < text.length; ) {
      const end = wordEnd(text, start);
      count += this.#plain?.read(text, start, end) ?? this.#tokens(text.slice(start, end)).length;
      start = wordStart(text, end);
    }
    return count;
  }

  encode(text: string, maxTokens: number): Int32Array {
    this.#specials ??= this.#library.specials();
    const { first, last } = this.#specials;
    const ids = [first];
    const room = maxTokens - 1;
    for (let start = wordStart(text, 0); start < text.length && ids.length < room; ) {
      const end = wordEnd(text, start);
      if (this.#plain?.read(text, start, end, ids) === undefined) {
        for (const id of this.#tokens(text.slice(start, end))) ids.push(id);
      }
      start = wordStart(text, end);
    }
    if (ids.length > room) ids.length = room;
    ids.push(last);
    return Int32Array.from(ids);
  }

  #tokens(word: string): readonly number[] {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const tokens = this.#library.tokensOf(word);
    if (word.length > MEMORY_WORD_LENGTH) return tokens;
    if (this.#known.size >= MEMORY_WORDS) this.#known.clear();
    this.#known.set(detached(word), tokens);
    return tokens;
  }
}

/** A copy that does not keep alive the document that the word was cut from, as a slice in JavaScriptCore does. */
function detached(word: string): string {
  const codes: number[] = [];
  for (let index = 0; index < word.length; index++) codes.push(word.charCodeAt(index));
  return String.fromCharCode(...codes);
}

function isSplit(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function wordStart(text: string, from: number): number {
  let index = from;
  while (index < text.length && isSplit(text.charCodeAt(index))) index++;
  return index;
}

function wordEnd(text: string, from: number): number {
  let index = from + 1;
  while (index < text.length && !isSplit(text.charCodeAt(index))) index++;
  return index;
}

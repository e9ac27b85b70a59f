/**
 * Text to token ids, by the model's own tokenizer.
 *
 * Most tokenizers split at white space before they do anything that looks at neighbours, so that the tokens of a text
 * are the tokens of its words, one after the other. Plain words have a short way of their own, and the tokens of the
 * others are remembered, since words recur. Only the four ASCII characters below count as a split here: every other
 * one the tokenizer may treat as a space, or may drop and so join what stands around it, stays inside a word and is
 * left to the tokenizer itself. A tokenizer that does not split so is given whole texts.
 */

import type { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import type { Model } from "../../project/index.ts";
import { locateModel, type ModelPaths, readVerified } from "./files.ts";
import { type PlainWordPieces, plainWordPieces } from "./word-pieces.ts";

export interface Tokenizer {
  /** Token ids with the special ones around them, cut to the model's window; the last ones are always special. */
  encode(text: string): Int32Array;
  /** Tokens of the whole text, without special ones, uncut. */
  count(text: string): number;
  /**
   * Whether the tokens of texts joined by ASCII white space are always those of the texts, as they are where words
   * are read one by one.
   */
  readonly addsUp: boolean;
}

/** Words to remember at most, and how long they may be: 30 MB at worst, and 5 MB for most projects. */
const MEMORY_WORDS = 131_072;
const MEMORY_WORD_LENGTH = 96;

/** Those that somebody still uses, by the digests of their files. */
const inUse = new Map<string, WeakRef<Tokenizer>>();

/**
 * The same one for everybody who needs it at a time: an ingest both cuts documents and embeds texts by it, and reading
 * its file takes a tenth of an ingest of one document. Throws `model.missing` or `model.damaged`.
 */
export async function loadTokenizer(model: Model, modelsDirectory: string): Promise<Tokenizer> {
  const paths = locateModel(model, modelsDirectory, ["tokenizer", "tokenizerConfig"]);
  const { tokenizer, tokenizerConfig } = model.files;
  const key = `${tokenizer.sha256} ${tokenizerConfig.sha256} ${model.maxTokens}`;
  const known = inUse.get(key)?.deref();
  if (known !== undefined) return known;
  const loaded = readTokenizer(model, paths);
  inUse.set(key, new WeakRef(loaded));
  return loaded;
}

function readTokenizer(model: Model, paths: ModelPaths): Tokenizer {
  const tokenizer = readVerified(paths.tokenizer, model.files.tokenizer);
  const config = readVerified(paths.tokenizerConfig, model.files.tokenizerConfig);
  return createTokenizer(parse(tokenizer), parse(config), model.maxTokens);
}

function parse(bytes: Uint8Array): object {
  return JSON.parse(new TextDecoder().decode(bytes)) as object;
}

/** @param maxTokens the model's window, special tokens included */
export function createTokenizer(file: object, config: object, maxTokens: number): Tokenizer {
  const library = new Library(file, config);
  if (!readsWordsOneByOne(file)) return new WholeTexts(library, maxTokens);
  const words = new WordMemory(library, plainWordPieces(file));
  return {
    encode: (text) => words.encode(text, maxTokens),
    count: (text) => words.count(text),
    addsUp: true,
  };
}

/** What a text is enclosed in. */
interface Specials {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** As many special tokens as the cutting of documents leaves room for. */
const MOST_SPECIALS = 2;

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

  tokensOf(text: string): readonly number[] {
    return this.#loaded().encode(text, { add_special_tokens: false }).ids;
  }

  specials(): Specials {
    return specialsInTemplate(this.#file) ?? this.#specialsAround();
  }

  #specialsAround(): Specials {
    const inner = this.tokensOf("a");
    const whole = this.#loaded().encode("a").ids;
    for (
      let at = 0;
      at + inner.length <= whole.length && whole.length - inner.length <= MOST_SPECIALS;
      at++
    ) {
      if (!inner.every((id, place) => whole[at + place] === id)) continue;
      return { before: whole.slice(0, at), after: whole.slice(at + inner.length) };
    }
    throw new Error(
      "The tokenizer encloses a text in more than two special tokens, or changes it with them.",
    );
  }

  #loaded(): LibraryTokenizer {
    if (this.#tokenizer === undefined) {
      const { Tokenizer } = require("@huggingface/tokenizers") as typeof import("@huggingface/tokenizers");
      this.#tokenizer = new Tokenizer(this.#file, this.#config);
    }
    return this.#tokenizer;
  }
}

/** The part of a `tokenizer.json` that says what a text is enclosed in. */
interface Template {
  readonly type?: unknown;
  readonly single?: readonly {
    readonly SpecialToken?: { readonly id: string };
    readonly Sequence?: unknown;
  }[];
  readonly special_tokens?: Readonly<Record<string, { readonly ids?: readonly number[] }>>;
}

/**
 * The same as the file says it, without the library, which takes longer to load than a query to be read. Undefined
 * where the file says it otherwise than by one template with the text in it once.
 */
function specialsInTemplate(file: object): Specials | undefined {
  const {
    type,
    single,
    special_tokens: tokens,
  } = (file as { post_processor?: Template }).post_processor ?? {};
  if (type !== "TemplateProcessing" || !Array.isArray(single)) return undefined;
  const text = single.findIndex(({ Sequence }) => Sequence !== undefined);
  const ids = single.map(({ SpecialToken }) => tokens?.[SpecialToken?.id ?? ""]?.ids);
  if (text < 0 || ids.some((own, at) => (own === undefined) !== (at === text))) return undefined;
  const before = ids.slice(0, text).flatMap((own) => own ?? []);
  const after = ids.slice(text + 1).flatMap((own) => own ?? []);
  return before.length + after.length > MOST_SPECIALS ? undefined : { before, after };
}

/** The tokens of a text, enclosed and cut to the window. */
function enclosed(ids: readonly number[], { before, after }: Specials, maxTokens: number): Int32Array {
  const room = Math.max(0, maxTokens - before.length - after.length);
  return Int32Array.from([...before, ...(ids.length > room ? ids.slice(0, room) : ids), ...after]);
}

/** For tokenizers whose tokens depend on what stands before a word. */
class WholeTexts implements Tokenizer {
  readonly addsUp = false;
  readonly #library: Library;
  readonly #maxTokens: number;
  #specials: Specials | undefined;

  constructor(library: Library, maxTokens: number) {
    this.#library = library;
    this.#maxTokens = maxTokens;
  }

  encode(text: string): Int32Array {
    this.#specials ??= this.#library.specials();
    return enclosed(this.#library.tokensOf(text), this.#specials, this.#maxTokens);
  }

  count(text: string): number {
    return this.#library.tokensOf(text).length;
  }
}

class WordMemory {
  readonly #library: Library;
  readonly #plain: PlainWordPieces | undefined;
  readonly #known = new Map<string, readonly number[]>();
  #specials: Specials | undefined;

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
    const { before, after } = this.#specials;
    const ids = [...before];
    const room = maxTokens - after.length;
    for (let start = wordStart(text, 0); start < text.length && ids.length < room; ) {
      const end = wordEnd(text, start);
      if (this.#plain?.read(text, start, end, ids) === undefined) {
        for (const id of this.#tokens(text.slice(start, end))) ids.push(id);
      }
      start = wordStart(text, end);
    }
    if (ids.length > room) ids.length = room;
    ids.push(...after);
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

/*
 * Whether a tokenizer reads the words between ASCII white space one by one, as its file describes it.
 *
 * Two kinds do, which most models of sentences have: BERT's word pieces, and sentencepiece as multilingual models have
 * it, which splits at white space first and then marks the beginning of each word. Others mark a word only where a
 * space is before it, or look at a text as a whole: there a word on its own is not what it is in a text.
 */

interface Step {
  readonly type?: unknown;
  readonly prepend_scheme?: unknown;
  readonly add_prefix_space?: unknown;
  readonly normalizers?: readonly Step[];
  readonly pretokenizers?: readonly Step[];
}

interface TokenizerFile {
  readonly normalizer?: Step | null;
  readonly pre_tokenizer?: Step | null;
  readonly model?: { readonly type?: unknown; readonly fuse_unk?: unknown; readonly vocab?: unknown };
}

/** Steps that change characters, and never look across a space. */
const LOCAL = new Set<unknown>([
  "BertNormalizer",
  "Lowercase",
  "NFC",
  "NFD",
  "NFKC",
  "NFKD",
  "Nmt",
  "Precompiled",
  "StripAccents",
]);

/** Marks the beginning of a word. */
const WORD_MARK = "▁";

function readsWordsOneByOne(file: object): boolean {
  const { normalizer, pre_tokenizer, model } = file as TokenizerFile;
  const changes = normalizer == null ? [] : stepsOf(normalizer);
  if (!changes.every(({ type }) => LOCAL.has(type))) return false;
  const [first, ...further] = pre_tokenizer == null ? [] : stepsOf(pre_tokenizer);
  if (first?.type === "BertPreTokenizer") return further.length === 0 && model?.type === "WordPiece";
  if (first?.type !== "WhitespaceSplit") return false;
  if (!further.every(isLocalSplit)) return false;
  // Unknown pieces that follow each other become one, unless the mark of a word stands between them.
  const fuses = model?.type === "Unigram" || model?.fuse_unk === true;
  return !fuses || (further.some(({ type }) => type === "Metaspace") && hasMark(model));
}

function stepsOf(step: Step): readonly Step[] {
  const parts = step.type === "Sequence" ? (step.normalizers ?? step.pretokenizers ?? []) : undefined;
  return parts === undefined ? [step] : parts.flatMap(stepsOf);
}

/** Where only the first word of a text is marked, it matters which one that is. */
function isLocalSplit({ type, prepend_scheme, add_prefix_space }: Step): boolean {
  if (type === "Punctuation" || type === "Digits" || type === "BertPreTokenizer") return true;
  if (type !== "Metaspace") return false;
  return (prepend_scheme ?? "always") === "always" && add_prefix_space !== false;
}

function hasMark(model: TokenizerFile["model"]): boolean {
  const { vocab } = model ?? {};
  if (Array.isArray(vocab)) return vocab.some((piece) => Array.isArray(piece) && piece[0] === WORD_MARK);
  return typeof vocab === "object" && vocab !== null && Object.hasOwn(vocab, WORD_MARK);
}

/**
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

export function readsWordsOneByOne(file: object): boolean {
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

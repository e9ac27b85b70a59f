/**
 * How words are written in the index's column of terms, where the tokenizer alone would take them apart or leave two
 * spellings of one word apart.
 *
 * FTS5's tokenizer knows letters, numbers and private-use characters. A mark that joins the parts of a name, and the
 * vowel signs of Indian and South-East Asian scripts, would end a word for it, so each is written as a private-use
 * character of its own. A word that ends in one is also left alone by the stemmer, which knows ASCII letters only.
 */
import { keepFromLastCompiler } from "../../../system/index.ts";

/** Ends a term that must not be stemmed. */
export const END = "\ue000";
/** Begins the stem of a word, before the code of its language. */
export const STEM = "\ue002";
/** Begins a symbol. */
const SYMBOL = "\ue001";
/** ASCII marks begin here, by their code. */
const MARK_BASE = 0xe100;
/** Vowel signs and other marks from U+0900 to U+1CFF begin here. */
const SIGN_BASE = 0xe300;
const FIRST_SIGN = 0x900;
const LAST_SIGN = 0x1cff;

const ASCII = /^[\x00-\x7f]*$/;

/** Whether a text has ASCII characters only, as most do: then nothing of it needs folding. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Characters that are not seen: soft hyphens, joiners, marks of direction, byte order marks. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;

/** What looks like an apostrophe and stands for one: as books have it, and letters in Ukrainian, Breton, Hawaiian. */
const APOSTROPHES = /[\u02bb\u02bc\u2019]/g;
const FOREIGN_DIGITS = /(?![0-9])\p{Nd}/gu;

/**
 * Compatible forms as the usual ones (full-width, ligatures, digits of other scripts), composed, without what is not
 * seen. Keeps the case.
 */
export function compose(text: string): string {
  if (isAscii(text)) return text;
  const composed = text
    .replace(NUMBER_SIGN, "No.")
    .replace(/(?<=\p{N})(?=[\u00bc-\u00be\u2150-\u215e])/gu, " ")
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .replace(APOSTROPHES, "'")
    .replace(/\u2044/g, "/")
    .replace(HYPHENS, "-");
  return composed.replace(FOREIGN_DIGITS, asciiDigit);
}

/** `№`, `Nº`, `n°` before a number, all of which have become letters otherwise. */
const NUMBER_SIGN = /№|(?<![\p{L}\p{N}])[Nn][º°](?= ?\p{N})/gu;
/** Hyphens that do not break, signs of minus, and the dash between two numbers. */
const HYPHENS = /[\u2010\u2011\u2212]|(?<=\p{N})\u2013(?=\p{N})/gu;

/** The digits of a script are ten in a row, from zero. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}

/** A word or a text in the form in which it is compared: composed, in lower case, beyond single letters too. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return (
    compose(text)
      .toLowerCase()
      // What Unicode's full case folding has beyond lower case, letters that no mark is taken off from, and what is
      // left out at will in Russian, Greek and Arabic.
      .replace(/[ßςёſıœæøłđðþأإآٱىةکیہ]|i\u0307/g, (letter) => FOLDED[letter] ?? "i")
      .replace(/[\u0370-\u03ff\u1f00-\u1fff]+/g, (greek) => greek.normalize("NFD").replace(/\p{Mn}/gu, ""))
      // Vowel points and lengthened lines of Arabic and Hebrew, and the dots below that Indian scripts may do without.
      .replace(
        /[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g,
        "",
      )
  );
}

const FOLDED: Readonly<Record<string, string>> = {
  ...{ ß: "ss", ς: "σ", ё: "е", ſ: "s", ı: "i" },
  ...{ œ: "oe", æ: "ae", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th" },
  ...{ أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ى: "ي", ة: "ه" },
  // As Persian and Urdu write them.
  ...{ ک: "ك", ی: "ي", ہ: "ه" },
};

const LETTERS_ONLY = /^[a-z0-9]*$/i;
const MARK_TOKENS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(MARK_BASE + code));

/** Instead of a call for each mark: most of what is not a plain word has several. */
function asciiToken(term: string): string {
  let token = "";
  let from = 0;
  for (let at = 0; at < term.length; at++) {
    const code = term.charCodeAt(at);
    const letter = code | 0x20;
    if ((letter >= 97 && letter <= 122) || (code >= 48 && code <= 57)) continue;
    token += term.slice(from, at) + MARK_TOKENS[code]!;
    from = at + 1;
  }
  return from === 0 ? term : token + term.slice(from);
}

/** A folded term as one token of the index: marks within it become letters of its own. */
export function asToken(term: string): string {
  if (isAscii(term)) return asciiToken(term);
  let token = "";
  for (const character of term) {
    const code = character.codePointAt(0)!;
    if (code < 128) token += LETTERS_ONLY.test(character) ? character : MARK_TOKENS[code]!;
    else if (/\p{M}/u.test(character)) {
      if (code >= FIRST_SIGN && code <= LAST_SIGN)
        token += String.fromCharCode(SIGN_BASE + code - FIRST_SIGN);
    } else token += character;
  }
  return token;
}

/** A term that is found whole only: never stemmed, with the marks in it. */
export function asExactToken(term: string): string {
  return asToken(fold(term)) + END;
}

/**
 * What is found whole only, with signs that are no letters in it. Where it is letters and digits it is a word like any
 * other, unless it would be stemmed: `90s` is not `90`.
 */
export function asWholeToken(term: string): string {
  const folded = fold(term);
  if (/^[\p{L}\p{N}]+(?<!s)$/u.test(folded)) return asToken(folded);
  const signs = /(?![\x00-\x7f])[\p{S}\p{P}]/gu;
  return asToken(folded.replace(signs, (sign) => SYMBOL + sign.codePointAt(0)!.toString(16))) + END;
}

/** A symbol, such as an emoji, as a token. */
export function symbolToken(symbol: string): string {
  const codes = [...symbol].map((character) => character.codePointAt(0)!.toString(16));
  return `${SYMBOL}${codes.filter((code) => code !== "fe0f").join("x")}${END}`;
}

const EMOJI = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*`;

/** Emoji with what belongs to them, and other signs that are no letters; not what boxes are drawn of. */
export const SYMBOLS = new RegExp(
  [
    String.raw`\p{Regional_Indicator}{2}`,
    String.raw`[0-9#*]\ufe0f?\u20e3`,
    String.raw`${EMOJI}(?:\u200d${EMOJI})*`,
    String.raw`(?![\x00-\x7f\u00a8\u00b4\u00b8\u2500-\u259f])[\p{Sm}\p{Sc}\p{So}]`,
  ].join("|"),
  "gu",
);

/** Signs that letters are written for, and that somebody may ask for alone: `№`, `™`. @param text not composed */
export function signsOfLetters(text: string): string[] {
  if (isAscii(text)) return [];
  return (text.match(SYMBOLS) ?? []).filter((sign) => /^\p{L}+\.?$/u.test(compose(sign)));
}

/** Whether a text is such a sign and nothing else. */
export function isSignOfLetters(text: string): boolean {
  return text.length <= 2 && signsOfLetters(text)[0] === text;
}

/** The tokens of a symbol: itself and, where it is made of several, each that says something alone. */
export function symbolTokens(symbol: string): string[] {
  const parts = symbol.split("\u200d").map((part) => part.replace(/[\ufe0f\p{Emoji_Modifier}]/gu, ""));
  return [...new Set([symbol, ...parts].map(symbolToken))];
}

keepFromLastCompiler(asWholeToken);

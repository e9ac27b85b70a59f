/**
 * Languages told by their commonest words, and the stems of their words, by the algorithms of Snowball. English is
 * not among them: the index stems it by itself.
 */
import { createRequire } from "node:module";
import { keepFromLastCompiler } from "../../../system/index.ts";
import { asToken, END, isAscii, STEM } from "./fold.ts";
import { baseLanguage } from "./language-folders.ts";
import { functionWord, functionWordAt, TOLD } from "./told-words.ts";

/** ISO 639-1 code to the module of its stemmer. */
const STEMMERS: Readonly<Record<string, string>> = {
  ar: "arabic",
  bg: "bulgarian",
  da: "danish",
  de: "german",
  el: "greek",
  es: "spanish",
  fi: "finnish",
  fr: "french",
  hu: "hungarian",
  id: "indonesian",
  it: "italian",
  lt: "lithuanian",
  nl: "dutch",
  no: "norwegian",
  pt: "portuguese",
  ro: "romanian",
  ru: "russian",
  sr: "serbian",
  sv: "swedish",
  tr: "turkish",
  uk: "ukrainian",
};

/** Languages whose words are stemmed here. */
export const STEMMED_LANGUAGES: readonly string[] = Object.keys(STEMMERS);

/** Characters of a text that its language is told by. */
const TELLING_LENGTH = 1_000;
/** Of a function word. */
const LONGEST = 12;
/** Different function words that have to be found at least, and their part of all words. */
const LEAST_HITS = 4;
const LEAST_SHARE = 0.12;

function isWordOf(word: string, language: string): boolean {
  return functionWord(word)?.languages.some((place) => TOLD[place] === language) ?? false;
}

/**
 * The language of a text whose words are to be stemmed here, or nothing: for English, and where it cannot be told.
 *
 * @param declared what the document is in, for a chunk that does not tell
 */
export function languageOf(text: string, declared?: string): string | undefined {
  const code =
    tellLanguage(text) ??
    (declared === undefined ? undefined : decidedLanguage(declared)) ??
    languageOfSigns(text);
  return code !== undefined && STEMMERS[code] !== undefined ? code : undefined;
}

/** Letters that one of the stemmed languages has, and not those that are written like it. */
const SIGNS: readonly (readonly [string, RegExp, RegExp?])[] = [
  ["ru", /[ыэё]/, /[іїєґў]/],
  ["uk", /[їєґ]/, /[ыэў]/],
  ["de", /ß/],
  ["es", /[ñ¿¡]/],
  ["pt", /[ãõ]/],
  ["hu", /[őű]/],
  ["tr", /[ğıİ]/],
  ["ro", /[țșă]/],
  ["el", /\p{Script=Greek}{3}/u],
  ["ar", /\p{Script=Arabic}{3}/u, /[پچژگکیہےٹںڈڑ]/],
];
const FEWEST_SIGNS = 2;

/** Of a note too short for its words to tell: by words with letters that only one language has, two at least. */
function languageOfSigns(text: string): string | undefined {
  const beginning = text.slice(0, TELLING_LENGTH);
  if (isAscii(beginning)) return undefined;
  const words = beginning.normalize("NFC").toLowerCase().split(/\s+/);
  const english = words.filter((word) => isWordOf(word, "en")).length;
  for (const [language, sign, other] of SIGNS) {
    if (other?.test(beginning)) continue;
    const own = words.filter((word) => sign.test(word) || isWordOf(word, language));
    const distinct = new Set(own);
    if (distinct.size > Math.max(FEWEST_SIGNS - 1, english) && own.some((word) => sign.test(word)))
      return own.length >= words.length * LEAST_SHARE ? language : undefined;
  }
  return undefined;
}

/** How many words of the text at hand are a language's, and how many different ones; by places in `TOLD`. */
const hits = new Uint16Array(TOLD.length);
const distinct = new Uint16Array(TOLD.length);
let texts = 0;

/** The language whose commonest words make up most of a text, if some do: an ISO 639-1 code. */
export function tellLanguage(text: string, leastHits = LEAST_HITS): string | undefined {
  hits.fill(0);
  distinct.fill(0);
  texts++;
  let words = 0;
  const end = Math.min(text.length, TELLING_LENGTH);
  for (let from = 0, to: number; from <= end; from = to) {
    to = from;
    while (to < end && !isSpace(text.charCodeAt(to))) to++;
    words++;
    countWord(text, from, to);
    if (to === end) break;
    while (to < end && isSpace(text.charCodeAt(to))) to++;
  }
  const first = mostHit(-1);
  if (first < 0 || hits[first]! < words * LEAST_SHARE) return undefined;
  // One word again and again is a name or a piece of code.
  if (distinct[first]! < leastHits) return undefined;
  // Close relatives share their commonest words; of those any will do, so long as it is always the same. English
  // needs nothing.
  const second = mostHit(first);
  return TOLD[second] === "en" && hits[second] === hits[first] ? "en" : TOLD[first];
}

function countWord(text: string, from: number, to: number): void {
  // A single letter may be a variable's name, and what is longer than any function word need not be looked up.
  if (to - from < 2 || to - from > LONGEST) return;
  const known = functionWordAt(text, from, to);
  if (known === undefined) return;
  for (const place of known.languages) {
    hits[place]!++;
    if (known.foundIn !== texts) distinct[place]!++;
  }
  known.foundIn = texts;
}

/** What `\s` stands for. */
function isSpace(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13);
  return SPACES.has(code);
}

const SPACES = new Set(
  [0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].concat(
    Array.from({ length: 11 }, (_, place) => 0x2000 + place),
  ),
);

/** The first in the alphabet of those that are hit most; -1 where none is. */
function mostHit(besides: number): number {
  let most = -1;
  for (let place = 0; place < hits.length; place++) {
    if (place !== besides && hits[place]! > (hits[most] ?? 0)) most = place;
  }
  return most;
}

/** Scripts that are one language's, or nearly so. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ["ja", /[\u3040-\u30ff]/g],
  ["ko", /[\uac00-\ud7af\u1100-\u11ff]/g],
  ["zh", /\p{Script=Han}/gu],
  ["th", /[\u0e00-\u0e7f]/g],
  ["lo", /[\u0e80-\u0eff]/g],
  ["km", /[\u1780-\u17ff]/g],
  ["my", /[\u1000-\u109f]/g],
  ["hi", /[\u0900-\u097f]/g],
  ["he", /[\u0590-\u05ff]/g],
];
const SCRIPT_SHARE = 0.05;

/**
 * The language that a document seems to be in, by its scripts and its commonest words: an ISO 639-1 code. Where only
 * its script can be told, `und-` and that (`und-Cyrl`), as BCP 47 has it.
 */
export function languageOfDocument(text: string): string | undefined {
  const beginning = text.slice(0, 4 * TELLING_LENGTH);
  return languageOfScript(beginning) ?? tellLanguage(beginning) ?? languageOfLetters(beginning);
}

function languageOfScript(text: string): string | undefined {
  if (!/[^\u0000-\u058f]/.test(text)) return undefined;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return SCRIPTS.find(([, script]) => (text.match(script)?.length ?? 0) > SCRIPT_SHARE * letters)?.[0];
}

/** By ISO 15924: what makes up most of a text whose words do not tell. The language of one that is one's own. */
const LETTERS: readonly (readonly [string, RegExp])[] = [
  ["und-Latn", /\p{Script=Latin}/gu],
  ["und-Cyrl", /\p{Script=Cyrillic}/gu],
  ["und-Arab", /\p{Script=Arabic}/gu],
  ["und-Beng", /\p{Script=Bengali}/gu],
  ["und-Ethi", /\p{Script=Ethiopic}/gu],
  ["el", /\p{Script=Greek}/gu],
  ["hy", /\p{Script=Armenian}/gu],
  ["ka", /\p{Script=Georgian}/gu],
  ["gu", /\p{Script=Gujarati}/gu],
  ["kn", /\p{Script=Kannada}/gu],
  ["ml", /\p{Script=Malayalam}/gu],
  ["pa", /\p{Script=Gurmukhi}/gu],
  ["si", /\p{Script=Sinhala}/gu],
  ["ta", /\p{Script=Tamil}/gu],
  ["te", /\p{Script=Telugu}/gu],
];

function languageOfLetters(text: string): string | undefined {
  if (isAscii(text)) return /[A-Za-z]/.test(text) ? "und-Latn" : undefined;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return LETTERS.find(([, script]) => (text.match(script)?.length ?? 0) > letters / 2)?.[0];
}

const BY_SCRIPT: Readonly<Record<string, ReadonlySet<string>>> = {
  cyrl: new Set("ab av az ba be bg bs ce cv kk kv ky mk mn os ru sr tg tk tt ug uk uz".split(" ")),
  arab: new Set("ar az fa kk ks ku ky ms pa ps sd ug ur uz".split(" ")),
  beng: new Set(["as", "bn"]),
  ethi: new Set(["am", "ti"]),
};
/** Languages that are not written in Latin letters. */
const NOT_LATIN = new Set(
  `ab am ar as ba be bg bn bo ce cv dv dz el fa gu he hi hy ja ka km kn ko ks ky lo mk ml mn mr my ne or os pa
  ps ru sa sd si ta te tg th ti tt ug uk ur yi zh`.split(/\s+/),
);

/** The language of a tag that names one, such as `de`; not of `und-Cyrl`, nor of what is no tag of a language. */
export function decidedLanguage(tag: string): string | undefined {
  return isLanguageTag(tag) && !/^und\b/i.test(tag.trim()) ? baseLanguage(tag) : undefined;
}

/** Whether a text is shaped like `de`, `pt-BR` or `gsw`; `language: TypeScript` says something else. */
export function isLanguageTag(text: string): boolean {
  return /^[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*$/i.test(text.trim());
}

/** Whether what is tagged so may be in a language. @param language ISO 639-1 code */
export function mayBeIn(tag: string, language: string): boolean {
  const decided = decidedLanguage(tag);
  if (decided !== undefined) return decided === language;
  const script = /^und[-_](\w+)/i.exec(tag.trim())?.[1]?.toLowerCase() ?? "";
  return script === "latn" ? !NOT_LATIN.has(language) : (BY_SCRIPT[script]?.has(language) ?? true);
}

/** The language that a query is in, as far as a few words tell. */
export function languageOfQuery(query: string): string | undefined {
  return languageOfScript(query) ?? tellLanguage(query, 2);
}

type Stemmer = (word: string) => string;
interface StemmerModule {
  readonly stemmer: Stemmer;
}
/** As far as the Bulgarian stemmer takes a word for a string. */
interface Letters {
  readonly length: number;
  [at: number]: string;
  substring(from: number, to: number): string;
}
interface LettersModule {
  readonly stemmer: (letters: Letters) => string;
}
const loaded = new Map<string, Stemmer>();
const stems = new Map<string, string>();
const MAX_KNOWN_STEMS = 50_000;

/** The stem of a word, the same for all forms of it. @param word folded */
export function stemOf(word: string, language: string): string {
  const key = `${language} ${word}`;
  let stem = stems.get(key);
  if (stem === undefined) {
    stem = stemBy(stemmerOf(language), word);
    if (stems.size >= MAX_KNOWN_STEMS) stems.clear();
    stems.set(key, stem);
  }
  return stem;
}

/** A word that the library fails at stands for itself: one word was enough to end an ingest. */
function stemBy(stemmer: Stemmer, word: string): string {
  try {
    return stemmer(word);
  } catch {
    return word;
  }
}

/** The token that stands in the index for the words of this stem that are not the stem itself. */
export function stemToken(stem: string, language: string): string {
  return STEM + language + asToken(stem) + END;
}

function stemmerOf(language: string): Stemmer {
  let stemmer = loaded.get(language);
  if (stemmer === undefined) {
    // Each is loaded when a text of its language comes: most graphs need none.
    const load = createRequire(import.meta.url);
    const given: unknown = load(`@orama/stemmers/${STEMMERS[language]}`);
    stemmer = language === "bg" ? ofLetters(given as LettersModule) : (given as StemmerModule).stemmer;
    loaded.set(language, stemmer);
  }
  return stemmer;
}

/** The Bulgarian stemmer replaces letters of the word in its place, which a string refuses. */
function ofLetters({ stemmer }: LettersModule): Stemmer {
  return (word) => {
    const letters = word.split("");
    const substring = (from: number, to: number): string => letters.slice(from, to).join("");
    return stemmer(Object.assign(letters, { substring }));
  };
}

keepFromLastCompiler(tellLanguage, countWord);

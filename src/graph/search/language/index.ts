/** Which language a text is in, and its words: the commonest ones, stems, and how words are folded for the index. */
export { isCommonEnglish } from "./common-english.ts";
export { areForms, numberless, otherFormsOf } from "./english-forms.ts";
export {
  asExactToken,
  asToken,
  asWholeToken,
  compose,
  fold,
  isAscii,
  isSignOfLetters,
  STEM,
  SYMBOLS,
  signsOfLetters,
  symbolToken,
  symbolTokens,
} from "./fold.ts";
export { askingVerbsIn, FUNCTION_WORDS, monthsIn, tellingWords } from "./function-words.ts";
export {
  baseLanguage,
  codeOfLanguage,
  languagesByPlace,
  languageTag,
  type Place,
  placeOf,
} from "./language-folders.ts";
export {
  decidedLanguage,
  isLanguageTag,
  languageOf,
  languageOfDocument,
  languageOfQuery,
  mayBeIn,
  STEMMED_LANGUAGES,
  stemOf,
  stemToken,
  tellLanguage,
} from "./languages.ts";
export { functionWord } from "./told-words.ts";

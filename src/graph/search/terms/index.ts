/** What a text has that the tokenizer of the full-text index would take apart or miss. */
export { isUnspaced, pairsSought, perhapsOneWord, runsIn, spacedPartsOf, wordsIn } from "./cjk.ts";
export {
  bareAddress,
  bareVersion,
  isIdentifier,
  isName,
  type Name,
  namesAsked,
  namesIn,
} from "./compounds.ts";
export { type Glued, gluedIn } from "./glued.ts";
export { matchesOf } from "./matches.ts";
export {
  daysIn,
  groupedNumbers,
  inThousands,
  longNumbersIn,
  mayBeDecimal,
  telephoneNumbers,
} from "./numbers.ts";
export { operatorsAlone, operatorsIn } from "./operators.ts";
export { compoundForms, longerForms, spellingsOf, withOtherNoughts } from "./spellings.ts";
export { type TermSource, termsOf } from "./terms.ts";

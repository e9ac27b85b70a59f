/** Runs of scripts that put no spaces between words, as they are looked for: as a whole, and the words in them. */
import { asToken, fold } from "../language/index.ts";
import { pairsSought, perhapsOneWord, runsIn, spacedPartsOf, wordsIn } from "../terms/index.ts";
import { asPhrase, inTerms, type Sought, unspacedForms } from "./sought.ts";

/** Words of one run without spaces that are looked for at most. */
const MAX_RUN_WORDS = 48;

/** A run without spaces: as a whole, and the words in it. */
export function soughtInRuns(core: string): Sought[] {
  const folded = fold(core);
  const beside = spacedPartsOf(folded).map((part) => {
    const forms = [asPhrase([asToken(part)])];
    return { text: part, whole: [], forms, instead: [], isExact: false, literal: undefined, parts: [] };
  });
  const inside = runsIn(folded).flatMap((run) => {
    const words = [...new Set(wordsIn(run))];
    const all = words.length === 1 && words[0] !== run ? [...words, run] : words;
    return all.slice(0, MAX_RUN_WORDS).map((word): Sought => {
      const pairs = pairsSought(word).tokens.map(inTerms);
      return {
        text: word,
        whole: [],
        forms: unspacedForms(word),
        instead: pairs.length > 1 ? pairs : [],
        isExact: false,
        literal: undefined,
        parts: [],
      };
    });
  });
  const known = new Set(inside.map(({ text }) => text));
  const perhaps = runsIn(folded)
    .flatMap(perhapsOneWord)
    .filter(({ word }) => !known.has(word));
  const asOne = perhaps.slice(0, MAX_RUN_WORDS).map(({ word, letters }): Sought => {
    const shared = { whole: [], instead: [], literal: undefined, parts: [], isBeside: true } as const;
    const isExact = letters.length === 0;
    return { ...shared, text: word, forms: unspacedForms(word), isExact, madeOf: letters };
  });
  return [...beside, ...inside, ...asOne];
}

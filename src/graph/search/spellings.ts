/** Other spellings of a word that mean the same one, and the words that a compound may be made of. */

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", å: "aa" };
/** Languages in which these letters are nobody's umlauts, and in every other word. */
const WITHOUT_UMLAUTS: ReadonlySet<string> = new Set(["fi", "hu", "tr"]);

/** Words that begin with the article, alone or after a conjunction or a preposition. */
const ARABIC_ARTICLE = /^(?:[وفبك]?ال|لل)(?=\p{Script=Arabic}{3})/u;

/** @param word folded @param language of the text, where it is known */
export function spellingsOf(word: string, language?: string): string[] {
  const spellings: string[] = [];
  if (/[äöüå]/.test(word) && !WITHOUT_UMLAUTS.has(language ?? "")) {
    spellings.push(word.replace(/[äöüå]/g, (letter) => UMLAUTS[letter] ?? letter));
  }
  const bare = word.replace(ARABIC_ARTICLE, "");
  if (bare !== word) spellings.push(bare);
  return spellings;
}

/** Letters of a word that others may begin with, and of each of two that a compound is made of. */
const LEAST_BEGINNING = 5;
const LEAST_PART = 4;
const LONGEST = 40;

/**
 * Expressions for a word that stands nowhere: what begins with it, and the two words that it may be made of, as
 * `Versicherung` and `Vertrag` of `Versicherungsvertrag`.
 */
export function compoundForms(word: string): string[] {
  if (word.length < LEAST_BEGINNING || word.length > LONGEST) return [];
  const forms = [`"${word}" *`];
  for (let at = LEAST_PART; at <= word.length - LEAST_PART; at++) {
    const [first, second] = [word.slice(0, at), word.slice(at)];
    forms.push(`"${first}" AND "${second}"`);
    if (/[sn]$/.test(first) && first.length > LEAST_PART)
      forms.push(`"${first.slice(0, -1)}" AND "${second}"`);
  }
  return forms;
}

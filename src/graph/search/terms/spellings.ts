/** Other spellings of a word that mean the same one, and the words that a compound may be made of. */

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", å: "aa" };
/** Languages in which these letters are nobody's umlauts, and in every other word. */
const WITHOUT_UMLAUTS: ReadonlySet<string> = new Set(["fi", "hu", "tr"]);

/** Words that begin with the article, alone or after a conjunction or a preposition. */
const ARABIC_ARTICLE = /^(?:[وفبك]?ال|لل)(?=\p{Script=Arabic}{3})/u;

/** The article and the words of one letter that Hebrew glues to the next one, at most two of them. */
const HEBREW_PREFIXES = /^[והבכלמש](?=\p{Script=Hebrew}{3})/u;

/** @param word folded @param language of the text, where it is known */
export function spellingsOf(word: string, language?: string): string[] {
  const spellings: string[] = [];
  if (/[äöüå]/.test(word) && !WITHOUT_UMLAUTS.has(language ?? "")) {
    spellings.push(word.replace(/[äöüå]/g, (letter) => UMLAUTS[letter] ?? letter));
  }
  const bare = word.replace(ARABIC_ARTICLE, "");
  if (bare !== word) spellings.push(bare);
  const bared = word.replace(HEBREW_PREFIXES, "");
  if (bared !== word) {
    spellings.push(bared);
    const twice = bared.replace(HEBREW_PREFIXES, "");
    if (twice !== bared) spellings.push(twice);
  }
  return spellings;
}

/** What begins with a word that has digits in it and stands nowhere, as `sha256sum` for `sha256`. */
export function longerForms(word: string): string[] {
  return word.length < LEAST_BEGINNING || word.length > LONGEST ? [] : [`"${word}" *`];
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

/** Digits of a number that others write with noughts before it, and the most that they write. */
const LONGEST_BARE = 3;
const MOST_DIGITS = 5;

/**
 * The number at the end of a name as others write it, with more noughts before it or fewer: `adr 0007` for `ADR 7`, and
 * the other way round.
 * @param parts runs of letters and of digits, folded
 */
export function withOtherNoughts(parts: readonly string[]): string[][] {
  const [number = "", ...named] = parts.toReversed();
  const bare = number.replace(/^0+(?=\d)/, "");
  if (!/^\d+$/.test(number) || bare.length > LONGEST_BARE || !/^\p{L}/u.test(parts[0] ?? "")) return [];
  const padded = Array.from({ length: MOST_DIGITS }, (_, at) => bare.padStart(at + 1, "0"));
  const before = named.toReversed();
  return [...new Set(padded)].filter((each) => each !== number).map((each) => [...before, each]);
}

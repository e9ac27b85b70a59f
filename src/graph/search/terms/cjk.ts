/**
 * Words of scripts that put no spaces between them, and of Korean, which glues particles to its words.
 *
 * The full-text index splits text where letters end, so that a whole clause of such a script would be one entry, or
 * be cut at its vowel signs. Such a run is therefore kept as overlapping pairs of letters: a word is found wherever
 * it stands, as a phrase of its pairs, and how rare it is can be told as of any other word.
 */
import { asToken } from "../language/index.ts";

const EASTERN = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30fc\uff70\p{Script=Hangul}`;
const SOUTHERN = ["Thai", "Lao", "Khmer", "Myanmar", "Tibetan"].map((name) => `\\p{Script=${name}}`).join("");
const SCRIPTS = EASTERN + SOUTHERN;
const UNSPACED = new RegExp(`[${SCRIPTS}]`, "u");
const RUNS = new RegExp(`[${SCRIPTS}][${SCRIPTS}\\p{M}]*`, "gu");

/**
 * Where the first of these scripts begins: told faster than by a property of letters, and asked of every word that is
 * shown.
 */
const MAY_BE_UNSPACED = /[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\uffff]/;

const HANGUL = /\p{Script=Hangul}/u;

/** Letters of a clause that are cut into words; segmentation takes longer the longer it is. */
const MAX_CLAUSE_LENGTH = 200;

/** Whether a run of letters may be several words. */
export function isUnspaced(run: string): boolean {
  return MAY_BE_UNSPACED.test(run) && UNSPACED.test(run);
}

/** The runs of these scripts in a text, and what stands between them, which may be a name glued to a particle. */
export function runsIn(text: string): string[] {
  return MAY_BE_UNSPACED.test(text) ? (text.match(RUNS) ?? []) : [];
}

/** What of a word is of other scripts. */
export function spacedPartsOf(word: string): string[] {
  return word.split(RUNS).filter((part) => part !== "");
}

/** A letter with its signs. */
const CLUSTERS = /\P{M}\p{M}*|^\p{M}+/gu;

function clustersOf(run: string): string[] {
  return run.match(CLUSTERS) ?? [];
}

/**
 * A run as the tokens that stand for it in the index: each pair of letters, and the last letter alone, so that every
 * one begins a token.
 */
export function pairsOf(run: string): string[] {
  const clusters = clustersOf(run).map(asToken);
  return clusters.map((cluster, at) => cluster + (clusters[at + 1] ?? ""));
}

/**
 * The tokens that, one after the other, are found where the word stands; for a single letter the beginning of a
 * token.
 */
export function pairsSought(word: string): {
  readonly tokens: readonly string[];
  readonly isBeginning: boolean;
} {
  const pairs = pairsOf(word);
  return pairs.length > 1
    ? { tokens: pairs.slice(0, -1), isBeginning: false }
    : { tokens: pairs, isBeginning: true };
}

/**
 * The words of a run. Without one or two letters of hiragana, which are particles and endings; a run that is nothing
 * else is what somebody looks for, as a whole where it is short: `すし`, `おちゃ`.
 */
export function wordsIn(run: string): string[] {
  const clause = run.slice(0, MAX_CLAUSE_LENGTH);
  if (HANGUL.test(clause)) return [withoutParticle(clause)];
  const segments = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(clause)];
  const all = segments.map(({ segment }) => segment);
  const words = all.filter((word) => !/^\p{Script=Hiragana}{1,2}$/u.test(word));
  if (words.length > 0) return words;
  return clustersOf(clause).length <= MAX_SHORT_WORD ? [clause] : all.filter((word) => word.length > 1);
}

/** Letters of what is looked for as a whole as well. */
const LONGEST_WHOLE = 12;

/** What of a run may be one word that the dictionary does not have. */
export interface PerhapsOneWord {
  readonly word: string;
  /** The letters of Han that the dictionary makes of it; none where it makes words of it. */
  readonly letters: readonly string[];
}

/**
 * Letters of Han one after the other, as of a name, and all of a short run. `高` and `德` stand in many a text that
 * does not have `高德`.
 */
export function perhapsOneWord(run: string): PerhapsOneWord[] {
  if (HANGUL.test(run)) return [];
  const clause = run.slice(0, MAX_CLAUSE_LENGTH);
  const segments = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(clause)];
  const found = new Map<string, PerhapsOneWord>();
  if (segments.length > 1 && clustersOf(run).length <= LONGEST_WHOLE)
    found.set(run, { word: run, letters: [] });
  let letters: string[] = [];
  for (const { segment } of [...segments, { segment: "" }]) {
    if (/^\p{Script=Han}$/u.test(segment)) {
      letters.push(segment);
      continue;
    }
    const word = letters.join("");
    if (letters.length > 1 && letters.length <= LONGEST_WHOLE) found.set(word, { word, letters });
    letters = [];
  }
  return [...found.values()];
}

/** A long run, cut between words into pieces that are cut into words one by one. All of it, in order. */
export function clausesOf(run: string): string[] {
  const clauses: string[] = [];
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  let from = 0;
  while (run.length - from > PIECE_LENGTH) {
    const piece = run.slice(from, from + PIECE_LENGTH);
    // The last word of it may go on.
    const cut = [...segmenter.segment(piece)].at(-1)!.index;
    clauses.push(cut === 0 ? piece : piece.slice(0, cut));
    from += cut === 0 ? piece.length : cut;
  }
  return [...clauses, run.slice(from)];
}

/** Letters of which all words are looked for. */
const PIECE_LENGTH = 80;

/** Letters of hiragana that are one word even where a dictionary would cut them. */
const MAX_SHORT_WORD = 4;

/** Particles and endings of Korean nouns, the longest first. */
const PARTICLE_WORDS = [
  "에서부터 으로부터 에게서 으로서 으로써 이라고 까지 부터 에서 에게",
  "한테 으로 처럼 보다 마다 조차 마저 이나 라고 하고",
  "이란 은 는 이 가 을 를 에 의 와 과 도 만 로 나 란",
].join(" ");
const PARTICLES = new RegExp(`(?:${PARTICLE_WORDS.replaceAll(" ", "|")})$`, "u");

/** A Korean word as a dictionary has it, as far as that can be told: at least two syllables stay. */
function withoutParticle(word: string): string {
  const bare = word.replace(PARTICLES, "");
  return clustersOf(bare).length >= 2 ? bare : word;
}

/**
 * Text of any length whose words are as unevenly spread as those of English, on as many topics as are wanted.
 *
 * Words follow Zipf's law with exponent 1 over a vocabulary of 30,000, led by real function words, so that two words
 * of five are of the kind that stands in every passage: that is what makes a full-text query expensive. Half of the
 * other words come from the topic's own few hundred.
 */
import { seededNumbers } from "./seeded-random.ts";

const FUNCTION_WORDS =
  `the of and to a in is it you that he was for on are with as I his they be at one have this from or
had by but what some we can out other were all there when up use your how said an each she which do their time if will way about many
then them would so these her see him two has more could no make than first been its who now people my made over did down only`.split(
    /\s+/,
  );
const VOCABULARY = 30_000;
const TOPIC_WORDS = 300;
const SYLLABLES = "ba ko ri tu mel san der lo pin gra ve sto um fa wen di char ne qui thor".split(" ");

export class TextGenerator {
  readonly #next: () => number;
  readonly #words: readonly string[];
  readonly #topics: number;

  constructor(seed: number, topics: number) {
    this.#next = seededNumbers(seed);
    // The vocabulary is the same for every seed: only what is said with it differs.
    const next = seededNumbers(7);
    const made = new Set<string>(FUNCTION_WORDS);
    while (made.size < VOCABULARY) made.add(inventWord(next));
    this.#words = [...made];
    this.#topics = topics;
  }

  /** A passage of sentences, of between `least` and `most` words. */
  paragraph(topic: number, least: number, most: number): string {
    const count = least + Math.floor(this.#next() * (most - least + 1));
    const words: string[] = [];
    while (words.length < count) {
      const length = Math.min(count - words.length, 6 + Math.floor(this.#next() * 14));
      const sentence = Array.from({ length }, () => this.#word(topic));
      words.push(...sentence.slice(0, -1), `${sentence.at(-1)}.`);
    }
    return words.join(" ");
  }

  /** A question as people put it: half of its words are function words, the others the topic's. */
  question(topic: number): string {
    const content = () => this.#topicWord(topic);
    const common = () => this.#words[Math.floor(this.#next() * FUNCTION_WORDS.length)]!;
    return `how can I ${content()} the ${content()} ${common()} ${common()} ${content()} in a ${content()}`;
  }

  #word(topic: number): string {
    const rank = zipfRank(this.#next(), VOCABULARY);
    if (rank < FUNCTION_WORDS.length || this.#next() < 0.5) return this.#words[rank]!;
    return this.#topicWord(topic);
  }

  #topicWord(topic: number): string {
    const rank = zipfRank(this.#next(), TOPIC_WORDS);
    const own = VOCABULARY - FUNCTION_WORDS.length;
    const place = (((topic % this.#topics) + 1) * 7919 + rank * rank * 31 + rank * 104_729) % own;
    return this.#words[FUNCTION_WORDS.length + place]!;
  }
}

/** A rank from 0 to below `count`, where rank r is drawn in proportion to 1 / (r + 1). */
function zipfRank(uniform: number, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** uniform) - 1);
}

function inventWord(next: () => number): string {
  const syllables = 1 + Math.floor(next() * 4);
  return Array.from({ length: syllables }, () => SYLLABLES[Math.floor(next() * SYLLABLES.length)]).join("");
}

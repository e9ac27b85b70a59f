/** Random input that is the same on every run: a failing case is found again by its seed. */

export interface Random {
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** True in one of `times` cases. */
  readonly oneIn: (times: number) => boolean;
}

/** mulberry32: small, fast, and good enough to shuffle words. */
export function seeded(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
    oneIn: (times) => between(1, times) === 1,
  };
}

const SYLLABLES = "ba ko ri tu mel san der lo pin gra ve sto um fa wen di char".split(" ");

export function randomWord(random: Random): string {
  return Array.from({ length: random.between(1, 3) }, () => random.pick(SYLLABLES)).join("");
}

export function randomSentence(random: Random): string {
  const words = Array.from({ length: random.between(3, 18) }, () => randomWord(random));
  if (random.oneIn(8)) words[0] = `[${words[0]}](${randomWord(random)}.md)`;
  if (random.oneIn(8)) words[1] = `\`${words[1]}\``;
  return `${words.join(" ")}.`;
}

/** One to five sentences on one line. */
export function randomParagraph(random: Random): string {
  return Array.from({ length: random.between(1, 5) }, () => randomSentence(random)).join(" ");
}

function randomBlock(random: Random): string {
  const kind = random.between(1, 12);
  const lines = Array.from({ length: random.between(1, random.oneIn(10) ? 60 : 8) }, () =>
    randomSentence(random),
  );
  if (kind === 1) return ["```", ...lines, "```"].join("\n");
  if (kind === 2) return lines.map((line) => `- ${line}`).join("\n");
  if (kind === 3) return lines.map((line) => `> ${line}`).join("\n");
  if (kind === 4) return ["| a | b |", "|---|---|", ...lines.map((line) => `| ${line} | x |`)].join("\n");
  if (kind === 5) return lines.join("\n");
  return randomParagraph(random);
}

/** A document of headings, paragraphs, lists, quotes, tables and code; some have no heading, some have front matter. */
export function randomDocument(random: Random): string {
  const blocks: string[] = [];
  const hasHeadings = !random.oneIn(4);
  if (random.oneIn(4)) blocks.push(`---\ntitle: ${randomWord(random)}\ntags: [${randomWord(random)}]\n---`);
  if (hasHeadings && !random.oneIn(4)) blocks.push(`# ${randomWord(random)} ${randomWord(random)}`);
  const count = random.between(1, random.oneIn(3) ? 150 : 25);
  const headingEvery = random.between(2, 12);
  for (let i = 0; i < count; i++) {
    if (hasHeadings && random.oneIn(headingEvery)) {
      blocks.push(`${"#".repeat(random.between(2, 4))} ${randomWord(random)} ${randomWord(random)}`);
    }
    blocks.push(randomBlock(random));
  }
  return `${blocks.join("\n\n")}\n`;
}

/** Documents made up from a seed, in two states that share most of their text. Each has a word that no other has. */
import { type Random, randomParagraph, seeded } from "../../helpers/random.ts";

export type Documents = ReadonlyMap<string, string>;

export interface Vault {
  readonly old: Documents;
  /** As `old` with documents changed, added and removed. */
  readonly new: Documents;
}

/** A word that is in one document alone, and a function of its path. */
export function wordOf(path: string): string {
  const letters = Number(Bun.hash.crc32(path))
    .toString(36)
    .replace(/\d/g, (digit) => "ghijklmnop"[Number(digit)]!);
  return `zq${letters}`;
}

/** @param size how many documents there are about */
export function makeVault(seed: number, size: number): Vault {
  const random = seeded(seed);
  const paths = Array.from({ length: size }, (_, index) => pathOf(index));
  const old = new Map(paths.map((path, index) => [path, documentText(random, path, paths, index)]));
  const changed = new Map(old);
  for (const path of paths) {
    if (random.oneIn(8) && changed.size > size / 2) changed.delete(path);
    else if (random.oneIn(3)) changed.set(path, `${old.get(path)}\n## Later\n\n${randomParagraph(random)}\n`);
  }
  const added = Array.from({ length: Math.max(1, size >> 3) }, (_, index) => pathOf(size + index));
  for (const [index, path] of added.entries()) {
    changed.set(path, documentText(random, path, paths, size + index));
  }
  return { old, new: changed };
}

function pathOf(index: number): string {
  return index === 0
    ? "README.md"
    : `${["plan", "soil", "crops/late", "."][index % 4]}/note-${index}.md`.replace("./", "");
}

function documentText(random: Random, path: string, paths: readonly string[], index: number): string {
  const parts = [`# Note ${index}`, `This one says ${wordOf(path)}. ${randomParagraph(random)}`];
  if (random.oneIn(4)) parts.unshift(`---\ntitle: The ${index}th\ntags: [plan, t${index % 5}]\n---`);
  for (let section = random.between(0, 3); section > 0; section--) {
    parts.push(`## Section ${section}`, randomParagraph(random), randomParagraph(random));
  }
  parts.push(`See [next](/${random.pick(paths)}) and [[note-${random.between(0, paths.length * 2)}]].`);
  return `${parts.join("\n\n")}\n`;
}

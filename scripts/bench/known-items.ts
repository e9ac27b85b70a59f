/**
 * Things that stand in one document only and are asked for as they are written: dates, addresses, hashes, versions,
 * names.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { JudgedQuestion } from "./judged-questions.ts";
import { seededNumbers } from "./seeded-random.ts";

export interface KnownItems {
  readonly name: string;
  readonly questions: readonly JudgedQuestion[];
}

const TASKS =
  `reviewed the budget|met with the design team|fixed the login page|wrote the report|planned the trip|called the supplier|tested
 the new build|read two chapters|moved the backups|answered the mail|cleaned the garage|drew the floor plan`
    .replaceAll("\n", "")
    .split("|");

const RARE_WORDS =
  `zebrafish aardvark okapi pangolin narwhal axolotl capybara tapir quokka wombat kakapo lemur manatee
 ocelot puffin serval tarsier vicuna walrus xerus`.split(/\s+/);

/** Writes some 770 short notes that are much alike into `root`; each kind of thing has questions of its own. */
export function writeKnownItems(root: string): KnownItems[] {
  const next = seededNumbers(14);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(next() * 10)).join("");
  const below = (limit: number): number => Math.floor(next() * limit);
  const two = (value: number): string => String(value).padStart(2, "0");
  const kinds: KnownItems[] = [];
  const add = (
    name: string,
    items: readonly string[],
    note: (item: string, at: number) => [string, string],
  ): void => {
    const questions = items.map((item, at) => {
      const [id, text] = note(item, at);
      const path = join(root, id);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return { query: item, grades: { [id]: 1 } };
    });
    kinds.push({ name, questions });
  };
  const distinct = (count: number, make: () => string): string[] => {
    const made = new Set<string>();
    while (made.size < count) made.add(make());
    return [...made];
  };
  const days = Array.from({ length: 366 }, (_, day) =>
    new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
  );
  add("dates", days, (day) => [
    `daily/${day}.md`,
    `# Daily ${day}\n\nToday I ${pick(TASKS)} and ${pick(TASKS)}.\n`,
  ]);
  add(
    "addresses",
    distinct(60, () => `10.${below(4)}.${below(20)}.${below(250)}`),
    (ip, at) => [
      `hosts/host-${at}.md`,
      `# Host ${at}\n\nThe server answers at ${ip} and runs the ${pick(["mail", "web", "file"])} service.\n`,
    ],
  );
  add(
    "times",
    distinct(60, () => `${two(below(24))}:${two(below(60))}`),
    (time, at) => [`meetings/m${at}.md`, `# Meeting ${at}\n\nWe met at ${time} and ${pick(TASKS)}.\n`],
  );
  add(
    "telephone numbers",
    distinct(60, () => `+49 30 ${digits(3)} ${digits(4)}`),
    (phone, at) => [
      `people/p${at}.md`,
      `# Contact ${at}\n\nCall ${phone} in the morning; then ${pick(TASKS)}.\n`,
    ],
  );
  add(
    "commit hashes",
    distinct(60, () => Array.from({ length: 7 }, () => pick([..."0123456789abcdef"])).join("")),
    (hash, at) => [
      `fixes/f${at}.md`,
      `# Fix ${at}\n\nThe error was mended in ${hash} after we ${pick(TASKS)}.\n`,
    ],
  );
  const versions = [1, 2, 3].flatMap((a) =>
    Array.from({ length: 48 }, (_, rest) => `${a}.${Math.floor(rest / 3)}.${rest % 3}`),
  );
  add("versions", versions, (version) => [
    `releases/rel-${version.replaceAll(".", "-")}.md`,
    `# Release v${version}\n\nNotes for version ${version}: fixes for the importer and the exporter.\n`,
  ]);
  add("words of one note", RARE_WORDS, (word, at) => [
    `visits/v${at}.md`,
    `# Visit ${at}\n\nWe saw the ${word} there, ${pick(TASKS)} and ${pick(TASKS)}.\n`,
  ]);
  return kinds;
}

const NAME = /(?<![\w.-])(?=[A-Za-z][\w-]*(?:_|[a-z][A-Z]|-[a-z]+-|\d))[A-Za-z][\w-]{5,40}(?![\w-]|\.\w)/g;

/**
 * Up to `count` names, as of functions and settings, that stand in exactly one of the markdown files below `root`,
 * apart from those that are left aside.
 */
export function drawIdentifiers(
  root: string,
  count: number,
  isAside: (id: string) => boolean = () => false,
): JudgedQuestion[] {
  const places = new Map<string, Set<string>>();
  const texts = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.mdx?$/i.test(entry.name) || entry.parentPath.includes(`${sep}.amalfa`))
      continue;
    const path = join(entry.parentPath, entry.name);
    const id = relative(root, path).split(sep).join("/");
    if (isAside(id)) continue;
    const text = readFileSync(path, "utf8");
    texts.set(id, text.toLowerCase());
    for (const [name] of text.matchAll(NAME)) places.set(name, (places.get(name) ?? new Set()).add(id));
  }
  const next = seededNumbers(20);
  const single = [...places].filter(([, ids]) => ids.size === 1).sort(([a], [b]) => (a < b ? -1 : 1));
  const drawn: JudgedQuestion[] = [];
  while (drawn.length < count && single.length > 0) {
    const [[name, ids]] = single.splice(Math.floor(next() * single.length), 1) as [[string, Set<string>]];
    const standing = [...texts.values()].filter((text) => text.includes(name.toLowerCase())).length;
    if (standing === 1)
      drawn.push({ query: name, grades: Object.fromEntries([...ids].map((id) => [id, 1])) });
  }
  return drawn;
}

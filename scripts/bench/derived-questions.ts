/**
 * Questions that real folders answer by themselves, so that weights can be held against more than the collections they
 * were chosen on: what a page says of itself in one line, which is taken out of the page, and the words that others
 * link to it with.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { unpackCorpus } from "./corpora.ts";
import type { JudgedQuestion } from "./judged-questions.ts";
import type { KnownItems } from "./known-items.ts";
import { seededNumbers } from "./seeded-random.ts";

/** Questions of each kind at most. */
const QUESTIONS = 200;

/** The line of a page that says what it is about; of `tldr` a quarter of the pages is enough. */
const DESCRIPTIONS = {
  "astro-docs": { folder: "astro-docs/en", line: /^description: *["']?(.+?)["']? *$/m, every: 1 },
  tldr: { folder: "tldr/pages/common", line: /^> (?!More information|See also)(.+)$/m, every: 4 },
} as const;

/** Pages without their own description, which is the question, and link texts where there are links. */
export async function derivedQuestions(
  corpus: keyof typeof DESCRIPTIONS,
  root: string,
): Promise<KnownItems[] | undefined> {
  if (!(await unpackCorpus(corpus, root))) return undefined;
  const { folder, line, every } = DESCRIPTIONS[corpus];
  const pages = pagesBelow(root, folder).filter((_, at) => at % every === 0);
  leaveOnly(root, pages);
  const sets = [{ name: `${corpus}, descriptions`, questions: drawn(takeDescriptions(root, pages, line)) }];
  const links = linkTexts(root, pages);
  return links.length < 20 ? sets : [...sets, { name: `${corpus}, link texts`, questions: drawn(links) }];
}

/** Pages of a corpus whose sections are asked for. */
const SECTIONS = { "rust-book": "rust-book/src", "astro-docs": "astro-docs/en" } as const;

/** Pages without some of their headings, and without the first sentence of some sections: both are questions. */
export async function sectionQuestions(
  corpus: keyof typeof SECTIONS,
  root: string,
): Promise<KnownItems[] | undefined> {
  if (!(await unpackCorpus(corpus, root))) return undefined;
  const pages = pagesBelow(root, SECTIONS[corpus]);
  leaveOnly(root, pages);
  const headings: JudgedQuestion[] = [];
  const sentences: JudgedQuestion[] = [];
  for (const id of pages) {
    const path = join(root, id);
    let at = 0;
    const text = readFileSync(path, "utf8").replace(SECTION, (whole, heading: string, sentence: string) => {
      at++;
      const isHeading = at % 3 === 1;
      const query = plainText(isHeading ? heading : sentence);
      if (at % 3 === 2 || query.split(/\s+/).length < (isHeading ? 3 : 6)) return whole;
      (isHeading ? headings : sentences).push({ query, grades: { [id]: 1 } });
      return isHeading ? `\n\n${sentence}` : `\n## ${heading}\n\n`;
    });
    writeFileSync(path, text);
  }
  return [
    { name: `${corpus}, headings taken out`, questions: drawn(ofOnePage(headings)) },
    { name: `${corpus}, first sentences taken out`, questions: drawn(ofOnePage(sentences)) },
  ];
}

/** Without what markdown marks, and the targets of links. */
function plainText(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\][([][^)\]]*[)\]]|[`*_\\]/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** A heading, and the first sentence of the paragraph below it. */
const SECTION = /\n#{2,4} ([^\n]+)\n+([A-Z`](?:(?!\n\n)[^#|<>{}]){20,400}?[.?])(?=\s)/g;

/** A heading such as "Further reading" leads nowhere. */
function ofOnePage(questions: readonly JudgedQuestion[]): JudgedQuestion[] {
  const pages = Map.groupBy(questions, ({ query }) => query.toLowerCase());
  return [...pages.values()].flatMap((same) => (same.length === 1 ? same : []));
}

/** What the chapters of the book call each other. */
export function bookLinks(root: string): JudgedQuestion[] {
  return drawn(linkTexts(root, pagesBelow(root, "rust-book/src")));
}

/** Takes what else was unpacked away. */
function leaveOnly(root: string, pages: readonly string[]): void {
  for (const page of pagesBelow(root, ".")) if (!pages.includes(page)) rmSync(join(root, page));
}

function pagesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.mdx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

function takeDescriptions(root: string, pages: readonly string[], line: RegExp): JudgedQuestion[] {
  return pages.flatMap((id) => {
    const path = join(root, id);
    const text = readFileSync(path, "utf8");
    const query = line.exec(text)?.[1]?.replace(/[`\\]/g, "") ?? "";
    if (query.split(" ").length < 4) return [];
    writeFileSync(path, text.replace(line, ""));
    return [{ query, grades: { [id]: 1 } }];
  });
}

const INLINE = /(?<!!)\[([^\]\n]+)\]\(([^)\s]+)\)/g;
const BY_REFERENCE = /(?<!!)\[([^\]\n]+)\]\[([^\]\n]+)\]/g;
const REFERENCES = /^\[([^\]\n]+)\]:\s*(\S+)/gm;

/** Link texts of two words and more; the pages that link are no answers and are left out of what is found. */
function linkTexts(root: string, pages: readonly string[]): JudgedQuestion[] {
  const byText = new Map<string, { query: string; targets: Set<string>; sources: Set<string> }>();
  for (const source of pages) {
    const text = readFileSync(join(root, source), "utf8");
    const references = new Map([...text.matchAll(REFERENCES)].map(([, name = "", to = ""]) => [name, to]));
    const links = [
      ...[...text.matchAll(INLINE)].map(([, words = "", to = ""]) => [words, to] as const),
      ...[...text.matchAll(BY_REFERENCE)].map(
        ([, words = "", name = ""]) => [words, references.get(name) ?? ""] as const,
      ),
    ];
    for (const [words, to] of links) {
      const target = targetOf(root, source, to);
      const query = words.replace(/[`*_“”"\\]|<!--.*?-->/g, "").trim();
      if (target === undefined || target === source || query.split(/\s+/).length < 2) continue;
      const known = byText.get(query.toLowerCase()) ?? { query, targets: new Set(), sources: new Set() };
      known.targets.add(target);
      known.sources.add(source);
      byText.set(query.toLowerCase(), known);
    }
  }
  return [...byText.values()]
    .filter(({ targets, sources }) => targets.size === 1 && [...targets].every((id) => !sources.has(id)))
    .map(({ query, targets, sources }) => ({
      query,
      grades: Object.fromEntries([...targets].map((id) => [id, 1])),
      excluded: [...sources],
    }));
}

/** The page that a link leads to: a file beside it, or a page of the site. */
function targetOf(root: string, source: string, link: string): string | undefined {
  const [path = ""] = link.split("#");
  if (path === "" || /^[a-z]+:/.test(path)) return undefined;
  const site = source.split("/")[0] ?? "";
  const from = path.startsWith("/") ? join(root, site, path) : resolve(root, dirname(source), path);
  const bare = from.replace(/\/$/, "").replace(/\.(?:html|mdx?)$/, "");
  const found = [`${bare}.md`, `${bare}.mdx`, join(bare, "index.mdx")].find((file) => existsSync(file));
  if (found === undefined || basename(found) === "SUMMARY.md") return undefined;
  return relative(root, found).split(sep).join("/");
}

/** Some of them, the same on every machine. */
function drawn(questions: readonly JudgedQuestion[]): JudgedQuestion[] {
  const next = seededNumbers(questions.length);
  const left = [...questions];
  const taken: JudgedQuestion[] = [];
  while (taken.length < QUESTIONS && left.length > 0) {
    taken.push(...left.splice(Math.floor(next() * left.length), 1));
  }
  return taken;
}

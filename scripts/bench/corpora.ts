/** The documents that are measured on: real ones where they are at hand, else generated ones. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TextGenerator } from "./generate-text.ts";

/** Where the archives of real corpora lie: `$AMALFA_CORPORA`, else `shared/corpora` beside the repository. */
function corporaFolder(): string {
  return process.env.AMALFA_CORPORA ?? join(import.meta.dir, "../../../shared/corpora");
}

/** Unpacks a real corpus into `folder`. False when it is not at hand. */
export async function unpackCorpus(
  name: "rust-book" | "tldr" | "astro-docs",
  folder: string,
): Promise<boolean> {
  const archive = join(corporaFolder(), `${name}.tar.gz`);
  if (!existsSync(archive)) return false;
  mkdirSync(folder, { recursive: true });
  const files = await new Bun.Archive(await Bun.file(archive).bytes()).files();
  for (const [path, file] of files) await Bun.write(join(folder, path), file);
  return true;
}

/** Writes `count` documents with a title and a few short passages each, 200 to a folder. */
export function generateDocuments(
  folder: string,
  count: number,
  words: { least: number; most: number },
): void {
  const topics = 40;
  const text = new TextGenerator(count, topics);
  for (let number = 0; number < count; number++) {
    const below = join(folder, `part-${Math.floor(number / 200)}`);
    if (number % 200 === 0) mkdirSync(below, { recursive: true });
    const paragraph = text.paragraph(number % topics, words.least, words.most);
    writeFileSync(
      join(below, `note-${number}.md`),
      `# ${text.paragraph(number % topics, 2, 5)}\n\n${paragraph}\n`,
    );
  }
}

/** A folder of many short documents: 7,400 or so real ones, or as many generated ones as wanted. Says which. */
export async function manyDocuments(folder: string, generated: number): Promise<string> {
  if (generated >= 7_000 && (await unpackCorpus("tldr", folder))) return "the tldr pages";
  generateDocuments(folder, generated, { least: 20, most: 80 });
  return `${generated} generated documents`;
}

/**
 * Questions whose answers are known: judged test collections, notes with one fact each, and names drawn from any
 * folder.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A question and the documents that answer it, by how well. */
export interface JudgedQuestion {
  readonly query: string;
  /** Document id, relative to the root, to its grade; those that are absent have none. */
  readonly grades: Readonly<Record<string, number>>;
  /** Documents that are no answers by how the question came about; they are left out of what is found. */
  readonly excluded?: readonly string[];
}

/** Writes a collection into `root`, a document a file, and returns its questions; undefined when it is not at hand. */
export function judgedCollection(name: "cisi" | "cacm", root: string): JudgedQuestion[] | undefined {
  const folder = process.env.AMALFA_JUDGED ?? join(import.meta.dir, "../../../shared/judged");
  const file = join(folder, `${name}.json.gz`);
  if (!existsSync(file)) return undefined;
  const { documents, questions, judgements } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    documents: { id: string; title: string; text: string }[];
    questions: Record<string, string>;
    judgements: Record<string, Record<string, number>>;
  };
  for (const { id, title, text } of documents) writeNote(root, `docs/${id}.md`, `# ${title}\n\n${text}\n`);
  return Object.entries(judgements).map(([question, grades]) => ({
    query: questions[question] ?? "",
    grades: Object.fromEntries(Object.entries(grades).map(([id, grade]) => [`docs/${id}.md`, grade])),
  }));
}

function writeNote(root: string, id: string, text: string): void {
  const path = join(root, id);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * Questions that a vault has the answers to already, without anybody's judgement: what links say about where they
 * lead, what sections are called, and the other names of documents.
 *
 * What proves nothing is left out: a text that is a document's name, since everything finds that; one that leads to
 * many documents, such as "Introduction" or "here", since nobody could say which is meant. Equal questions are one,
 * with all their answers.
 */
import type { Grades } from "./metrics.ts";
import { QUESTION_KINDS, type Question, type QuestionKind } from "./question.ts";

/** A text that stands for a document. */
export interface Clue {
  readonly kind: QuestionKind;
  readonly text: string;
  /** The document it stands for. */
  readonly document: string;
  /** The document that says so, where it is another one. */
  readonly source?: string;
}

/** What a document is called. */
export interface NamedDocument {
  readonly id: string;
  readonly title: string;
  readonly aliases: readonly string[];
}

export interface LeftOut {
  /** Texts that are a document's path, file name, title or, unless they are asked for themselves, alias. */
  readonly names: number;
  /** Questions that lead to more documents than could all be meant. */
  readonly ambiguous: number;
  /** Texts without a word, of function words of linking alone ("here"), or as long as a paragraph. */
  readonly wordless: number;
}

export interface OwnQuestions {
  readonly questions: readonly Question[];
  readonly leftOut: LeftOut;
}

/** More right answers than these, and a question is no question. */
const MOST_ANSWERS = 5;
const LONGEST = 200;

/** Words of which links are made that say nothing of where they lead. */
const WORDLESS = new Set(
  `click see read go back to on the this that a an here there link links more detail details page note doc docs
  example examples next previous prev up home top source url ref edit above below it and for`.split(/\s+/),
);

function isWordless(key: string): boolean {
  return key.split(/\s+/).every((word) => WORDLESS.has(word));
}

/** @param clues in any order; the questions are the same for the same clues */
export function questionsFrom(documents: readonly NamedDocument[], clues: Iterable<Clue>): OwnQuestions {
  const names = new Set(documents.flatMap(({ id, title }) => [...fileNames(id), normal(title)]));
  const aliases = new Set(documents.flatMap((document) => document.aliases.map(normal)));
  const collapsed = new Map<string, Collapsed>();
  const wordless = new Set<string>();
  for (const clue of clues) {
    const text = clue.text.normalize("NFC").replace(/\s+/g, " ").trim();
    const key = normal(text);
    if (!/[\p{L}\p{N}]{2}/u.test(key) || text.length > LONGEST || isWordless(key)) {
      wordless.add(`${clue.kind} ${key}`);
      continue;
    }
    const known = collapsed.get(`${clue.kind} ${key}`);
    if (known === undefined) {
      collapsed.set(`${clue.kind} ${key}`, {
        ...clue,
        key,
        text,
        documents: new Set([clue.document]),
        sources: setOf(clue),
      });
      continue;
    }
    // The same for clues in any order.
    if (text < known.text) known.text = text;
    known.documents.add(clue.document);
    if (clue.source !== undefined) known.sources.add(clue.source);
  }
  const isName = ({ kind, key }: Collapsed): boolean =>
    names.has(key) || (kind !== "alias" && aliases.has(key));
  const unnamed = [...collapsed.values()].filter((each) => !isName(each));
  const plain = unnamed.filter(({ documents: answers }) => answers.size <= MOST_ANSWERS);
  return {
    questions: plain.map(asQuestion),
    leftOut: {
      names: collapsed.size - unnamed.length,
      ambiguous: unnamed.length - plain.length,
      wordless: wordless.size,
    },
  };
}

interface Collapsed {
  readonly kind: QuestionKind;
  readonly key: string;
  text: string;
  readonly documents: Set<string>;
  readonly sources: Set<string>;
}

function setOf({ source }: Clue): Set<string> {
  return new Set(source === undefined ? [] : [source]);
}

function asQuestion({ kind, text, documents, sources }: Collapsed): Question {
  const grades: Grades = Object.fromEntries([...documents].sort().map((id) => [id, 1]));
  return { kind, query: text, grades, leftOut: [...sources].filter((id) => !documents.has(id)).sort() };
}

/** The words of a text, whatever their case and whatever stands between them. */
export function normal(text: string): string {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.join(" ");
}

/** What a link says that shows its own address, whole or in part. */
function fileNames(id: string): string[] {
  const segments = id.split("/");
  const endings = segments.map((_, at) => segments.slice(at).join("/"));
  return endings.flatMap((ending) => [normal(ending), normal(ending.replace(/\.[a-z]{1,8}$/i, ""))]);
}

/**
 * Up to `count` questions, of each kind alike, as far as there are. Which ones is told from the questions and the
 * seed alone: a document more in the vault changes few of them, so that two runs can be compared.
 */
export function sampled(questions: readonly Question[], count: number, seed: number): Question[] {
  const byKind = new Map<QuestionKind, { question: Question; order: bigint }[]>();
  for (const question of questions) {
    const order = Bun.hash.xxHash64(`${question.kind} ${normal(question.query)}`, BigInt(seed));
    const list = byKind.get(question.kind);
    if (list === undefined) byKind.set(question.kind, [{ question, order }]);
    else list.push({ question, order });
  }
  const lists = QUESTION_KINDS.flatMap((kind) => {
    const list = byKind.get(kind);
    return list === undefined ? [] : [list];
  });
  for (const list of lists) list.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const chosen: Question[] = [];
  for (let at = 0; chosen.length < count && lists.some((list) => at < list.length); at++) {
    for (const list of lists) {
      const next = list[at];
      if (next !== undefined && chosen.length < count) chosen.push(next.question);
    }
  }
  return chosen;
}

/** The questions of an evaluation: drawn from the vault, or read from a file. */
import type { Database } from "bun:sqlite";
import { findDocumentId } from "../../graph/index.ts";
import { answerFresh, type Told } from "../freshness/index.ts";
import { loadClues, namedDocuments } from "./clues.ts";
import type { JudgedGraph } from "./judge.ts";
import { type LeftOut, questionsFrom, sampled } from "./own-questions.ts";
import type { Question } from "./question.ts";
import { questionsOf } from "./questions-file.ts";

export interface DrawnQuestions {
  readonly chosen: readonly Question[];
  /** Those there were to choose from. */
  readonly available: number;
  readonly leftOut: LeftOut;
  /** Documents whose files could not be read. */
  readonly unreadable: readonly string[];
  readonly told: Told;
}

export interface DrawRequest {
  readonly questions?: string | undefined;
  readonly queries?: number | undefined;
}

const USUAL_QUESTIONS = 200;

/** Brings the graph up to date first, as far as that is quick. Throws `eval.questions`. */
export async function drawQuestions(
  { project, graph }: JudgedGraph,
  { questions: file, queries }: DrawRequest,
  seed: number,
): Promise<DrawnQuestions> {
  const nothing = { changed: [], removed: [] };
  const told = await answerFresh(graph, () => ({ value: {}, stale: nothing }));
  if (file !== undefined) {
    const asked = graph.use(({ db }) => questionsOf(file, documentFinder(db)));
    return {
      chosen: queries === undefined ? asked : sampled(asked, queries, seed),
      available: asked.length,
      leftOut: { names: 0, ambiguous: 0, wordless: 0 },
      unreadable: [],
      told,
    };
  }
  const cluesOf = await loadClues();
  const { own, unreadable } = graph.use(({ db }) => {
    const documents = namedDocuments(db);
    const { clues, unreadable } = cluesOf(project.root, db, documents);
    return { own: questionsFrom(documents, clues), unreadable };
  });
  const chosen = sampled(own.questions, queries ?? USUAL_QUESTIONS, seed);
  return { chosen, available: own.questions.length, leftOut: own.leftOut, unreadable, told };
}

/** The same names come again and again. */
function documentFinder(db: Database): (wanted: string) => string {
  const known = new Map<string, string>();
  return (wanted) => {
    const id = known.get(wanted) ?? findDocumentId(db, wanted);
    known.set(wanted, id);
    return id;
  };
}

/** What a vault is judged by, and what came out. */
import type { SearchMode } from "../../graph/search/index.ts";
import type { Grades } from "./metrics.ts";

/** Where questions come from: the vault itself, in three ways, or a file. */
export const QUESTION_KINDS = ["link", "heading", "alias", "file"] as const;

export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Question {
  readonly kind: QuestionKind;
  readonly query: string;
  /** The documents that answer it. */
  readonly grades: Grades;
  /** Documents that have the question word for word, as whoever links has: they are no place in the ranking. */
  readonly leftOut: readonly string[];
}

/** Where the answer was, in one mode. */
export interface Outcome {
  /** The place of the first right document, from 1; null where it is not among the first ten. */
  readonly rank: number | null;
  readonly ndcg: number;
}

export type Outcomes = Readonly<Partial<Record<SearchMode, Outcome>>>;

export interface JudgedQuestion {
  readonly kind: QuestionKind;
  readonly query: string;
  /** Ids of the documents that answer it, the best first. */
  readonly documents: readonly string[];
  readonly outcomes: Outcomes;
}

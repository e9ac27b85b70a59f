/**
 * How well a vault is searched: questions of its own or from a file, put to its graph in every mode, with figures,
 * how sure they are, and whether another setting, model or day was better.
 */
import { readMeta } from "../../graph/index.ts";
import type { SearchMode } from "../../graph/search/index.ts";
import type { Told } from "../freshness/index.ts";
import type { GraphReader } from "../graph-reader.ts";
import { SEARCH_MODES } from "../limits.ts";
import { type ComparedReport, compareWith, type Earlier, readAgainst } from "./against.ts";
import { type DrawnQuestions, drawQuestions } from "./draw.ts";
import { type Figures, figuresOf, type JudgedMinimum, judgeMinimum } from "./figures.ts";
import { type JudgedGraph, judge } from "./judge.ts";
import type { Minimum } from "./minimum.ts";
import {
  type JudgedQuestion,
  type Outcome,
  QUESTION_KINDS,
  type Question,
  type QuestionKind,
} from "./question.ts";

export interface EvaluationRequest {
  /** A file of questions; the vault's own where there is none. */
  readonly questions?: string | undefined;
  /** An earlier report as JSON, or a settings file, to compare with. */
  readonly against?: string | undefined;
  /** A settings file that is judged instead of the project's own. */
  readonly settings?: string | undefined;
  /** Questions at most; by default 200 of the vault's own, and all of a file. */
  readonly queries?: number | undefined;
  /** Which of the questions: the same for the same seed. 1 by default. */
  readonly seed?: number | undefined;
  /** All by default. */
  readonly modes?: readonly SearchMode[] | undefined;
  readonly minimum?: readonly Minimum[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EvaluationReport {
  /** Of the graph that was judged; null where it has none yet. */
  readonly model: string | null;
  readonly seed: number;
  readonly asked: Pick<DrawnQuestions, "available" | "leftOut" | "unreadable"> & {
    readonly questions: number;
    readonly kinds: Readonly<Partial<Record<QuestionKind, number>>>;
    /** Whose right documents are not in the graph that was judged; they count as not found. */
    readonly unanswerable: number;
  };
  readonly modes: Readonly<Partial<Record<SearchMode, Figures & { readonly kinds: KindFigures }>>>;
  readonly against?: ComparedReport;
  readonly minimum: readonly JudgedMinimum[];
  readonly questions: readonly JudgedQuestion[];
}

type KindFigures = Readonly<Partial<Record<QuestionKind, Figures>>>;

/** Opens a graph of the same files by other settings, which is gone when it is disposed of. */
export type OpenOther = (settingsFile: string) => Promise<JudgedGraph & AsyncDisposable>;

const USUAL_SEED = 1;

/** Throws `eval.*`, `graph.model`, `interrupted`, and what searching and reading settings throw. */
export async function evaluate(
  own: JudgedGraph,
  openOther: OpenOther,
  request: EvaluationRequest,
): Promise<EvaluationReport & Told> {
  const { seed = USUAL_SEED, modes = SEARCH_MODES, minimum = [], signal, settings } = request;
  const against = request.against === undefined ? undefined : readAgainst(request.against);
  const { chosen, told, ...drawn } = await drawQuestions(own, request, seed);
  // Both before anything is judged: what is wrong with a file is said at once.
  await using other = settings === undefined ? undefined : await openOther(settings);
  await using second = against?.kind === "settings" ? await openOther(against.file) : undefined;
  const judged = other ?? own;
  const questions = await judge(judged, chosen, modes, signal);
  const earlier = against?.kind === "report" ? against : await earlierFrom(second, chosen, modes, signal);
  const figures = Object.fromEntries(modes.map((mode) => [mode, figuresWithKinds(questions, mode)]));
  return {
    model: judged.graph.use(modelOf),
    seed,
    asked: {
      questions: questions.length,
      ...drawn,
      kinds: countKinds(questions),
      unanswerable: judged.graph.use((reader) => countUnanswerable(reader, questions)),
    },
    modes: figures,
    ...(against === undefined || earlier === undefined
      ? {}
      : { against: { ...compareWith(earlier, questions, modes), file: against.file, kind: against.kind } }),
    minimum: minimum.map((each) => judgeMinimum(each, figures)),
    questions,
    ...told,
  };
}

async function earlierFrom(
  graph: JudgedGraph | undefined,
  chosen: readonly Question[],
  modes: readonly SearchMode[],
  signal: AbortSignal | undefined,
): Promise<Earlier | undefined> {
  if (graph === undefined) return undefined;
  return { model: graph.graph.use(modelOf), questions: await judge(graph, chosen, modes, signal) };
}

function modelOf({ db }: GraphReader): string | null {
  return readMeta(db, "model") ?? null;
}

function figuresWithKinds(
  questions: readonly JudgedQuestion[],
  mode: SearchMode,
): Figures & { readonly kinds: KindFigures } {
  const outcomesOf = (kind?: QuestionKind): Outcome[] =>
    questions.flatMap((each) =>
      kind === undefined || each.kind === kind ? (each.outcomes[mode] ?? []) : [],
    );
  const present = QUESTION_KINDS.filter((kind) => questions.some((each) => each.kind === kind));
  const kinds = present.map((kind) => [kind, figuresOf(outcomesOf(kind))] as const);
  return { ...figuresOf(outcomesOf()), kinds: Object.fromEntries(kinds) };
}

function countKinds(questions: readonly JudgedQuestion[]): Partial<Record<QuestionKind, number>> {
  const counts: Partial<Record<QuestionKind, number>> = {};
  for (const { kind } of questions) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function countUnanswerable({ db }: GraphReader, questions: readonly JudgedQuestion[]): number {
  const known = db.query("SELECT 1 FROM nodes WHERE id = ?");
  return questions.filter(({ documents }) => documents.every((id) => known.get(id) === null)).length;
}

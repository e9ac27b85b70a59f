/** Puts questions to a graph, in every mode, and looks where their answers are. */
import type { SearchMode } from "../../graph/search/index.ts";
import type { Project } from "../../project/index.ts";
import { interrupted } from "../../system/index.ts";
import type { FreshGraph } from "../freshness/index.ts";
import type { GraphReader } from "../graph-reader.ts";
import { MAX_SEARCH_LIMIT } from "../limits.ts";
import { searchWithVector } from "../search-documents.ts";
import { DEPTH, firstPlace, ndcg } from "./metrics.ts";
import type { JudgedQuestion, Outcome, Question } from "./question.ts";

/** A graph that is judged, and what computes the vectors of questions to it. */
export interface JudgedGraph {
  readonly project: Project;
  readonly graph: FreshGraph;
  /** Vectors of texts by the project's model; that of the graph was compared with it. */
  readonly embed: (
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ) => Promise<readonly Float32Array[]>;
  /** The id of that model. */
  readonly model: string;
}

/** Throws `graph.model` where meaning is asked for, `interrupted`, and what searching throws. */
export async function judge(
  { project, graph, embed, model }: JudgedGraph,
  questions: readonly Question[],
  modes: readonly SearchMode[],
  signal?: AbortSignal,
): Promise<JudgedQuestion[]> {
  const compares = modes.some((mode) => mode !== "lexical") && graph.use(hasVectors);
  if (compares) graph.use((reader) => reader.requireModel(model));
  const vectors = compares
    ? await embed(
        questions.map(({ query }) => query),
        signal,
      )
    : [];
  const judged: JudgedQuestion[] = [];
  for (const [at, question] of questions.entries()) {
    // So that whoever asks for an end is heard.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) throw interrupted("The evaluation");
    const outcomes = modes.map((mode) => [
      mode,
      graph.use((reader) => outcomeOf(project, reader, { question, mode, vector: vectors[at] })),
    ]);
    const documents = Object.entries(question.grades)
      .filter(([, grade]) => grade > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([id]) => id);
    judged.push({
      kind: question.kind,
      query: question.query,
      documents,
      outcomes: Object.fromEntries(outcomes),
    });
  }
  return judged;
}

function hasVectors({ db }: GraphReader): boolean {
  return db.query("SELECT 1 FROM vectors LIMIT 1").get() !== null;
}

interface Asked {
  readonly question: Question;
  readonly mode: SearchMode;
  readonly vector: Float32Array | undefined;
}

function outcomeOf(
  project: Project,
  reader: GraphReader,
  { question: { query, grades, leftOut }, mode, vector }: Asked,
): Outcome {
  const limit = Math.min(MAX_SEARCH_LIMIT, DEPTH + leftOut.length);
  const without = new Set(leftOut);
  const found = searchWithVector(
    project,
    reader,
    { query, mode, limit },
    mode === "lexical" ? undefined : vector,
  )
    .map(({ id }) => id)
    .filter((id) => !without.has(id));
  return { rank: firstPlace(found, grades), ndcg: ndcg(found, grades) };
}

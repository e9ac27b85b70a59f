/** Which weights find the right chapter of a real book, for questions in words of the asker's own. */
import { join } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { openGraphForReading } from "../../src/graph/open.ts";
import { FUSION, type Fusion, type SearchRequest, searchGraph } from "../../src/graph/search/search.ts";
import { SemanticIndex } from "../../src/graph/search/semantic.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { RUST_BOOK_QUESTIONS, type RustBookQuestion } from "../../tests/helpers/rust-book-questions.ts";
import { CLI, runBun } from "./child-process.ts";
import { unpackCorpus } from "./corpora.ts";
import type { BenchContext, Figure, FigureResult, Row } from "./figure.ts";
import { benchModel } from "./prepared-project.ts";
import { summarise } from "./statistics.ts";

const CONSTANTS = [1, 3, 5, 10, 20, 60];
const WEIGHTS = [0.25, 0.5, 0.75, 1];
const DEPTH = 10;

export const relevance: Figure = {
  name: "relevance",
  title: "Questions about the Rust book (mean reciprocal rank of the right chapter)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const root = join(context.folder, "book");
  if (context.effort === "quick" || !(await unpackCorpus("rust-book", root))) {
    return { rows: [], notes: ["not measured: it needs the Rust book, and full effort"] };
  }
  context.note("ingesting the Rust book");
  await runBun([CLI, "--root", root, "init", "--quiet"]);
  const paths = projectPaths(root);
  await using embedder = createEmbedder({
    model: benchModel(),
    cachePath: paths.vectorCache,
    modelsDirectory: paths.models,
    onWarning: context.note,
  });
  const vectors = await embedder.embedMany(RUST_BOOK_QUESTIONS.map(({ question }) => question));
  using graph = openGraphForReading(paths.database);
  const index = new SemanticIndex(graph);
  const ranks = (request: Pick<SearchRequest, "mode" | "fusion">): number[] =>
    RUST_BOOK_QUESTIONS.map((question, place) => {
      const vector = vectors[place];
      const found = searchGraph(graph, index, { query: question.question, limit: DEPTH, vector, ...request });
      return rankOf(
        question,
        found.map(({ id }) => id),
      );
    });
  const rows = [
    rowOf("lexical", ranks({ mode: "lexical" })),
    rowOf("semantic", ranks({ mode: "semantic" })),
    ...CONSTANTS.flatMap((rankConstant) =>
      WEIGHTS.map((lexicalWeight) => {
        const fusion: Fusion = { rankConstant, lexicalWeight };
        return rowOf(nameOf(fusion), ranks({ mode: "hybrid", fusion }));
      }),
    ),
  ];
  const hits = `${RUST_BOOK_QUESTIONS.length} questions; a rank beyond ${DEPTH} counts nothing`;
  return { rows, notes: [hits] };
}

function nameOf(fusion: Fusion): string {
  const { rankConstant, lexicalWeight } = fusion;
  const chosen = rankConstant === FUSION.rankConstant && lexicalWeight === FUSION.lexicalWeight;
  return `hybrid, constant ${rankConstant}, weight ${lexicalWeight}${chosen ? " (chosen)" : ""}`;
}

/** The place of the first right document, from 1; infinite when there is none. */
function rankOf({ answers }: RustBookQuestion, found: readonly string[]): number {
  const place = found.findIndex((id) => answers.some((answer) => id.endsWith(`/${answer}`)));
  return place < 0 ? Number.POSITIVE_INFINITY : place + 1;
}

function rowOf(name: string, ranks: readonly number[]): Row {
  const mean = ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length;
  const within = (limit: number) => ranks.filter((rank) => rank <= limit).length;
  const places = `${within(1)} first, ${within(3)} among the first three`;
  return { case: `${name}: ${places}`, unit: "", ours: summarise([mean]), goals: [] };
}

/**
 * How good what is found is, in every mode: judged collections, things that stand in one document only, and questions
 * about a real book in words of the asker's own. With `--against FILE`, an earlier report, it says of each difference
 * whether it is one.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { openGraphToRead } from "../../src/graph/open.ts";
import { searchGraph } from "../../src/graph/search/search.ts";
import { SemanticIndex } from "../../src/graph/search/semantic.ts";
import { compare, mean, ndcg, reciprocalRank } from "../../src/knowledge/evaluation/metrics.ts";
import { SEARCH_MODES } from "../../src/knowledge/limits.ts";
import { projectPaths, SETTINGS_FILES } from "../../src/project/paths.ts";
import { RUST_BOOK_QUESTIONS } from "../../tests/helpers/rust-book-questions.ts";
import { CLI, runBun } from "./child-process.ts";
import { unpackCorpus } from "./corpora.ts";
import { bookLinks, derivedQuestions, sectionQuestions } from "./derived-questions.ts";
import type { BenchContext, Figure, FigureResult, Row } from "./figure.ts";
import { type JudgedQuestion, judgedCollection } from "./judged-questions.ts";
import { drawIdentifiers, type KnownItems, writeKnownItems } from "./known-items.ts";
import { byFields, plainSearches } from "./plain-fusions.ts";
import { benchModel } from "./prepared-project.ts";
import type { BenchReport } from "./report.ts";
import { summarise } from "./statistics.ts";

const DEPTH = 10;
const IDENTIFIERS = 60;
/** As of those that were asked for before there were terms, when 11 of them were first. */
const FEW_IDENTIFIERS = 20;
const TRANSLATED = /^astro-docs\/(?!en\/)/;

export const relevance: Figure = {
  name: "relevance",
  title: "Relevance (nDCG@10)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  if (context.effort === "quick") return { rows: [], notes: ["not measured: it needs full effort"] };
  const rows: Row[] = [];
  const missing: string[] = [];
  for (const [name, prepare] of Object.entries(projects(context))) {
    const root = join(context.keep, "relevance", name.replaceAll(" ", "-"));
    mkdirSync(root, { recursive: true });
    const sets = await prepare(root);
    if (sets === undefined) missing.push(name);
    else rows.push(...(await measureProject(context, root, sets)));
  }
  const notes = missing.length === 0 ? [] : [`not at hand: ${missing.join(", ")}`];
  const compared = [
    ...meansOfFields(rows),
    ...compareModes(rows),
    ...compareWords(rows),
    ...compareWithEarlier(context, rows),
  ];
  return { rows, notes: [...notes, ...compared] };
}

type Prepare = (root: string) => Promise<readonly KnownItems[] | undefined>;

/** What is searched: each writes its documents into the folder it is given, unless they are there. */
function projects({ items }: BenchContext): Record<string, Prepare> {
  const collection =
    (name: "cisi" | "cacm"): Prepare =>
    async (root) => {
      const questions = judgedCollection(name, root);
      return questions === undefined ? undefined : [{ name: name.toUpperCase(), questions }];
    };
  return {
    cisi: collection("cisi"),
    cacm: collection("cacm"),
    "rust book": async (root) =>
      (await unpackCorpus("rust-book", root))
        ? [
            { name: "Rust book", questions: bookQuestions() },
            { name: "Rust book, link texts", questions: bookLinks(root) },
          ]
        : undefined,
    "rust book sections": async (root) => sectionQuestions("rust-book", root),
    "astro sections": async (root) => sectionQuestions("astro-docs", root),
    "astro docs": async (root) => derivedQuestions("astro-docs", root),
    tldr: async (root) => derivedQuestions("tldr", root),
    notes: async (root) => writeKnownItems(root),
    identifiers: async (root) => {
      if (items !== undefined) cpSync(items, root, { recursive: true });
      else if (!(await unpackCorpus("astro-docs", root))) return undefined;
      return [{ name: "identifiers", questions: drawIdentifiers(root, IDENTIFIERS) }];
    },
    "english pages": async (root) => {
      if (!(await unpackCorpus("astro-docs", root))) return undefined;
      const questions = drawIdentifiers(root, FEW_IDENTIFIERS, (id) => TRANSLATED.test(id));
      rmSync(join(root, "astro-docs/ja"), { recursive: true, force: true });
      return [{ name: "20 identifiers of English pages", questions }];
    },
    "translated pages": async (root) => {
      if (!(await unpackCorpus("astro-docs", root))) return undefined;
      const questions = drawIdentifiers(root, FEW_IDENTIFIERS, (id) => TRANSLATED.test(id));
      return [{ name: "the same with translations", questions }];
    },
  };
}

function bookQuestions(): JudgedQuestion[] {
  const folder = "rust-book/src";
  return RUST_BOOK_QUESTIONS.map(({ question, answers }) => ({
    query: question,
    grades: Object.fromEntries(answers.map((answer) => [`${folder}/${answer}`, 1])),
  }));
}

async function measureProject(
  context: BenchContext,
  root: string,
  sets: readonly KnownItems[],
): Promise<Row[]> {
  context.note(`ingesting ${root}`);
  // Several folders have the same documents, and it is computing their vectors that takes the time.
  const vectorCache = join(context.keep, "relevance", "vectors.sqlite");
  writeFileSync(join(root, SETTINGS_FILES[0]), JSON.stringify({ cache: { path: vectorCache } }));
  await ingest(root);
  const paths = projectPaths(root, { vectorCache });
  await using embedder = createEmbedder({
    model: benchModel(),
    cachePath: paths.vectorCache,
    modelsDirectory: paths.models,
    onWarning: context.note,
  });
  using graph = openGraphToRead(paths.database).db;
  const index = new SemanticIndex(graph);
  const rows: Row[] = [];
  for (const { name, questions } of sets) {
    const vectors = await embedder.embedMany(questions.map(({ query }) => query));
    for (const mode of SEARCH_MODES) {
      const found = questions.map(({ query, excluded = [] }, at) => {
        const limit = DEPTH + excluded.length;
        const results = searchGraph(graph, index, { query, limit, vector: vectors[at], mode });
        return results.map(({ id }) => id).filter((id) => !excluded.includes(id));
      });
      rows.push(rowOf(name, mode, questions, found));
    }
    const others = { ...plainSearches(graph, index), ...(isJudged(name) ? byFields(graph, index) : {}) };
    for (const [plain, search] of Object.entries(others)) {
      const found = questions.map(({ query, excluded = [] }, at) =>
        search(query, vectors[at]!).filter((id) => !excluded.includes(id)),
      );
      rows.push(rowOf(name, plain, questions, found));
    }
  }
  return rows;
}

/** Weights of fields say nothing about things that stand in one document only. */
function isJudged(name: string): boolean {
  return /^(?:CISI|CACM|Rust book|rust-book|astro-docs|tldr)/.test(name);
}

/** A graph of another version is no use, the vectors beside it are. */
async function ingest(root: string): Promise<void> {
  const init = [CLI, "--root", root, "init", "--quiet"];
  try {
    await runBun(init);
  } catch {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${projectPaths(root).database}${end}`, { force: true });
    await runBun(init);
  }
}

function rowOf(
  name: string,
  mode: string,
  questions: readonly JudgedQuestion[],
  found: readonly (readonly string[])[],
): Row {
  const scores = questions.map(({ grades }, at) => ndcg(found[at]!, grades));
  const reciprocal = questions.map(({ grades }, at) => reciprocalRank(found[at]!, grades));
  const within = (limit: number): number => reciprocal.filter((rank) => rank >= 1 / limit).length;
  const places = `${within(1)} of ${questions.length} first, ${within(DEPTH)} in ten`;
  return {
    case: `${name}, ${mode} (${places}, reciprocal rank ${mean(reciprocal).toFixed(3)})`,
    unit: "",
    ours: summarise([mean(scores)]),
    goals: [],
    samples: { of: `${name}, ${mode}`, values: scores },
  };
}

/** Whether both lists together are better than either. */
function compareModes(rows: readonly Row[]): string[] {
  return rows.flatMap(({ samples }) => {
    if (samples === undefined || !samples.of.endsWith(", hybrid")) return [];
    return ["lexical", "semantic", "plain convex combination", "plain reciprocal ranks"].map((other) => {
      const name = samples.of.replace(/hybrid$/, other);
      const single = rows.find((row) => row.samples?.of === name)?.samples;
      return single === undefined
        ? ""
        : `${samples.of} against ${other}: ${verdict(single.values, samples.values)}`;
    });
  });
}

/** The mean of the means of all sets, by the weights of the fields. */
function meansOfFields(rows: readonly Row[]): string[] {
  const means = new Map<string, number[]>();
  for (const { samples } of rows) {
    const setting = /words with fields .*$/.exec(samples?.of ?? "")?.[0];
    if (setting === undefined || samples === undefined) continue;
    means.set(setting, [...(means.get(setting) ?? []), mean(samples.values)]);
  }
  return [...means].map(
    ([setting, values]) => `${setting}: ${mean(values).toFixed(4)} in the mean of ${values.length} sets`,
  );
}

/** Whether the list by words is at least as good as plain ones. */
function compareWords(rows: readonly Row[]): string[] {
  return rows.flatMap(({ samples }) => {
    if (samples === undefined || !samples.of.endsWith(", lexical")) return [];
    const plain = rows.find((row) => row.samples?.of === samples.of.replace(/lexical$/, "plain words"));
    return plain?.samples === undefined
      ? []
      : [`${samples.of} against plain words: ${verdict(plain.samples.values, samples.values)}`];
  });
}

function compareWithEarlier({ against }: BenchContext, rows: readonly Row[]): string[] {
  if (against === undefined) return [];
  const { figures } = JSON.parse(readFileSync(against, "utf8")) as BenchReport;
  const earlier = figures.find(({ name }) => name === relevance.name)?.rows ?? [];
  return rows.flatMap(({ samples }) => {
    const before = earlier.find((row) => row.samples?.of === samples?.of)?.samples;
    if (samples === undefined || before?.values.length !== samples.values.length) return [];
    return [`${samples.of} against before: ${verdict(before.values, samples.values)}`];
  });
}

function verdict(before: readonly number[], after: readonly number[]): string {
  const { difference, interval } = compare(before, after);
  const [low, high] = interval.map(signed);
  const word = interval[0] > 0 ? "better" : interval[1] < 0 ? "WORSE" : "no difference that is one";
  return `${signed(difference)} (95 %: ${low} to ${high}), ${word}`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

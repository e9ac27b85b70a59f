/**
 * Projects that are ingested already. Their vectors are kept between runs in a vector cache of the benchmark's own,
 * since computing ten thousand of them takes a minute.
 */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { DEFAULT_MODEL_NAME, findModel, type Model } from "../../src/project/models.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { CLI, runBun } from "./child-process.ts";
import { manyDocuments } from "./corpora.ts";
import type { BenchContext } from "./figure.ts";
import type { Query } from "./search-graph.ts";

/** The model that is measured. */
export function benchModel(): Model {
  const model = findModel(DEFAULT_MODEL_NAME);
  if (model === undefined) throw new Error("The catalogue does not have the default model.");
  return model;
}

export interface PreparedProject {
  readonly root: string;
  /** What its documents are. */
  readonly described: string;
}

/** A project of many short documents, about 7,400 at full effort, with a graph that is up to date. */
export async function preparedProject(context: BenchContext): Promise<PreparedProject> {
  const root = join(context.folder, "project");
  const described = await manyDocuments(root, context.effort === "full" ? 7_400 : 60);
  const cache = projectPaths(root).vectorCache;
  const kept = join(context.keep, `${described.replaceAll(" ", "-")}.sqlite`);
  mkdirSync(dirname(cache), { recursive: true });
  if (existsSync(kept)) copyFileSync(kept, cache);
  context.note(`ingesting ${described}`);
  await runBun([CLI, "--root", root, "init", "--quiet"]);
  copyFileSync(cache, kept);
  return { root, described };
}

/** A graph of real text with real vectors, and queries made of its headings. */
export async function realVectorsProject(
  context: BenchContext,
): Promise<{ database: string; chunks: number; queries: Query[]; described: string }> {
  const { root, described } = await preparedProject(context);
  const paths = projectPaths(root);
  using db = new Database(paths.database, { readonly: true });
  const chunks = db.query<{ n: number }, []>("SELECT count(*) AS n FROM chunks").get()?.n ?? 0;
  const lines = db
    .query<{ text: string }, []>("SELECT text FROM chunks WHERE ordinal = 0 ORDER BY id LIMIT 50")
    .all()
    .map(({ text }) => questionFrom(text));
  await using embedder = createEmbedder({
    model: benchModel(),
    cachePath: paths.vectorCache,
    modelsDirectory: paths.models,
    onWarning: context.note,
  });
  const vectors = await embedder.embedMany(lines);
  return {
    database: paths.database,
    chunks,
    described,
    queries: lines.map((text, i) => ({ text, vector: vectors[i]! })),
  };
}

/** What somebody might ask who looks for a chunk: its first sentence without marks, at most a dozen words. */
function questionFrom(paragraph: string): string {
  const words = paragraph.replace(/^#.*$/gm, "").match(/[\p{L}\p{N}']+/gu) ?? [];
  return `how do I ${words.slice(0, 12).join(" ").toLowerCase()}`;
}

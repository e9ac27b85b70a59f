/**
 * `rebuild` with every vector in the cache: against the least that it could cost, against computing every vector, and
 * at two sizes.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import type { InferenceBackend } from "../../src/embedding/inference/backend.ts";
import { ingest } from "../../src/ingest/ingest.ts";
import { loadProject } from "../../src/project/load.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { CLI, runBun } from "./child-process.ts";
import { generateDocuments, unpackCorpus } from "./corpora.ts";
import { atLeast, atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { VectorGenerator } from "./generate-vectors.ts";
import { interleave } from "./interleave.ts";
import { benchModel, preparedProject } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const MOST_TIMES_THE_FLOOR = 2.5;
const LEAST_TIMES_FASTER = 50;
const MOST_GROWTH = 1.3;

export const warmRebuild: Figure = {
  name: "warm-rebuild",
  title: "rebuild with every vector in the cache (ms, whole process)",
  measure,
};

interface RebuildRun {
  readonly milliseconds: number;
  readonly chunks: number;
}

async function measure(context: BenchContext): Promise<FigureResult> {
  const rows = [await againstFloor(context), await againstInference(context), await atTwoSizes(context)];
  return {
    rows,
    notes: [
      "floor: read all files, SHA-256 of all chunks, insert the same rows with the same indexes into a new file",
      "at two sizes: generated documents and vectors, time of a whole process for each chunk",
    ],
  };
}

/** Runs a rebuild and makes sure that it was what is to be measured. */
async function rebuild(root: string, vectors: "cached" | "computed"): Promise<RebuildRun> {
  const flags = vectors === "computed" ? ["--no-cache"] : [];
  const { milliseconds, stdout } = await runBun([CLI, "--root", root, "rebuild", "--json", ...flags]);
  const { embedding, graph } = JSON.parse(stdout) as {
    readonly embedding: { readonly misses: number; readonly hits: number; readonly modelLoaded: boolean };
    readonly graph: { readonly chunks: number };
  };
  const wrong = vectors === "cached" ? embedding.misses : embedding.hits;
  if (wrong !== 0 || embedding.modelLoaded !== (vectors === "computed")) {
    throw new Error(`This rebuild was not one of ${vectors} vectors: ${stdout}`);
  }
  return { milliseconds, chunks: graph.chunks };
}

async function againstFloor(context: BenchContext): Promise<Row> {
  const { root, described } = await preparedProject(context);
  const target = join(context.folder, "floor.db");
  const floor = join(import.meta.dir, "rebuild-floor.ts");
  const contenders = {
    rebuild: async () => (await rebuild(root, "cached")).milliseconds,
    floor: async () => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${target}${suffix}`, { force: true });
      const { stdout } = await runBun([floor, projectPaths(root).database, root, target]);
      return (JSON.parse(stdout) as { milliseconds: number }).milliseconds;
    },
  };
  await interleave(contenders, 1);
  const times = await interleave(contenders, context.effort === "full" ? 9 : 1);
  const ratio = summariseRatio(times.rebuild, times.floor);
  return {
    case: described,
    unit: "ms",
    ours: summarise(times.rebuild),
    peer: { name: "floor", summary: summarise(times.floor), ratio },
    goals: [atMost(ratio.median, MOST_TIMES_THE_FLOOR, "ratio")],
  };
}

async function againstInference(context: BenchContext): Promise<Row> {
  const root = join(context.folder, "book");
  const isReal = context.effort === "full" && (await unpackCorpus("rust-book", root));
  if (!isReal) generateDocuments(root, context.effort === "full" ? 200 : 5, { least: 800, most: 1200 });
  context.note("computing the vectors of a book");
  await runBun([CLI, "--root", root, "init", "--quiet"]);
  const rounds = context.effort === "full" ? 3 : 1;
  const times = await interleave(
    {
      cached: async () => (await rebuild(root, "cached")).milliseconds,
      computed: async () => (await rebuild(root, "computed")).milliseconds,
    },
    rounds,
  );
  const factor = summariseRatio(times.computed, times.cached);
  return {
    case: isReal ? "the Rust book" : "generated documents",
    unit: "ms",
    ours: summarise(times.cached),
    peer: {
      name: "--no-cache",
      summary: summarise(times.computed),
      ratio: summariseRatio(times.cached, times.computed),
    },
    goals: [atLeast(factor.median, LEAST_TIMES_FASTER, "times faster")],
  };
}

async function atTwoSizes(context: BenchContext): Promise<Row> {
  const documents = context.effort === "full" ? 600 : 20;
  const small = await projectWithMadeUpVectors(context, documents);
  const large = await projectWithMadeUpVectors(context, documents * 10);
  let chunks = { small: 0, large: 0 };
  const times = await interleave(
    {
      small: async () => {
        const run = await rebuild(small, "cached");
        chunks = { ...chunks, small: run.chunks };
        return (run.milliseconds * 1000) / run.chunks;
      },
      large: async () => {
        const run = await rebuild(large, "cached");
        chunks = { ...chunks, large: run.chunks };
        return (run.milliseconds * 1000) / run.chunks;
      },
    },
    context.effort === "full" ? 3 : 1,
  );
  const growth = summariseRatio(times.large, times.small);
  return {
    case: `${chunks.large} chunks against ${chunks.small}`,
    unit: "µs per chunk",
    ours: summarise(times.large),
    peer: { name: "a tenth of them", summary: summarise(times.small), ratio: growth },
    goals: [atMost(growth.median, MOST_GROWTH, "ratio")],
  };
}

/** A project of generated documents of about eight chunks each, whose cache has a vector for each. */
async function projectWithMadeUpVectors(context: BenchContext, documents: number): Promise<string> {
  const root = join(context.folder, `generated-${documents}`);
  context.note(`writing and ingesting ${documents} documents`);
  generateDocuments(root, documents, { least: 1_100, most: 1_300 });
  const project = await loadProject({ root, cwd: root });
  mkdirSync(dirname(project.paths.vectorCache), { recursive: true });
  const model = benchModel();
  await using embedder = createEmbedder({
    model,
    cachePath: project.paths.vectorCache,
    modelsDirectory: project.paths.models,
    onWarning: context.note,
    startBackend: async () => madeUpVectors(model.dimensions, model.id),
  });
  await ingest({ project, embedder, mode: "incremental", allowEmpty: false, dryRun: false });
  return root;
}

/** What a vector says makes no difference to how long it takes to store it. */
function madeUpVectors(dimensions: number, modelId: string): InferenceBackend {
  const vectors = new VectorGenerator({ seed: 1, dimensions, topics: 40, groupsPerTopic: 10 });
  return {
    modelLoaded: false,
    embed: async ({ texts, onVector }) => {
      for (let index = 0; index < texts.length; index++) {
        onVector({ index, vector: vectors.vector(index), modelId });
      }
    },
    close: async () => {},
  };
}

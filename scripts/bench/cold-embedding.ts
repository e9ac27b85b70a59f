/**
 * Embedding of texts that no cache has, against transformers.js with the same weights, and against a bare loop.
 *
 * The bare loop is what remains when everything but inference is taken away: as many workers with the same sessions,
 * token ids made beforehand, no vector cache, nothing sent back but the end.
 */
import { join } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { defaultWorkers } from "../../src/embedding/inference/pool.ts";
import { carrierDirectory, locateModel, PACKAGED_MODELS } from "../../src/embedding/model/files.ts";
import { loadTokenizer, type Tokenizer } from "../../src/embedding/model/tokenizer.ts";
import { BareLoop } from "./bare-loop.ts";
import { atLeast, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { type Contender, interleave, milliseconds } from "./interleave.ts";
import { benchModel } from "./prepared-project.ts";
import { seededNumbers } from "./seeded-random.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const BATCHES = [1, 8, 32] as const;
const LEAST_TIMES = 2;
const LEAST_OF_BARE = 0.95;
/**
 * Tokens and texts that each contender embeds in each round, at least; enough texts that the last ones do not matter.
 */
const LEAST_TOKENS = { full: 16_384, quick: 1_024 };
const LEAST_TEXTS = { full: 128, quick: 32 };

export const coldEmbedding: Figure = {
  name: "cold-embedding",
  title: "Cold embedding (texts/s)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const model = benchModel();
  const tokenizer = await loadTokenizer(model, context.folder);
  const peer = await loadTransformers();
  const workers = defaultWorkers();
  await using bare = await BareLoop.start(locateModel(model, context.folder).onnx, workers);
  await using embedder = createEmbedder({
    model,
    cachePath: join(context.folder, "vector_cache.sqlite"),
    modelsDirectory: context.folder,
    workers,
    onWarning: context.note,
  });
  const rows: Row[] = [];
  const notes = [
    `${workers} workers; the models are loaded before the clock starts, all texts are new in each round`,
  ];
  for (const tokens of context.effort === "full" ? [64, 128, 256] : [64]) {
    context.note(`texts of ${tokens} tokens`);
    const count = Math.max(LEAST_TEXTS[context.effort], LEAST_TOKENS[context.effort] / tokens);
    const texts = new TextsOfLength(tokenizer, tokens);
    const cost = new CpuTime();
    const rate =
      (name: string, work: (texts: readonly string[]) => Promise<unknown>): Contender =>
      async () => {
        const batch = texts.next(count);
        const elapsed = await cost.measure(name, count, () => milliseconds(() => work(batch)));
        return count / (elapsed / 1000);
      };
    const contenders: Record<string, Contender> = {
      amalfa: rate("amalfa", (batch) => embedder.embedMany(batch)),
      "bare loop": rate("bare loop", (batch) => bare.run(batch.map((text) => texts.idsOf(text)))),
      ...Object.fromEntries(
        BATCHES.map((size) => [batchName(size), rate(batchName(size), (batch) => peer.embed(batch, size))]),
      ),
    };
    const rates = await interleave(contenders, context.effort === "full" ? 5 : 1);
    rows.push(...rowsOf(tokens, rates));
    const shown = Object.keys(rates).map((name) => {
      const perSecond = summarise(rates[name]!).median.toFixed(0);
      return `${name} ${perSecond} at ${cost.perText(name).toFixed(1)} ms`;
    });
    notes.push(`${tokens} tokens, texts/s and processor time of a text: ${shown.join("; ")}`);
  }
  return { rows, notes };
}

function batchName(size: number): string {
  return `transformers.js, batches of ${size}`;
}

function rowsOf(tokens: number, rates: Readonly<Record<string, number[]>>): Row[] {
  const ours = rates.amalfa!;
  const names = BATCHES.map(batchName);
  const best = names.sort((a, b) => summarise(rates[b]!).median - summarise(rates[a]!).median)[0]!;
  const row = (peer: string, least: number): Row => {
    const ratio = summariseRatio(ours, rates[peer]!);
    return {
      case: `${tokens} tokens`,
      unit: "texts/s",
      ours: summarise(ours),
      peer: { name: peer, summary: summarise(rates[peer]!), ratio },
      goals: [atLeast(ratio.median, least, "ratio")],
    };
  };
  return [row(best, LEAST_TIMES), row("bare loop", LEAST_OF_BARE)];
}

/** Processor time by contender: what remains comparable when other programs take part of the cores. */
class CpuTime {
  readonly #perText = new Map<string, number[]>();

  async measure(name: string, texts: number, work: () => Promise<number>): Promise<number> {
    const before = process.cpuUsage();
    const elapsed = await work();
    const { user, system } = process.cpuUsage(before);
    const times = this.#perText.get(name) ?? [];
    times.push((user + system) / 1000 / texts);
    this.#perText.set(name, times);
    return elapsed;
  }

  /** The median over the rounds, in milliseconds. */
  perText(name: string): number {
    return summarise(this.#perText.get(name) ?? []).median;
  }
}

interface TransformersPeer {
  embed(texts: readonly string[], batch: number): Promise<void>;
}

/** The feature-extraction pipeline of transformers.js, on the files that amalfa uses. */
async function loadTransformers(): Promise<TransformersPeer> {
  const { env, pipeline } = await import("@huggingface/transformers");
  const model = benchModel();
  const carrier = carrierDirectory(model);
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = carrier === undefined ? PACKAGED_MODELS : join(carrier, "..");
  const extract = await pipeline("feature-extraction", model.directory, { dtype: "q8", device: "cpu" });
  return {
    async embed(texts, batch) {
      for (let start = 0; start < texts.length; start += batch) {
        await extract(texts.slice(start, start + batch), { pooling: "mean", normalize: true });
      }
    },
  };
}

const COMMON =
  "time people water house world school state family student group country problem hand place case week company system program question work government number night point home room mother area money story fact month right study book eye job word business issue side kind head".split(
    " ",
  );

/** Texts of exactly so many tokens, `[CLS]` and `[SEP]` included, so that no peer has to pad. */
class TextsOfLength {
  /** Token ids of the texts handed out last, made before any clock starts. */
  #ids = new Map<string, Int32Array>();
  readonly #tokenizer: Tokenizer;
  readonly #words: number;
  readonly #next: () => number;

  constructor(tokenizer: Tokenizer, tokens: number, seed = tokens) {
    this.#tokenizer = tokenizer;
    this.#next = seededNumbers(seed);
    this.#words = tokens - 2;
  }

  next(count: number): string[] {
    this.#ids = new Map();
    return Array.from({ length: count }, () => {
      const words = Array.from(
        { length: this.#words },
        () => COMMON[Math.floor(this.#next() * COMMON.length)],
      );
      const text = words.join(" ");
      if (this.#tokenizer.count(text) !== this.#words) throw new Error("A word is more than one token.");
      this.#ids.set(text, this.#tokenizer.encode(text));
      return text;
    });
  }

  idsOf(text: string): Int32Array {
    return this.#ids.get(text) ?? this.#tokenizer.encode(text);
  }
}

/** `embedMany` of texts that are all hits, against the bare SELECTs that fetch the same vectors. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { cacheKey, vectorOfRow } from "../../src/embedding/cache/row.ts";
import { VectorCache } from "../../src/embedding/cache/vector-cache.ts";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { TextGenerator } from "./generate-text.ts";
import { VectorGenerator } from "./generate-vectors.ts";
import { type Contender, interleave, milliseconds } from "./interleave.ts";
import { benchModel } from "./prepared-project.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const MOST = 1.2;

export const cachedEmbedding: Figure = {
  name: "cached-embedding",
  title: "embedMany of hits (ms)",
  measure,
};

async function measure(context: BenchContext): Promise<FigureResult> {
  const full = context.effort === "full";
  const count = full ? 10_000 : 200;
  const path = join(context.folder, "vector_cache.sqlite");
  const model = benchModel();
  const generator = new TextGenerator(1, 50);
  const texts = Array.from({ length: count }, (_, index) => generator.paragraph(index % 50, 40, 160));
  const keys = texts.map((text) => cacheKey(text, model.id));
  fill(path, keys);
  const ours: Contender = () =>
    milliseconds(async () => {
      await using embedder = createEmbedder({
        model,
        cachePath: path,
        modelsDirectory: context.folder,
        onWarning: context.note,
      });
      const vectors = await embedder.embedMany(texts);
      if (vectors.length !== count || embedder.stats().misses > 0) throw new Error("These were to be hits.");
    });
  const selects = bareSelects(path, keys);
  const floor: Contender = () => milliseconds(() => leastWork(path, texts));
  const contenders: Record<string, Contender> = { ours, floor, ...selects };
  await interleave(contenders, 2);
  const times = await interleave(contenders, full ? 25 : 1);
  const ranked = Object.keys(selects).sort(
    (a, b) => summarise(times[a]!).median - summarise(times[b]!).median,
  );
  const row = (peer: string, values: readonly number[]): Row => {
    const ratio = summariseRatio(times.ours!, values);
    return {
      case: `${count.toLocaleString("en")} hits`,
      unit: "ms",
      ours: summarise(times.ours!),
      peer: { name: peer, summary: summarise(values), ratio },
      goals: [atMost(ratio.median, MOST, "ratio")],
    };
  };
  const length = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / count);
  const best = ranked[0]!;
  return {
    rows: [row(`SELECT, ${best}`, times[best]!), row("hash, SELECT and check", times.floor!)],
    notes: [
      `texts of ${length} characters on average; amalfa opens the cache, hashes each text, and checks each vector`,
      ...ranked.map((name) => `SELECT, ${name}: ${summarise(times[name]!).median.toFixed(1)} ms`),
    ],
  };
}

/** What no implementation can leave out: SHA-256 of each text, its row, and the proof that the row is whole. */
function leastWork(path: string, texts: readonly string[]): void {
  const model = benchModel();
  using db = new Database(path, { readonly: true });
  const query = db.prepare(
    "SELECT wanted.key, vector, checksum FROM json_each(?) AS wanted CROSS JOIN cache ON cache.key = wanted.value",
  );
  for (let start = 0; start < texts.length; start += 500) {
    const keys = texts.slice(start, start + 500).map((text) => cacheKey(text, model.id));
    for (const [place, vector, checksum] of query.values(JSON.stringify(keys)) as [
      number,
      unknown,
      unknown,
    ][]) {
      if (vectorOfRow(keys[place]!, vector, checksum, model.dimensions) === undefined)
        throw new Error("A row is bad.");
    }
  }
}

function fill(path: string, keys: readonly string[]): void {
  const model = benchModel();
  const vectors = new VectorGenerator({
    seed: 1,
    dimensions: model.dimensions,
    topics: 50,
    groupsPerTopic: 4,
  });
  using cache = VectorCache.open(path, {
    dimensions: model.dimensions,
    modelId: model.id,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  const rows = keys.map((key, index) => ({ key, vector: vectors.vector(index) }));
  for (let start = 0; start < rows.length; start += 1_000)
    cache.put(rows.slice(start, start + 1_000), model.id);
}

/** Reads the rows by their known keys, in several ways; a connection of its own each time, as amalfa has. */
function bareSelects(path: string, keys: readonly string[]): Record<string, Contender> {
  const inBatches = (size: number) => () =>
    withDatabase(
      path,
      (db) => {
        const query = db.prepare(
          "SELECT vector FROM json_each(?) AS wanted CROSS JOIN cache ON cache.key = wanted.value",
        );
        let rows = 0;
        for (let start = 0; start < keys.length; start += size) {
          rows += query.values(JSON.stringify(keys.slice(start, start + size))).length;
        }
        return rows;
      },
      keys.length,
    );
  return {
    "one by one": () =>
      withDatabase(
        path,
        (db) => {
          const query = db.prepare("SELECT vector FROM cache WHERE key = ?");
          return keys.reduce((rows, key) => rows + query.values(key).length, 0);
        },
        keys.length,
      ),
    "100 at a time": inBatches(100),
    "500 at a time": inBatches(500),
    "2,000 at a time": inBatches(2_000),
  };
}

function withDatabase(path: string, read: (db: Database) => number, expected: number): Promise<number> {
  return milliseconds(() => {
    using db = new Database(path, { readonly: true });
    if (read(db) !== expected) throw new Error("Not every row was found.");
  });
}

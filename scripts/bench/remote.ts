/**
 * A vector cache that machines share: taking ten thousand rows from it against reading them from the cache of this
 * machine and against computing them, what it adds to the ingest of a day, and what one costs that is not there. The
 * round trip is made by a line that delays each byte.
 */
import { join } from "node:path";
import { cacheKey, VectorCache } from "../../src/embedding/cache/index.ts";
import { createEmbedder, type Embedder } from "../../src/embedding/index.ts";
import { loadRemote } from "../../src/embedding/remote/index.ts";
import { projectPaths } from "../../src/project/index.ts";
import { freePort } from "../../tests/helpers/free-port.ts";
import { type InstantBackend, instantBackend } from "../../tests/helpers/instant-backend.ts";
import { REDIS, RedisProcess } from "../../tests/helpers/redis.ts";
import { remoteUse, silentServer } from "../../tests/helpers/remote.ts";
import { atLeast, atMost, type BenchContext, type Figure, type FigureResult, type Row } from "./figure.ts";
import { TextGenerator } from "./generate-text.ts";
import { VectorGenerator } from "./generate-vectors.ts";
import { interleave, milliseconds } from "./interleave.ts";
import { benchModel } from "./prepared-project.ts";
import { type Summary, summarise, summariseRatio } from "./statistics.ts";

export const remote: Figure = { name: "remote", title: "A vector cache that machines share (ms)", measure };

/** Round trips, in milliseconds. */
const ROUND_TRIPS = [0, 1, 5, 20] as const;
/** Texts that are new on a day. */
const OF_A_DAY = 64;
/** An ingest looks for documents, reads and cuts them before it asks for a first vector: meanwhile it connects. */
const BEFORE_MS = 150;

const MOST_TIMES: Readonly<Record<number, number>> = { 0: 2, 20: 4 };
const LEAST_OVER_COMPUTING = 50;
const MOST_BEYOND_ROUND_TRIP_MS = 10;
const MOST_DEAD_MS = 1_500;
const MOST_SILENT_MS = 2_500;

type Mode = "read" | "readwrite";

/** One machine's run, with a vector cache of its own. */
class Bench {
  readonly #context: BenchContext;
  readonly model = benchModel();
  #caches = 0;

  constructor(context: BenchContext) {
    this.#context = context;
  }

  freshCache(): string {
    return join(this.#context.folder, `cache-${this.#caches++}.sqlite`);
  }

  texts(count: number, seed: number): string[] {
    const generator = new TextGenerator(seed, 50);
    return Array.from({ length: count }, (_, at) => generator.paragraph(at % 50, 40, 160));
  }

  async #embedder(cachePath: string, url: string | undefined, mode: Mode, backend?: InstantBackend) {
    const { openLiveRemote } = await loadRemote();
    const { model } = this;
    const onWarning = () => {};
    const use = url === undefined ? undefined : remoteUse(url, { mode });
    const shared =
      use === undefined ? undefined : openLiveRemote({ use, model, onWarning, onNotice: () => {} });
    const { models: modelsDirectory } = projectPaths(this.#context.folder);
    return createEmbedder({
      ...{ model, cachePath, modelsDirectory, onWarning },
      ...(shared === undefined ? {} : { remote: shared }),
      ...(backend === undefined ? {} : { startBackend: backend.start }),
    });
  }

  /** What a run takes from its first wish for a vector to its end, in milliseconds. */
  async run(
    texts: readonly string[],
    how: { readonly cachePath?: string; readonly url?: string; readonly mode?: Mode },
  ): Promise<number> {
    const { cachePath = this.freshCache(), url, mode = "read" } = how;
    const embedder: Embedder = await this.#embedder(cachePath, url, mode, instantBackend());
    embedder.expect();
    await Bun.sleep(BEFORE_MS);
    return await milliseconds(async () => {
      await embedder.embedMany(texts);
      await embedder.close();
    });
  }

  /** Throws where the remote did not give all of it: nothing else would be measured. */
  async take(texts: readonly string[], url: string): Promise<number> {
    const embedder = await this.#embedder(this.freshCache(), url, "read", instantBackend());
    embedder.expect();
    await Bun.sleep(BEFORE_MS);
    const took = await milliseconds(() => embedder.embedMany(texts));
    const { misses, remote: part } = embedder.stats();
    await embedder.close();
    if (misses > 0) throw new Error(`${misses} vectors were not taken: ${part?.fault}`);
    return took;
  }

  /** Asks for rows and proves them, and no more. */
  async ask(texts: readonly string[], url: string): Promise<number> {
    const { openLiveRemote } = await loadRemote();
    const { model } = this;
    const use = remoteUse(url, { mode: "read" });
    const shared = openLiveRemote({ use, model, onWarning: fail, onNotice: () => {} });
    shared.expect();
    await Bun.sleep(BEFORE_MS);
    const took = await milliseconds(async () => {
      const found = await shared.find(texts.map((text) => cacheKey(text, model.id)));
      if (found.size < texts.length) throw new Error(`${texts.length - found.size} rows were not taken.`);
    });
    await shared.close();
    return took;
  }

  async compute(texts: readonly string[]): Promise<number> {
    const embedder = await this.#embedder(this.freshCache(), undefined, "read");
    // The model is loaded before: what is compared is the work for each text.
    await embedder.embedMany(["something else"]);
    const took = await milliseconds(() => embedder.embedMany(texts));
    await embedder.close();
    return took;
  }

  /** Reads and proves rows of a file that has them, and no more. */
  readLocally(cachePath: string, texts: readonly string[]): Promise<number> {
    const { id: modelId, dimensions } = this.model;
    return milliseconds(() => {
      const onWarning = () => {};
      using cache = VectorCache.open(cachePath, { modelId, dimensions, onWarning, access: "read" });
      if (cache.get(texts.map((text) => cacheKey(text, modelId))).size < texts.length) {
        throw new Error("These were to be hits.");
      }
    });
  }

  /** Made-up vectors, in a vector cache and on a server. */
  async fill(
    texts: readonly string[],
    { cachePath, url }: { readonly cachePath: string; readonly url: string },
  ) {
    const { openLiveRemote } = await loadRemote();
    const { model } = this;
    const { id: modelId, dimensions } = model;
    const vectors = new VectorGenerator({ seed: 1, dimensions, topics: 50, groupsPerTopic: 4 });
    const rows = texts.map((text, at) => ({ key: cacheKey(text, modelId), vector: vectors.vector(at) }));
    using cache = VectorCache.open(cachePath, { modelId, dimensions, onWarning: fail });
    for (let start = 0; start < rows.length; start += 2_000) {
      const part = rows.slice(start, start + 2_000);
      cache.put(part, modelId);
      const use = remoteUse(url, { mode: "readwrite" });
      const shared = openLiveRemote({ use, model, onWarning: fail, onNotice: () => {} });
      shared.offer(part);
      await shared.close();
    }
  }
}

function fail(message: string): never {
  throw new Error(message);
}

/** A line to a port that takes so long there and back, in milliseconds. Ended by whoever asked for it. */
async function slowLine(port: number, roundTripMs: number): Promise<{ url: string } & Disposable> {
  if (roundTripMs === 0) return { url: `redis://127.0.0.1:${port}`, [Symbol.dispose]: () => {} };
  const args = [join(import.meta.dir, "slow-line.ts"), String(port), String(roundTripMs / 2)];
  const child = Bun.spawn([process.execPath, ...args], { stdout: "pipe", stdin: "ignore" });
  const { value } = await child.stdout.getReader().read();
  const url = `redis://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  return { url, [Symbol.dispose]: () => child.kill() };
}

async function measure(context: BenchContext): Promise<FigureResult> {
  if (REDIS === undefined) return { rows: [], notes: ["no redis-server is installed: nothing was measured"] };
  const isFull = context.effort === "full";
  const count = isFull ? 10_000 : 200;
  const rounds = isFull ? 7 : 1;
  const bench = new Bench(context);
  await using server = await RedisProcess.start();
  using lines = new DisposableStack();
  const urls = new Map<number, string>();
  for (const ms of ROUND_TRIPS) urls.set(ms, lines.use(await slowLine(server.port, ms)).url);
  const texts = bench.texts(count, 1);
  const cachePath = bench.freshCache();
  context.note(`putting ${count} rows to a server`);
  await bench.fill(texts, { cachePath, url: server.url });
  const few = bench.texts(isFull ? 200 : 4, 2);
  const rows = [
    ...(await takingRows(bench, { texts, cachePath, urls, few, rounds })),
    ...(await dailyIngest(bench, urls, rounds)),
    ...(await withoutServer(bench, isFull ? 5 : 1)),
  ];
  return {
    rows,
    notes: [
      `Redis; ${count} rows of ${bench.model.dimensions} dimensions; a line in a process of its own delays each byte`,
      "the cache of this machine: reading and proving as many rows that lie there",
      `a run begins to connect ${BEFORE_MS} ms before it asks for its first vector, as an ingest does`,
    ],
  };
}

interface Taking {
  readonly texts: readonly string[];
  /** A vector cache that has them. */
  readonly cachePath: string;
  /** By round trip. */
  readonly urls: ReadonlyMap<number, string>;
  /** Texts to be computed. */
  readonly few: readonly string[];
  readonly rounds: number;
}

async function takingRows(bench: Bench, { texts, cachePath, urls, few, rounds }: Taking): Promise<Row[]> {
  const remotes = Object.fromEntries(
    [...urls].flatMap(([ms, url]) => [
      [`remote ${ms}`, () => bench.ask(texts, url)] as const,
      [`kept ${ms}`, () => bench.take(texts, url)] as const,
    ]),
  );
  const contenders = {
    ...remotes,
    local: () => bench.readLocally(cachePath, texts),
    computed: async () => ((await bench.compute(few)) / few.length) * texts.length,
  };
  await interleave({ warm: remotes["remote 0"]!, local: contenders.local }, 1);
  const times = await interleave<string>(contenders, rounds);
  const local = { name: "cache of this machine", summary: summarise(times.local!) };
  return [...urls.keys()].flatMap((ms): Row[] => {
    const [asked, kept] = [times[`remote ${ms}`]!, times[`kept ${ms}`]!];
    const most = MOST_TIMES[ms];
    const ratio = summariseRatio(asked, times.local!);
    const faster = summariseRatio(times.computed!, kept).median;
    const unit = "ms";
    return [
      {
        ...{ case: `${texts.length} rows asked for and proved, round trip ${ms} ms`, unit },
        ours: summarise(asked),
        peer: { ...local, ratio },
        goals: most === undefined ? [] : [atMost(ratio.median, most, "ratio")],
      },
      {
        ...{ case: "the same, kept in the cache of this machine", unit },
        ours: summarise(kept),
        peer: { ...local, ratio: summariseRatio(kept, times.local!) },
        goals: [atLeast(faster, LEAST_OVER_COMPUTING, `${faster.toFixed(0)} times faster than computing,`)],
      },
    ];
  });
}

/** What a remote adds to a run of a few texts that nobody has, as most of them are on a day. */
async function dailyIngest(bench: Bench, urls: ReadonlyMap<number, string>, rounds: number): Promise<Row[]> {
  let seed = 100;
  const fresh = () => bench.texts(OF_A_DAY, seed++);
  const times = await interleave<string>(
    {
      none: () => bench.run(fresh(), {}),
      ...Object.fromEntries(
        [...urls].flatMap(([ms, url]) =>
          (["read", "readwrite"] as const).map((mode) => [
            `${mode} ${ms}`,
            () => bench.run(fresh(), { url, mode }),
          ]),
        ),
      ),
    },
    rounds * 3,
  );
  return [...urls.keys()].flatMap((ms) =>
    (["read", "readwrite"] as const).map((mode): Row => {
      const added = difference(times[`${mode} ${ms}`]!, times.none!);
      const most = ms + MOST_BEYOND_ROUND_TRIP_MS;
      return {
        case: `added to ${OF_A_DAY} new texts, ${mode}, round trip ${ms} ms`,
        unit: "ms",
        ours: added,
        goals: mode === "read" ? [atMost(added.median, most, "ms")] : [],
      };
    }),
  );
}

/** Its time over that of a run without, in the same round. */
function difference(times: readonly number[], without: readonly number[]): Summary {
  return summarise(times.map((time, round) => time - without[round]!));
}

async function withoutServer(bench: Bench, rounds: number): Promise<Row[]> {
  const refused = `redis://127.0.0.1:${await freePort()}`;
  using silent = silentServer();
  const texts = bench.texts(OF_A_DAY, 3);
  const times = await interleave(
    {
      none: () => bench.run(texts, {}),
      refused: () => bench.run(texts, { url: refused, mode: "readwrite" }),
      silent: () => bench.run(texts, { url: silent.url, mode: "readwrite" }),
    },
    rounds,
  );
  const row = (name: string, values: readonly number[], most: number): Row => {
    const added = difference(values, times.none);
    return { case: name, unit: "ms", ours: added, goals: [atMost(added.median, most, "ms")] };
  };
  return [
    row("added by a server that is down", times.refused, MOST_DEAD_MS),
    row("added by a server that is silent", times.silent, MOST_SILENT_MS),
  ];
}

/**
 * The embedder of whoever asks again and again: opened at the first use, kept warm between uses, and let go of after
 * a while without any, so that an idle server does not hold a model in memory.
 */
import { Warm } from "../system/index.ts";
import type { Embedder } from "./embedder.ts";

export class WarmEmbedder implements AsyncDisposable {
  readonly #embedder: Warm<Embedder>;
  #opened: Embedder | undefined;

  /** @param idleMs how long it is kept after its last use, in milliseconds; for ever by default */
  constructor(open: () => Promise<Embedder>, idleMs?: number) {
    this.#embedder = new Warm({
      start: async () => {
        this.#opened = await open();
        return this.#opened;
      },
      stop: async (embedder) => {
        if (this.#opened === embedder) this.#opened = undefined;
        await embedder.close();
      },
      ...(idleMs === undefined ? {} : { idleMs }),
      // An embedder lets go of a backend that failed by itself.
      afterFailure: "keep",
    });
  }

  /** Runs `work` with the embedder, which stays open at least until it is done. */
  use<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
    return this.#embedder.use(async (opening) => work(await opening));
  }

  /** The same, only where a model is in memory already; nothing is loaded, nor let go. */
  async useWarm<T>(work: (embedder: Embedder) => Promise<T>): Promise<T | undefined> {
    if (this.#opened?.stats().modelLoaded !== true) return undefined;
    return this.useStayingOpen(work);
  }

  /** The same, loading the model where need be. */
  useStayingOpen<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
    return this.use((embedder) => work(stayingOpen(embedder)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#embedder[Symbol.asyncDispose]();
  }
}

/** An embedder for an ingest, which lets go of what it used at its end: here the next query needs it. */
function stayingOpen(embedder: Embedder): Embedder {
  const nothing = async (): Promise<void> => {};
  return {
    model: embedder.model,
    embed: (text) => embedder.embed(text),
    embedMany: (texts, options) => embedder.embedMany(texts, options),
    find: (texts, options) => embedder.find(texts, options),
    predict: (texts, options) => embedder.predict(texts, options),
    stats: () => embedder.stats(),
    unload: nothing,
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

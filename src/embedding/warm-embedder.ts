/**
 * The embedder of whoever asks again and again: opened at the first use, kept warm between uses, and let go of after
 * a while without any, so that an idle server does not hold a model in memory.
 */
import { findModel } from "../project/index.ts";
import { Warm } from "../system/index.ts";
import type { Embedder } from "./embedder.ts";

/** Of the configured model, where that is not on this machine. */
const CONFIGURED = "";

export class WarmEmbedder implements AsyncDisposable {
  readonly #open: (modelId: string | undefined) => Promise<Embedder>;
  readonly #idleMs: number | undefined;
  /** By model id: while a project moves to another model, its graph is still asked by the one that made it. */
  readonly #embedders = new Map<string, Warm<Embedder>>();
  readonly #opened = new Map<string, Embedder>();

  /** The name of the configured model. */
  readonly #configured: string;

  /**
   * @param configured the name of the configured model
   * @param open the embedder of a model, by its id, or of the configured one
   * @param idleMs how long it is kept after its last use, in milliseconds; for ever by default
   */
  constructor(configured: string, open: (modelId: string | undefined) => Promise<Embedder>, idleMs?: number) {
    this.#configured = configured;
    this.#open = open;
    this.#idleMs = idleMs;
  }

  /**
   * Runs `work` with the embedder, which stays open at least until it is done. @param modelId by default the configured
   * model's
   */
  use<T>(work: (embedder: Embedder) => Promise<T>, modelId?: string): Promise<T> {
    return this.#warm(modelId ?? this.#configuredKey()).use(async (opening) => work(await opening));
  }

  /** The same, only where the configured model is in memory already; nothing is loaded, nor let go. */
  async useWarm<T>(work: (embedder: Embedder) => Promise<T>): Promise<T | undefined> {
    if (this.#opened.get(this.#configuredKey())?.stats().modelLoaded !== true) return undefined;
    return this.use((embedder) => work(stayingOpen(embedder)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#embedders.values()].map((embedder) => embedder[Symbol.asyncDispose]()));
  }

  #configuredKey(): string {
    return findModel(this.#configured)?.id ?? CONFIGURED;
  }

  #warm(key: string): Warm<Embedder> {
    const known = this.#embedders.get(key);
    if (known !== undefined) return known;
    const made = new Warm<Embedder>({
      start: async () => {
        const opened = await this.#open(key === CONFIGURED ? undefined : key);
        this.#opened.set(key, opened);
        return opened;
      },
      stop: async (embedder) => {
        if (this.#opened.get(key) === embedder) this.#opened.delete(key);
        await embedder.close();
      },
      ...(this.#idleMs === undefined ? {} : { idleMs: this.#idleMs }),
      // The embedder itself lets go of a backend that failed, so it can be used again.
      afterFailure: "keep",
    });
    this.#embedders.set(key, made);
    return made;
  }
}

/** An embedder that an ingest cannot close at its end, since the next query needs it. */
function stayingOpen(embedder: Embedder): Embedder {
  const nothing = async (): Promise<void> => {};
  return {
    model: embedder.model,
    embed: (text) => embedder.embed(text),
    embedMany: (texts, options) => embedder.embedMany(texts, options),
    find: (texts, options) => embedder.find(texts, options),
    predict: (texts, options) => embedder.predict(texts, options),
    expect: () => embedder.expect(),
    warm: () => embedder.warm(),
    stats: () => embedder.stats(),
    unload: nothing,
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

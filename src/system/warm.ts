/**
 * Something that is costly to start, such as a model in memory: started at its first use, dropped when it fails, and
 * let go of after a while without use.
 *
 * A use is handed what is being started, so that it may do other things meanwhile; what it waits for is open until
 * the use is done.
 */
import { interrupted } from "./errors.ts";

export interface WarmOptions<Resource> {
  readonly start: () => Promise<Resource>;
  readonly stop: (resource: Resource) => Promise<void>;
  /** How long it is kept after its last use, in milliseconds; for ever by default. */
  readonly idleMs?: number;
  /**
   * What a failed use means for it: "stop" where a failure leaves it in an unknown state, "keep" where it mends
   * itself. One that failed to start is started anew by the next use in any case.
   */
  readonly afterFailure: "stop" | "keep";
}

export class Warm<Resource> implements AsyncDisposable {
  readonly #options: WarmOptions<Resource>;
  #starting: Promise<Resource> | undefined;
  readonly #uses = new Set<Promise<unknown>>();
  #timer: Timer | undefined;
  #ended = false;

  constructor(options: WarmOptions<Resource>) {
    this.#options = options;
  }

  /** Whether it is started, or about to be. */
  get isWarm(): boolean {
    return this.#starting !== undefined;
  }

  /** Throws what `start` and `work` throw, and `interrupted` after the end. */
  async use<T>(work: (starting: Promise<Resource>) => Promise<T>): Promise<T> {
    if (this.#ended) throw interrupted("The work");
    clearTimeout(this.#timer);
    const use = this.#run(work);
    this.#uses.add(use);
    try {
      return await use;
    } finally {
      this.#uses.delete(use);
      this.#letGoLater();
    }
  }

  /** Lets go of it now; the next use starts another one. */
  async unload(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#stop(this.#starting);
  }

  /**
   * The end. Resolves once nothing is under way any more: what is, is cut short by the stop, but a use that was just
   * about to ask may start something anew in it, which is then stopped as well.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    const starting = this.#starting;
    await this.#stop(starting);
    if (this.#uses.size === 0) return;
    await Promise.allSettled(this.#uses);
    await this.#stop(starting);
  }

  async #run<T>(work: (starting: Promise<Resource>) => Promise<T>): Promise<T> {
    this.#starting ??= this.#options.start();
    const starting = this.#starting;
    // Whoever does not wait for it is not told that it failed, and neither is the process.
    starting.catch(() => {});
    try {
      return await work(starting);
    } catch (error) {
      const started = await starting.then(
        () => true,
        () => false,
      );
      if (!started && this.#starting === starting) this.#starting = undefined;
      if (this.#options.afterFailure === "stop") await this.#stop(starting);
      throw error;
    }
  }

  async #stop(starting: Promise<Resource> | undefined): Promise<void> {
    if (this.#starting === starting) this.#starting = undefined;
    const resource = await starting?.catch(() => undefined);
    if (resource !== undefined) await this.#options.stop(resource);
  }

  #letGoLater(): void {
    const { idleMs } = this.#options;
    if (this.#ended || idleMs === undefined || this.#uses.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#stop(this.#starting), idleMs);
    this.#timer.unref();
  }
}

/**
 * What subscribers of a project are told: that there are other documents than before, and that a resource says
 * something else.
 *
 * Whoever changes the graph, an answer that brings files in, an ingest, the watcher, another process, need not know of
 * them: the graph's state is looked at while somebody listens, and what the files say every few seconds.
 */
import type { Look, LookRequest } from "./look.ts";

export type Change = { readonly kind: "list" } | { readonly kind: "resource"; readonly uri: string };

export interface Wanted {
  readonly uris: readonly string[];
  /** Whether the coming and going of documents is told. */
  readonly list: boolean;
}

export type Tell = (change: Change) => void;

const LOOK_EVERY_MS = 1_000;
/** How many looks there are to one that brings in what the files say. A graph that nobody uses is let go of between. */
const FILES_EVERY = 10;

interface Subscriber {
  readonly uris: ReadonlySet<string>;
  readonly list: boolean;
  readonly tell: Tell;
}

export class Follower implements Disposable {
  readonly #look: (request: LookRequest) => Promise<Look>;
  readonly #everyMs: number;
  readonly #subscribers = new Set<Subscriber>();
  /** What each resource that is followed said last. */
  #said = new Map<string, string | null>();
  #list: string | undefined;
  #state: string | undefined;
  /** Whether somebody has come whose resources have not been looked at, whatever the state. */
  #isNew = false;
  #looks = 0;
  #timer: Timer | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(look: (request: LookRequest) => Promise<Look>, everyMs: number = LOOK_EVERY_MS) {
    this.#look = look;
    this.#everyMs = everyMs;
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0;
  }

  /** Resolves once it is known what there is now: every change after that is told. */
  async add({ uris, list }: Wanted, tell: Tell): Promise<Disposable> {
    const subscriber = { uris: new Set(uris), list, tell };
    this.#subscribers.add(subscriber);
    this.#isNew = true;
    await this.#lookNow(false);
    this.#timer ??= setInterval(() => {
      this.#looks++;
      void this.#lookNow(this.#looks % FILES_EVERY === 0);
    }, this.#everyMs);
    this.#timer.unref();
    return {
      [Symbol.dispose]: () => {
        this.#subscribers.delete(subscriber);
        if (this.#subscribers.size === 0) this.#stop();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#subscribers.clear();
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#said.clear();
    this.#list = undefined;
    this.#state = undefined;
  }

  /** One after the other. A graph that cannot be read now is looked at again later. */
  #lookNow(files: boolean): Promise<void> {
    this.#last = this.#last.then(() => this.#compare(files)).catch(() => {});
    return this.#last;
  }

  async #compare(files: boolean): Promise<void> {
    if (this.#subscribers.size === 0) return;
    const uris = [...new Set([...this.#subscribers].flatMap((each) => [...each.uris]))];
    const since = this.#isNew ? undefined : this.#state;
    this.#isNew = false;
    const { state, now } = await this.#look({ uris, since, files });
    if (now === undefined) return;
    const list = this.#list;
    const before = this.#said;
    this.#state = state;
    this.#list = now.list;
    this.#said = new Map(uris.map((uri, place) => [uri, now.said[place] ?? null]));
    if (list !== undefined && list !== now.list) this.#tellAll({ kind: "list" });
    for (const [uri, said] of this.#said)
      if (before.has(uri) && before.get(uri) !== said) this.#tellAll({ kind: "resource", uri });
  }

  #tellAll(change: Change): void {
    for (const { uris, list, tell } of this.#subscribers)
      if (change.kind === "list" ? list : uris.has(change.uri)) tell(change);
  }
}

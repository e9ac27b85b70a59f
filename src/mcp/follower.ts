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

/** Ends at once when it is disposed of, also before it is ready. */
export interface Following extends Disposable {
  /** Resolves once it is known what there is now: every change after that is told. Never rejects. */
  readonly ready: Promise<void>;
}

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
  /** The look that has not begun yet; whoever wants one until then shares it. */
  #next: { files: boolean; readonly done: Promise<void> } | undefined;
  /** How often everybody has left: what was seen for those before says nothing to those after. */
  #stops = 0;

  constructor(look: (request: LookRequest) => Promise<Look>, everyMs: number = LOOK_EVERY_MS) {
    this.#look = look;
    this.#everyMs = everyMs;
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0;
  }

  /** The place is taken when this returns: whoever counts or ends them need not wait. */
  follow({ uris, list }: Wanted, tell: Tell): Following {
    const subscriber = { uris: new Set(uris), list, tell };
    this.#subscribers.add(subscriber);
    this.#isNew = true;
    const ready = this.#lookNow(false).then(() => this.#keepLooking());
    return {
      ready,
      [Symbol.dispose]: () => {
        if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#stop();
      },
    };
  }

  /** The same, once it is ready. */
  async add(wanted: Wanted, tell: Tell): Promise<Disposable> {
    const following = this.follow(wanted, tell);
    await following.ready;
    return following;
  }

  [Symbol.dispose](): void {
    this.#subscribers.clear();
    this.#stop();
  }

  #keepLooking(): void {
    if (this.#subscribers.size === 0) return;
    this.#timer ??= setInterval(() => {
      this.#looks++;
      void this.#lookNow(this.#looks % FILES_EVERY === 0);
    }, this.#everyMs);
    this.#timer.unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#said.clear();
    this.#list = undefined;
    this.#state = undefined;
    this.#stops++;
  }

  /**
   * One after the other. A graph that cannot be read now is looked at again later. A thousand who come at once want one
   * look, not one each at the resources of all of them.
   */
  #lookNow(files: boolean): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.files ||= files;
      return this.#next.done;
    }
    const done = this.#last
      .then(() => {
        const wantsFiles = this.#next?.files ?? files;
        this.#next = undefined;
        return this.#compare(wantsFiles);
      })
      .catch(() => {});
    this.#next = { files, done };
    this.#last = done;
    return done;
  }

  async #compare(files: boolean): Promise<void> {
    if (this.#subscribers.size === 0) return;
    const uris = [...new Set([...this.#subscribers].flatMap((each) => [...each.uris]))];
    const stops = this.#stops;
    const isNew = this.#isNew;
    this.#isNew = false;
    const since = isNew ? undefined : this.#state;
    const { state, now } = await this.#looked({ uris, since, files }, isNew);
    if (now === undefined || stops !== this.#stops) return;
    const list = this.#list;
    const before = this.#said;
    this.#state = state;
    this.#list = now.list;
    this.#said = new Map(uris.map((uri, place) => [uri, now.said[place] ?? null]));
    if (list !== undefined && list !== now.list)
      for (const each of this.#subscribers) if (each.list) each.tell({ kind: "list" });
    const changed = uris.filter((uri) => before.has(uri) && before.get(uri) !== this.#said.get(uri));
    if (changed.length > 0) this.#tellOf(new Set(changed));
  }

  async #looked(request: LookRequest, isNew: boolean): Promise<Look> {
    try {
      return await this.#look(request);
    } catch (error) {
      // What newcomers listen for has still not been looked at.
      this.#isNew ||= isNew;
      throw error;
    }
  }

  #tellOf(changed: ReadonlySet<string>): void {
    for (const { uris, tell } of this.#subscribers)
      for (const uri of uris) if (changed.has(uri)) tell({ kind: "resource", uri });
  }
}

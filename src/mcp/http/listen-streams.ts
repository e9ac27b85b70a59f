/**
 * Streams of `subscriptions/listen`: each carries the changes of one project, to the bearer of a token that opens it.
 *
 * The SDK has one line of events for all of its streams, and tells each what fits its filter; a document of one project
 * is called as one of another is. So each stream is given a line of its own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import type { Change, Follower, Wanted } from "../follower.ts";
import { MOST_SUBSCRIPTIONS } from "../subscriptions.ts";
import type { Caller } from "./rights.ts";

/** Streams of all tokens together; each holds a connection. */
const MOST_STREAMS = 1_024;

type Listener = (event: ServerEvent) => void;

interface OpenStream {
  readonly caller: Caller;
  readonly ending: AbortController;
}

export class ListenStreams {
  readonly #streams = new Set<OpenStream>();
  readonly #opening = new AsyncLocalStorage<(listener: Listener) => () => void>();
  /** What the SDK is given. */
  readonly bus: ServerEventBus = {
    publish: () => {},
    subscribe: (listener) => {
      const begin = this.#opening.getStore();
      if (begin === undefined) throw new Error("a stream of changes was opened that nobody has counted");
      return begin(listener);
    },
  };

  get size(): number {
    return this.#streams.size;
  }

  hasRoomFor({ grant }: Caller): boolean {
    const own = [...this.#streams].filter(({ caller }) => caller.grant.id === grant.id).length;
    return own < MOST_SUBSCRIPTIONS && this.#streams.size < MOST_STREAMS;
  }

  /** @param serve answers with the stream, which ends when the signal is aborted */
  async open(
    caller: Caller,
    follower: Follower,
    wanted: Wanted,
    serve: (ending: AbortSignal) => Promise<Response>,
  ): Promise<Response> {
    const stream: OpenStream = { caller, ending: new AbortController() };
    this.#streams.add(stream);
    let listener: Listener = () => {};
    const following = follower.follow(wanted, (change) => listener(eventOf(change)));
    const release = (): void => {
      following[Symbol.dispose]();
      this.#streams.delete(stream);
    };
    let isOpen = false;
    const begin = (given: Listener): (() => void) => {
      isOpen = true;
      listener = given;
      return release;
    };
    try {
      await following.ready;
      return await this.#opening.run(begin, () => serve(stream.ending.signal));
    } finally {
      if (!isOpen) release();
    }
  }

  /** Ends those of whoever may not listen any more. */
  endUnless(mayListen: (caller: Caller) => boolean): void {
    for (const { caller, ending } of this.#streams) if (!mayListen(caller)) ending.abort();
  }
}

function eventOf(change: Change): ServerEvent {
  return change.kind === "list"
    ? { kind: "resources_list_changed" }
    : { kind: "resource_updated", uri: change.uri };
}

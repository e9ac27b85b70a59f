/** Clients that are told of changes: what they ask for, and how they are told. */
import { type Server, specTypeSchemas } from "@modelcontextprotocol/server";
import type { Change, Follower, Following, Wanted } from "./follower.ts";
import { INVALID_PARAMS, RequestError } from "./request-error.ts";

/** Of one connection, or of one token; and resources of each. */
export const MOST_SUBSCRIPTIONS = 64;
const MOST_RESOURCES = 1_000;

export const TOO_MANY_SUBSCRIPTIONS = "There are too many subscriptions. End some of them.";

/** What the parameters of `subscriptions/listen` ask for, or why nobody is told of that. */
export function wantedIn(params: unknown): Wanted | { readonly refused: string } {
  const filter = (params as { readonly notifications?: unknown } | undefined)?.notifications;
  const read = specTypeSchemas.SubscriptionFilter["~standard"].validate(filter);
  if (read instanceof Promise || read.issues !== undefined)
    return { refused: "Invalid params: 'notifications' is required and must be a valid SubscriptionFilter." };
  const { resourceSubscriptions: uris = [], resourcesListChanged: list = false } = read.value;
  if (uris.length <= MOST_RESOURCES) return { uris, list };
  return {
    refused: `One subscription names at most ${MOST_RESOURCES} resources; this one names ${uris.length}.`,
  };
}

/** Tells a client; whether it still listens is found out by that. */
export function tellClient(server: Server, change: Change): void {
  const told =
    change.kind === "list"
      ? server.sendResourceListChanged()
      : server.sendResourceUpdated({ uri: change.uri });
  void told.catch(() => {});
}

/**
 * Subscriptions of the era with a handshake: each resource by itself, and the list of them from the moment that the
 * client has looked at it.
 */
export class SessionSubscriptions implements Disposable {
  readonly #server: Server;
  readonly #follower: Follower;
  readonly #resources = new Map<string, Following>();
  #list: Following | undefined;
  #hasEnded = false;

  constructor(server: Server, follower: Follower) {
    this.#server = server;
    this.#follower = follower;
  }

  followList(): void {
    if (this.#hasEnded) return;
    this.#list ??= this.#follower.follow({ uris: [], list: true }, (change) =>
      tellClient(this.#server, change),
    );
  }

  /** Requests come while others are under way: the place is taken before anything is waited for. */
  async subscribe(uri: string): Promise<void> {
    if (this.#hasEnded) return;
    const found = this.#resources.get(uri);
    if (found !== undefined) return found.ready;
    if (this.#resources.size >= MOST_RESOURCES)
      throw new RequestError(
        INVALID_PARAMS,
        `No more than ${MOST_RESOURCES} resources can be subscribed to. Unsubscribe from some.`,
      );
    const tell = (change: Change): void => tellClient(this.#server, change);
    const following = this.#follower.follow({ uris: [uri], list: false }, tell);
    this.#resources.set(uri, following);
    await following.ready;
  }

  unsubscribe(uri: string): void {
    this.#resources.get(uri)?.[Symbol.dispose]();
    this.#resources.delete(uri);
  }

  [Symbol.dispose](): void {
    this.#hasEnded = true;
    for (const [uri] of this.#resources) this.unsubscribe(uri);
    this.#list?.[Symbol.dispose]();
  }
}

/** Clients that are told of changes: what they ask for, and how they are told. */
import { ProtocolError, ProtocolErrorCode, type Server, specTypeSchemas } from "@modelcontextprotocol/server";
import type { Change, Follower, Wanted } from "./follower.ts";

/** Of one connection, or of one token; and resources of each. */
export const MOST_SUBSCRIPTIONS = 64;
const MOST_RESOURCES = 1_000;

/** What the parameters of `subscriptions/listen` ask for; undefined where that is too much, or nothing of the kind. */
export function wantedIn(params: unknown): Wanted | undefined {
  const filter = (params as { readonly notifications?: unknown } | undefined)?.notifications;
  const read = specTypeSchemas.SubscriptionFilter["~standard"].validate(filter);
  if (read instanceof Promise || read.issues !== undefined) return undefined;
  const { resourceSubscriptions: uris = [], resourcesListChanged: list = false } = read.value;
  return uris.length > MOST_RESOURCES ? undefined : { uris, list };
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
  readonly #resources = new Map<string, Disposable>();
  #list: Promise<Disposable> | undefined;

  constructor(server: Server, follower: Follower) {
    this.#server = server;
    this.#follower = follower;
  }

  followList(): void {
    this.#list ??= this.#follower.add({ uris: [], list: true }, (change) => tellClient(this.#server, change));
  }

  async subscribe(uri: string): Promise<void> {
    if (this.#resources.has(uri)) return;
    if (this.#resources.size >= MOST_RESOURCES)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `No more than ${MOST_RESOURCES} resources can be subscribed to. Unsubscribe from some.`,
      );
    const tell = (change: Change): void => tellClient(this.#server, change);
    this.#resources.set(uri, await this.#follower.add({ uris: [uri], list: false }, tell));
  }

  unsubscribe(uri: string): void {
    this.#resources.get(uri)?.[Symbol.dispose]();
    this.#resources.delete(uri);
  }

  [Symbol.dispose](): void {
    for (const [uri] of this.#resources) this.unsubscribe(uri);
    void this.#list?.then((following) => following[Symbol.dispose]());
  }
}

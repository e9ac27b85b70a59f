/**
 * The address of a remote vector cache. It may hold a password, so that it shows itself to nobody: what is printed,
 * logged or turned into JSON by mistake is the address without anything that could be a secret.
 */

/** `redis`: a server that is asked row by row. `packs`: a store of files, to which packs of rows are put. */
export type RemoteKind = "redis" | "packs";

interface Protocol {
  readonly kind: RemoteKind;
  readonly encrypted: boolean;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "redis:": { kind: "redis", encrypted: false },
  "rediss:": { kind: "redis", encrypted: true },
  "valkey:": { kind: "redis", encrypted: false },
  "valkeys:": { kind: "redis", encrypted: true },
  "s3:": { kind: "packs", encrypted: true },
  "https:": { kind: "packs", encrypted: true },
  "http:": { kind: "packs", encrypted: false },
};

/** For messages: what an address may begin with. */
export const REMOTE_FORMAT = "an address that begins with rediss://, redis://, https://, http:// or s3://";

export class RemoteUrl {
  readonly #url: URL;
  readonly kind: RemoteKind;
  readonly isEncrypted: boolean;
  readonly isS3: boolean;

  constructor(url: URL, { kind, encrypted }: Protocol) {
    this.#url = url;
    this.kind = kind;
    this.isEncrypted = encrypted;
    this.isS3 = url.protocol === "s3:";
  }

  /** Whether it ends on this very machine. */
  get isLoopback(): boolean {
    if (this.isS3) return false;
    return isLoopbackHost(this.#url.hostname);
  }

  /** Whether there is anything in it beside a place: a user, a password, a query or a fragment. */
  get mayHoldSecret(): boolean {
    const { username, password, search, hash } = this.#url;
    return username + password + search + hash !== "";
  }

  /** The place alone, for people. */
  get shown(): string {
    return `${this.#url.protocol}//${this.#url.host}${this.#url.pathname === "/" ? "" : this.#url.pathname}`;
  }

  /** What stands before all names in a bucket, as it was meant: in an address it is encoded. */
  get prefix(): string {
    const parts = this.#url.pathname.split("/").filter((part) => part !== "");
    return parts.map((part) => `${decoded(part)}/`).join("");
  }

  /** All of it; only for whoever connects. */
  reveal(): URL {
    return new URL(this.#url);
  }

  /** What must not be seen in any message, in every way in which it may be written. */
  secrets(): string[] {
    const { username, password, search } = this.#url;
    const parts = [password, username, ...new URLSearchParams(search).values(), search.slice(1)];
    return parts.flatMap((part) => [part, decoded(part)]).filter((part) => part.length > 2);
  }

  toString(): string {
    return this.shown;
  }

  toJSON(): string {
    return this.shown;
  }
}

/** Undefined for what is no such address. */
export function parseRemoteUrl(text: string): RemoteUrl | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !Object.hasOwn(PROTOCOLS, url.protocol) || url.hostname === "") return undefined;
  return new RemoteUrl(url, PROTOCOLS[url.protocol]!);
}

export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Refuses requests that may not ask at all. Those that name another host, or come from a page of another site, are
 * refused before anything else is looked at; those without a token before their body is read.
 */

export interface GuardOptions {
  /** In lower case, without port. */
  readonly names: ReadonlySet<string>;
  /** Origins of web pages that may ask, besides the server's own. */
  readonly origins: readonly string[];
}

/** Why a request is refused for where it comes from; undefined where it is not. */
export function foreignReason(headers: Headers, { names, origins }: GuardOptions): string | undefined {
  const host = headers.get("host");
  if (host === null || !names.has(hostnameOf(host)))
    return "This server is not called by that name. `--allow-host` adds names.";
  const origin = headers.get("origin");
  if (origin === null) return undefined;
  if (origins.includes(origin)) return undefined;
  // The same host and the same port: a page that this server itself would have sent.
  const isOwn =
    /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, "").toLowerCase() === host.toLowerCase();
  return isOwn ? undefined : "This server does not answer pages of other sites. `--allow-origin` adds some.";
}

function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}

/** The bearer token of a request; undefined where there is none. */
export function bearerOf(headers: Headers): string | undefined {
  return /^bearer +(\S{1,512}) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}

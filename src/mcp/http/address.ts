/** Where a server listens, and by which names it may be called. */
import { hostname, networkInterfaces } from "node:os";
import { AmalfaError } from "../../system/index.ts";

const DEFAULT_PORT = 3011;
const FORM = "Write HOST:PORT, such as 127.0.0.1:3011 or [::1]:3011.";

export interface Address {
  /** As the system takes it: without the brackets of IPv6. */
  readonly host: string;
  /** 0 leaves the choice to the system. */
  readonly port: number;
  /** Whether a port was asked for: else another one will do where the usual one is taken. */
  readonly isPortGiven: boolean;
}

/** `HOST:PORT`, `HOST`, `PORT` or nothing. Throws `usage`. */
export function parseAddress(text: string | undefined): Address {
  if (text === undefined) return { host: "127.0.0.1", port: DEFAULT_PORT, isPortGiven: false };
  if (/^\d+$/.test(text)) return { host: "127.0.0.1", port: portIn(text, text), isPortGiven: true };
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/]+))(?::(\d+))?$/i.exec(text) ?? [];
  const bare = /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(text) ? text : undefined;
  const host = bracketed ?? plain ?? bare;
  if (host === undefined) {
    throw new AmalfaError("usage", `"${text}" is no address to listen on.`, { hint: FORM });
  }
  return port === undefined
    ? { host, port: DEFAULT_PORT, isPortGiven: false }
    : { host, port: portIn(port, text), isPortGiven: true };
}

/** A name that no address belongs to would be taken for a port in use. Throws `usage`. */
export async function requireHost({ host }: Address): Promise<void> {
  const { lookup } = await import("node:dns/promises");
  try {
    await lookup(host);
  } catch (cause) {
    throw new AmalfaError("usage", `"${host}" is no address to listen on: there is no host of that name.`, {
      hint: FORM,
      cause,
    });
  }
}

function portIn(digits: string, text: string): number {
  const port = Number(digits);
  if (port <= 65_535) return port;
  throw new AmalfaError("usage", `The port in "${text}" is not one from 0 to 65535.`);
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether it stands for all addresses of the machine. */
function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

/** The address of a server, for people and clients. */
export function urlOf(host: string, port: number, isSecure: boolean): string {
  const shown = isEverywhere(host) ? "127.0.0.1" : host;
  return `${isSecure ? "https" : "http"}://${shown.includes(":") ? `[${shown}]` : shown}:${port}`;
}

/**
 * The names by which a server may be called, in lower case and without port. A page of a stranger can give its own
 * name any address (DNS rebinding); it cannot give itself one of these.
 */
export function ownNames(host: string, allowed: readonly string[]): ReadonlySet<string> {
  const names = new Set(["localhost", "127.0.0.1", "[::1]", ...allowed.map((name) => name.toLowerCase())]);
  if (isLoopback(host)) return names;
  names.add(nameOf(host));
  names.add(hostname().toLowerCase());
  if (isEverywhere(host)) for (const address of ownAddresses()) names.add(nameOf(address));
  return names;
}

function nameOf(host: string): string {
  return host.includes(":") ? `[${host.toLowerCase()}]` : host.toLowerCase();
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

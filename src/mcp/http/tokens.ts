/**
 * The tokens of a user's servers: what they open, and never the tokens themselves, only their digests.
 *
 * One file each, outside of every project, readable by its owner alone; whoever adds one and whoever takes one back do
 * not meet. A server that runs notices both with the next request.
 */
import { createHash, randomBytes } from "node:crypto";
import { lstatSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { makeOwnFolder, userStateFolder } from "../../project/index.ts";
import { readSmallFile, writeOwnFile } from "../../system/files/index.ts";
import { AmalfaError, accessReason } from "../../system/index.ts";

/** What a token lets its bearer do; each is separate, and reading is not implied. */
export type Right = "read" | "tag" | "write";

export const RIGHTS: readonly Right[] = ["read", "tag", "write"];

export interface Grant {
  /** Names the token, and is no secret. */
  readonly id: string;
  /** What it is for, in its owner's words. */
  readonly name: string;
  /** Absolute roots of the projects that it opens. */
  readonly projects: readonly string[];
  readonly rights: readonly Right[];
}

export interface StoredGrant extends Grant {
  /** ISO 8601. */
  readonly since: string;
}

interface TokenFile extends StoredGrant {
  /** SHA-256 of the token, in hex. */
  readonly sha256: string;
}

/** Bits of a mode that let anybody but the owner in. */
const OTHERS = 0o077;

function folder(): string {
  return join(userStateFolder(), "tokens");
}

/** A token that nobody can guess. */
export function makeToken(): string {
  return `amalfa_${randomBytes(32).toString("base64url")}`;
}

export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Makes a token. It is told once, here. Throws `token.unwritable`. */
export function addToken(grant: Omit<Grant, "id">): { readonly token: string; readonly grant: StoredGrant } {
  const token = makeToken();
  const stored = { id: randomBytes(4).toString("hex"), ...grant, since: new Date().toISOString() };
  const file = join(folder(), `${stored.id}.json`);
  try {
    makeOwnFolder(folder());
    const text = `${JSON.stringify({ ...stored, sha256: digestOf(token) }, undefined, 2)}\n`;
    writeOwnFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new AmalfaError("token.unwritable", `${folder()} cannot be written: ${accessReason(error)}.`, {
      cause: error,
    });
  }
  return { token, grant: stored };
}

/** All tokens, oldest first. */
export function listTokens(): StoredGrant[] {
  return readTokenFiles()
    .map(({ sha256: _, ...grant }) => grant)
    .sort((a, b) => (a.since < b.since ? -1 : 1));
}

/** Takes tokens back, by their id or name. @returns those that there were; throws `token.unknown` for none */
export function revokeTokens(wanted: string): StoredGrant[] {
  const found = listTokens().filter(({ id, name }) => id === wanted || name === wanted);
  if (found.length === 0) throw new AmalfaError("token.unknown", `There is no token "${wanted}".`);
  for (const { id } of found) rmSync(join(folder(), `${id}.json`), { force: true });
  return found;
}

function readTokenFiles(): TokenFile[] {
  let names: string[];
  try {
    if (!isOwn(folder())) return [];
    names = readdirSync(folder()).filter((name) => /^[\da-f]{8}\.json$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => readTokenFile(join(folder(), name)) ?? []);
}

/** Whatever is not whole and the user's own opens nothing. */
function readTokenFile(path: string): TokenFile | undefined {
  try {
    if (!isOwn(path)) return undefined;
    const { id, name, projects, rights, since, sha256 } = JSON.parse(
      readSmallFile(path),
    ) as Partial<TokenFile>;
    if (typeof id !== "string" || typeof name !== "string" || typeof since !== "string") return undefined;
    if (typeof sha256 !== "string" || !Array.isArray(projects) || !Array.isArray(rights)) return undefined;
    return { id, name, projects, rights: RIGHTS.filter((right) => rights.includes(right)), since, sha256 };
  } catch {
    return undefined;
  }
}

/** Windows has no such modes: there a user's folder is the user's. */
function isOwn(path: string): boolean {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return false;
  return process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & OTHERS) === 0);
}

const READ_AGAIN_MS = 2_000;

/** Tells by a token what its bearer may do. */
export class Tokens {
  readonly #own: { readonly sha256: string; readonly grant: Grant } | undefined;
  #stored = new Map<string, Grant>();
  #stamp = "";
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param own the token of this server alone, from its environment or made for it */
  constructor(own: { readonly token: string; readonly grant: Grant } | undefined) {
    this.#own = own === undefined ? undefined : { sha256: digestOf(own.token), grant: own.grant };
  }

  /** Compared are digests, so that the time it takes says nothing about the token. */
  grantOf(token: string): Grant | undefined {
    const sha256 = digestOf(token);
    if (this.#own?.sha256 === sha256) return this.#own.grant;
    this.#readAgain();
    return this.#stored.get(sha256);
  }

  /** Whether a token still opens what it did when it was asked last. */
  opens(grant: Grant): boolean {
    if (this.#own?.grant.id === grant.id) return true;
    this.#readAgain();
    return [...this.#stored.values()].some((stored) => isDeepStrictEqual(stored, grant));
  }

  #readAgain(): void {
    const stat = statSync(folder(), { throwIfNoEntry: false, bigint: true });
    const stamp = stat === undefined ? "none" : `${stat.ino}:${stat.mtimeNs}`;
    // Two changes within one tick of the file system's clock look like one.
    if (stamp === this.#stamp && performance.now() - this.#readAt < READ_AGAIN_MS) return;
    this.#readAt = performance.now();
    this.#stored = new Map(readTokenFiles().map(({ sha256, since: _, ...grant }) => [sha256, grant]));
    this.#stamp = stamp;
  }
}

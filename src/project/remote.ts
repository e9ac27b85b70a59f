/** What a project has in the way of a remote vector cache: what decides is looked at, and decided. */

import { existsSync, lstatSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { extname, isAbsolute, join } from "node:path";
import { liesBelow, realPath } from "../system/files/index.ts";
import { ConfigError } from "./config-error.ts";
import { loadConsent } from "./consent/index.ts";
import { isLoopbackHost, parseRemoteUrl, REMOTE_FORMAT, type RemoteUrl } from "./remote-url.ts";
import type { RemoteMode, RemoteSettings, Settings } from "./settings.ts";

/** Of a project, what decides. */
interface RemoteSubject {
  readonly root: string;
  readonly settings: Settings;
  readonly settingsFile: string | undefined;
  readonly remoteCache?: "off";
}

/** Throws `config.invalid` where the user's own settings cannot be used. */
export async function remoteOf(project: RemoteSubject): Promise<RemoteDecision> {
  if (project.remoteCache === "off") return { kind: "none" };
  const { settings, settingsFile, root } = project;
  const named = settings.cache.remote;
  return decideRemote({
    env: process.env,
    user: await readUserRemote(root),
    project: named,
    isAgreed: named?.url !== undefined && settingsFile !== undefined && (await isAgreed(settingsFile, named)),
  });
}

/** A program has been agreed to as it is, this address included, or it would not have run. */
async function isAgreed(settingsFile: string, named: RemoteSettings): Promise<boolean> {
  return extname(settingsFile) !== ".json" || (await loadConsent()).hasRemoteConsent(settingsFile, named);
}

/*
 * The settings of the user, which hold for all of their projects: `$XDG_CONFIG_HOME/amalfa/settings.json`, on Windows
 * in `%APPDATA%`. Nothing in a project's folder is ever one of them (I14).
 */

/** Write permission of everybody. */
const WORLD_WRITABLE = 0o002;

/** What the user's settings say of a remote; undefined where there are none. Throws `config.invalid`. */
async function readUserRemote(root: string): Promise<RemoteSettings | undefined> {
  const file = userSettingsFile();
  if (!existsSync(file)) return undefined;
  const problem = distrust(file, root);
  if (problem !== undefined) throw new ConfigError(file, [{ key: "", message: problem }]);
  const [{ readSettingsFile }, { validateUserSettings }, { remoteSettingsOf }] = await Promise.all([
    import("./settings-file.ts"),
    import("./schema.ts"),
    import("./schema-parts.ts"),
  ]);
  const { found, problems } = validateUserSettings(await readSettingsFile(file));
  if (problems.length > 0) throw new ConfigError(file, problems);
  return remoteSettingsOf(found.cache);
}

export function userSettingsFile(): string {
  const { XDG_CONFIG_HOME = "", APPDATA = "" } = process.env;
  const usual = process.platform === "win32" && isAbsolute(APPDATA) ? APPDATA : join(homedir(), ".config");
  return join(isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : usual, "amalfa/settings.json");
}

/** Why a file cannot be taken for the user's own, a clause. */
function distrust(file: string, root: string): string | undefined {
  const real = realPath(file);
  if (liesBelow(root, real) && !homes().some((home) => home === root || liesBelow(root, home))) {
    return "lies in the project, and what lies there are no settings of the user";
  }
  const { uid, mode } = statSync(real);
  if (process.getuid === undefined) return undefined;
  if (uid !== process.getuid() && uid !== 0) return "belongs to somebody else";
  return (mode & WORLD_WRITABLE) !== 0 || lstatSync(file).uid !== uid
    ? "may have been written by somebody else"
    : undefined;
}

/** By the user database, which no variable of the environment changes. */
function homes(): string[] {
  try {
    return [realPath(userInfo().homedir)];
  } catch {
    return [];
  }
}

/*
 * Whether there is a remote vector cache, and on whose word (I14).
 *
 * Vectors reveal text, and whoever may write to a remote supplies vectors. So an address takes effect from the
 * environment, from the settings of the user, or from the project's settings once the user has agreed to that very
 * address. In a project's settings alone it is named and ignored: a folder that was cloned can neither collect vectors
 * nor supply them.
 */

export type RemoteOrigin = "environment" | "user" | "project";

export interface RemoteUse {
  readonly url: RemoteUrl;
  readonly from: RemoteOrigin;
  readonly mode: RemoteMode;
  /** How long a row stays, in milliseconds. */
  readonly ttlMs: number;
  /** Only rows that are signed with it are taken, and what is stored is signed. A secret. */
  readonly signingKey: SigningKey | undefined;
}

type RemoteDecision =
  | { readonly kind: "none" }
  | { readonly kind: "use"; readonly use: RemoteUse }
  /** Named in the project's settings, and nobody has agreed to it. */
  | { readonly kind: "ignored"; readonly shown: string; readonly message: string }
  /** Named by whoever may, and not used all the same. */
  | { readonly kind: "refused"; readonly shown: string; readonly message: string };

/** A secret, which shows itself to nobody. */
export class SigningKey {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = new TextEncoder().encode(text);
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  toJSON(): string {
    return "(secret)";
  }
}

const REMOTE_VARIABLES = {
  url: "AMALFA_CACHE_REMOTE_URL",
  mode: "AMALFA_CACHE_REMOTE_MODE",
  key: "AMALFA_CACHE_SIGNING_KEY",
  plain: "AMALFA_CACHE_REMOTE_PLAIN",
} as const;

/** What decides. */
export interface RemoteFound {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: RemoteSettings | undefined;
  readonly project: RemoteSettings | undefined;
  /** The user has agreed to what the project's settings say of a remote. */
  readonly isAgreed: boolean;
}

/** How long a row stays that nobody has put there again. */
const DEFAULT_TTL_MS = 90 * 24 * 60 * 60 * 1000;

export function decideRemote(found: RemoteFound): RemoteDecision {
  const { env, user, project, isAgreed } = found;
  const named = env[REMOTE_VARIABLES.url]?.trim() ?? "";
  if (named !== "") return settle(found, { text: named, from: "environment", settings: user });
  if (user?.url !== undefined) return settle(found, { text: user.url, from: "user", settings: user });
  if (project?.url === undefined) return { kind: "none" };
  if (isAgreed) return settle(found, { text: project.url, from: "project", settings: project });
  const shown = parseRemoteUrl(project.url)?.shown ?? "an address";
  const message =
    `the project's settings name the remote vector cache ${shown}, which is ignored: vectors can reveal text, ` +
    "and nobody has agreed to it. `amalfa trust` agrees to this very address";
  return { kind: "ignored", shown, message };
}

interface Named {
  readonly text: string;
  readonly from: RemoteOrigin;
  readonly settings: RemoteSettings | undefined;
}

function settle({ env }: RemoteFound, { text, from, settings }: Named): RemoteDecision {
  const url = parseRemoteUrl(text);
  if (url === undefined) {
    return refused("an address that is not shown", `${REMOTE_VARIABLES.url} is not ${REMOTE_FORMAT}`);
  }
  const mode = modeOf(env, from, settings);
  if (mode === undefined) {
    return refused(url.shown, `${REMOTE_VARIABLES.mode} is neither \`read\` nor \`readwrite\``);
  }
  const secret = env[REMOTE_VARIABLES.key] ?? "";
  const signingKey = secret === "" ? undefined : new SigningKey(secret);
  const isPlainAllowed = settings?.isPlain === true || env[REMOTE_VARIABLES.plain] === "1";
  const problem = transportProblem(env, { url, isPlainAllowed, isSigned: signingKey !== undefined });
  if (problem !== undefined) return refused(url.shown, problem);
  const ttlMs = settings?.ttlMs ?? DEFAULT_TTL_MS;
  return { kind: "use", use: { url, from, mode, ttlMs, signingKey } };
}

function refused(shown: string, reason: string): RemoteDecision {
  return { kind: "refused", shown, message: `the remote vector cache ${shown} is not used: ${reason}` };
}

/** People read what CI, which has the address from its environment, writes. */
function modeOf(
  env: RemoteFound["env"],
  from: RemoteOrigin,
  settings: RemoteSettings | undefined,
): RemoteMode | undefined {
  const said = env[REMOTE_VARIABLES.mode]?.trim() ?? "";
  if (said === "read" || said === "readwrite") return said;
  if (said !== "") return undefined;
  return settings?.mode ?? (from === "environment" ? "readwrite" : "read");
}

interface Transport {
  readonly url: RemoteUrl;
  readonly isPlainAllowed: boolean;
  readonly isSigned: boolean;
}

/** Beyond this machine, whoever is on the way could read vectors and put others in their place. A clause. */
function transportProblem(
  env: RemoteFound["env"],
  { url, isPlainAllowed, isSigned }: Transport,
): string | undefined {
  if (!isPlain(env, url) || (isPlainAllowed && isSigned)) return undefined;
  const { key, plain } = REMOTE_VARIABLES;
  const encrypted = url.kind === "redis" ? "rediss://" : "https://";
  return (
    "its connection is not encrypted and leaves this machine. " +
    `Use ${encrypted}; or set both ${plain}=1 and ${key}, and vectors are sent readable, but signed`
  );
}

function isPlain(env: RemoteFound["env"], url: RemoteUrl): boolean {
  if (!url.isS3) return !url.isEncrypted && !url.isLoopback;
  const endpoint = URL.parse(env.S3_ENDPOINT ?? env.AWS_ENDPOINT ?? "");
  return endpoint?.protocol === "http:" && !isLoopbackHost(endpoint.hostname);
}

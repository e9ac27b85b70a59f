/** Giving consent and taking it back, and how consents stand. */

import { lstatSync } from "node:fs";
import { readSmallFile } from "../../system/files/index.ts";
import { messageOf } from "../../system/index.ts";
import type { RemoteSettings } from "../settings.ts";
import { placeOf, readProgram } from "./program.ts";
import {
  addConsent,
  type Consent,
  type ConsentSubject,
  hasConsent,
  listConsents,
  removeConsents,
} from "./store.ts";

/** `current`: it would run. `changed`: its content is another now. `gone`: there is no such file any more. */
export type ConsentState = "current" | "changed" | "gone";

export interface TrustReport {
  /** Absolute path of the settings file. */
  readonly file: string;
  readonly change: "agreed" | "already agreed";
  /** Of the program; null where it is only a remote cache that was agreed to. */
  readonly digest: string | null;
  readonly files: Consent["files"];
}

/**
 * Agrees to what a settings file would run as it is now; consents to what it was before end. Throws
 * `config.untrusted` and `trust.*`.
 */
export function trustSettings(file: string): TrustReport {
  const program = readProgram(file);
  const { digest } = program;
  const files = program.files.map(({ path, sha256 }) => ({ path, sha256 }));
  if (hasConsent(program)) return { file, change: "already agreed", digest, files };
  removeConsents(program.place, "file");
  addConsent(program);
  return { file, change: "agreed", digest, files };
}

export interface ConsentInState extends Consent {
  readonly state: ConsentState;
}

export function consentsWithState(): ConsentInState[] {
  return listConsents().map((consent) => ({ ...consent, state: stateOf(consent) }));
}

function stateOf({ place, digest, remote }: Consent): ConsentState {
  try {
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return "gone";
    if (remote !== undefined) return remoteState(place, digest);
    return readProgram(place).digest === digest ? "current" : "changed";
  } catch (error) {
    return /ENOENT|ENOTDIR/.test(messageOf(error)) ? "gone" : "changed";
  }
}

export interface RemoteTrust {
  readonly url: string;
  readonly mode: "read" | "readwrite";
  readonly change: "agreed" | "already agreed";
}

/** Whether the user has agreed to what the settings in this file say of a remote. */
export function hasRemoteConsent(settingsFile: string, remote: RemoteSettings): boolean {
  const subject = subjectOf(settingsFile, remote);
  return subject !== undefined && hasConsent(subject);
}

/** Agrees to it; a consent to what the file named before ends. Undefined where it names none. Throws `trust.*`. */
export function trustRemote(
  settingsFile: string,
  remote: RemoteSettings | undefined,
): RemoteTrust | undefined {
  const subject = remote === undefined ? undefined : subjectOf(settingsFile, remote);
  if (subject === undefined) return undefined;
  const trust = { url: subject.remote, mode: remote?.mode ?? "read" };
  if (hasConsent(subject)) return { ...trust, change: "already agreed" };
  removeConsents(subject.place, "remote");
  addConsent(subject);
  return { ...trust, change: "agreed" };
}

function subjectOf(
  settingsFile: string,
  { url, mode = "read", isPlain }: RemoteSettings,
): (ConsentSubject & { readonly remote: string }) | undefined {
  if (url === undefined) return undefined;
  return { place: placeOf(settingsFile), digest: digestOf(url, mode, isPlain), files: [], remote: url };
}

function digestOf(url: string, mode: string, isPlain: boolean): string {
  return new Bun.CryptoHasher("sha256")
    .update(JSON.stringify(["cache.remote", url, mode, isPlain]))
    .digest("hex");
}

/** How a consent stands with what the file says now. */
function remoteState(place: string, digest: string): "current" | "changed" {
  const { cache } = JSON.parse(readSmallFile(place)) as { readonly cache?: Record<string, unknown> };
  const { remote = "", remoteMode = "read", remotePlain = false } = cache ?? {};
  const url = URL.parse(String(remote))?.href ?? "";
  return digestOf(url, String(remoteMode), remotePlain === true) === digest ? "current" : "changed";
}

import { readSmallFile } from "../../system/files/index.ts";
import type { RemoteSettings } from "../settings.ts";
import { placeOf } from "./program.ts";
import { addConsent, type ConsentSubject, hasConsent, removeConsents } from "./store.ts";

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
export function remoteState(place: string, digest: string): "current" | "changed" {
  const { cache } = JSON.parse(readSmallFile(place)) as { readonly cache?: Record<string, unknown> };
  const { remote = "", remoteMode = "read", remotePlain = false } = cache ?? {};
  const url = URL.parse(String(remote))?.href ?? "";
  return digestOf(url, String(remoteMode), remotePlain === true) === digest ? "current" : "changed";
}

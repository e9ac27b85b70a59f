/** Giving consent and taking it back, and how consents stand. */
import { lstatSync } from "node:fs";
import { messageOf } from "../../system/index.ts";
import { readProgram } from "./program.ts";
import { remoteState } from "./remote.ts";
import { addConsent, type Consent, hasConsent, listConsents, removeConsents } from "./store.ts";

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

/**
 * Where consents are kept: outside of every project, in the folder of the user's state, one file each, readable and
 * writable by its owner alone. A consent is for one place and one content.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile, writeOwnFile } from "../../system/files/index.ts";
import { AmalfaError, accessReason } from "../../system/index.ts";
import { holdsStateOfItsOwn, isOwn, makeOwnFolder, userStateFolder } from "../state-folder.ts";
import type { Program } from "./program.ts";

export interface ConsentFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

export interface Consent {
  /** Absolute path of the settings file. */
  readonly place: string;
  readonly digest: string;
  readonly files: readonly ConsentFile[];
  /** ISO 8601. */
  readonly since: string;
  /** Where it is not the file that was agreed to, but the remote vector cache that it names: the address. */
  readonly remote?: string;
}

/** What is agreed to. */
export interface ConsentSubject extends Pick<Program, "place" | "digest"> {
  readonly files: readonly ConsentFile[];
  readonly remote?: string;
}

/** Whether there is a consent to exactly this, in exactly this place. */
export function hasConsent(subject: Pick<ConsentSubject, "place" | "digest">): boolean {
  if (isWithinProject(subject)) return false;
  const consent = readConsent(join(consentFolder(), fileName(subject)));
  return consent !== undefined && consent.place === subject.place && consent.digest === subject.digest;
}

/** All consents, those to the same place one after the other. */
export function listConsents(): Consent[] {
  return consentFiles()
    .map(({ consent }) => consent)
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : a.since < b.since ? -1 : 1));
}

/** Throws `trust.unwritable`, or `trust.inside` where the project itself would hold the consent. */
export function addConsent(subject: ConsentSubject): Consent {
  const folder = consentFolder();
  if (isWithinProject(subject)) throw inside(folder);
  const { place, digest, remote } = subject;
  const files = subject.files.map(({ path, sha256 }) => ({ path, sha256 }));
  const about = remote === undefined ? {} : { remote };
  const consent: Consent = { place, digest, files, since: new Date().toISOString(), ...about };
  const file = join(folder, fileName(subject));
  try {
    makeOwnFolder(folder);
    writeOwnFile(file, `${JSON.stringify(consent, undefined, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new AmalfaError("trust.unwritable", `${folder} cannot be written: ${accessReason(error)}.`, {
      cause: error,
    });
  }
  return consent;
}

/** Takes back consents to a place: to the file, or to the remote that it names. @returns how many there were */
export function removeConsents(place: string, to: "file" | "remote"): number {
  const own = consentFiles().filter(
    ({ consent }) => consent.place === place && (consent.remote === undefined) === (to === "file"),
  );
  for (const { file } of own) rmSync(file, { force: true });
  return own.length;
}

function consentFiles(): { readonly file: string; readonly consent: Consent }[] {
  const folder = consentFolder();
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = join(folder, name);
    const consent = readConsent(file);
    return consent === undefined ? [] : [{ file, consent }];
  });
}

function fileName({ place, digest }: Pick<ConsentSubject, "place" | "digest">): string {
  return `${new Bun.CryptoHasher("sha256").update(JSON.stringify([place, digest])).digest("hex")}.json`;
}

/** Undefined for whatever somebody else could have written. */
function readConsent(file: string): Consent | undefined {
  try {
    if (!isOwn(consentFolder()) || !isOwn(file)) return undefined;
    const { place, digest, files, since, remote } = JSON.parse(readSmallFile(file)) as Partial<Consent>;
    if (typeof place !== "string" || typeof digest !== "string" || typeof since !== "string")
      return undefined;
    if (!Array.isArray(files) || (remote !== undefined && typeof remote !== "string")) return undefined;
    return { place, digest, files, since, ...(remote === undefined ? {} : { remote }) };
  } catch {
    return undefined;
  }
}

function consentFolder(): string {
  return join(userStateFolder(), "trusted");
}

/** A project must not bring the consent to itself along, unless it is the user's own home that is the project. */
function isWithinProject({ place }: Pick<ConsentSubject, "place">): boolean {
  const root = join(place, "..");
  return holdsStateOfItsOwn(root, consentFolder());
}

function inside(folder: string): AmalfaError {
  return new AmalfaError(
    "trust.inside",
    `Consents would be kept in ${folder}, which lies in the project itself.`,
  );
}

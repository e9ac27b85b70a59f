/**
 * Where consents are kept: outside of every project, in the folder of the user's state, one file each, readable and
 * writable by its owner alone. A consent is for one place and one content.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { liesBelow } from "../../system/files/index.ts";
import { AmalfaError, accessReason } from "../../system/index.ts";
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
}

/** Bits of a mode that let anybody but the owner in. */
const OTHERS = 0o077;

/** Whether there is a consent to exactly this program, in exactly this place. */
export function hasConsent(program: Program): boolean {
  if (isWithinProject(program)) return false;
  const consent = readConsent(join(consentFolder(), fileName(program)));
  return consent !== undefined && consent.place === program.place && consent.digest === program.digest;
}

/** All consents, those to the same place one after the other. */
export function listConsents(): Consent[] {
  return consentFiles()
    .map(({ consent }) => consent)
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : a.since < b.since ? -1 : 1));
}

/** Throws `trust.unwritable`, or `trust.inside` where the project itself would hold the consent. */
export function addConsent(program: Program): Consent {
  const folder = consentFolder();
  if (isWithinProject(program)) throw inside(folder);
  const { place, digest } = program;
  const files = program.files.map(({ path, sha256 }) => ({ path, sha256 }));
  const consent: Consent = { place, digest, files, since: new Date().toISOString() };
  const file = join(folder, fileName(program));
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    writeFileSync(temporary, `${JSON.stringify(consent, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new AmalfaError("trust.unwritable", `${folder} cannot be written: ${accessReason(error)}.`, {
      cause: error,
    });
  }
  return consent;
}

/** Takes back all consents to a place. @returns how many there were */
export function removeConsents(place: string): number {
  const own = consentFiles().filter(({ consent }) => consent.place === place);
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

function fileName({ place, digest }: Pick<Program, "place" | "digest">): string {
  return `${new Bun.CryptoHasher("sha256").update(JSON.stringify([place, digest])).digest("hex")}.json`;
}

/** Undefined for whatever somebody else could have written. */
function readConsent(file: string): Consent | undefined {
  try {
    if (!isOwn(consentFolder()) || !isOwn(file)) return undefined;
    const { place, digest, files, since } = JSON.parse(readFileSync(file, "utf8")) as Partial<Consent>;
    if (typeof place !== "string" || typeof digest !== "string" || typeof since !== "string")
      return undefined;
    return Array.isArray(files) ? { place, digest, files, since } : undefined;
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

/** `$XDG_STATE_HOME/amalfa/trusted`, on Windows in `%LOCALAPPDATA%`. */
function consentFolder(): string {
  const { XDG_STATE_HOME = "", LOCALAPPDATA = "" } = process.env;
  const usual =
    process.platform === "win32" && isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : join(homedir(), ".local/state");
  return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : usual, "amalfa/trusted");
}

/** A project must not bring the consent to itself along, unless it is the user's own home that is the project. */
function isWithinProject({ place }: Pick<Program, "place">): boolean {
  const root = join(place, "..");
  return liesBelow(root, consentFolder()) && !homes().some((home) => home === root || liesBelow(root, home));
}

/** By the user database, which no variable of the environment changes. */
function homes(): string[] {
  try {
    return [realpathSync(userInfo().homedir)];
  } catch {
    return [];
  }
}

function inside(folder: string): AmalfaError {
  return new AmalfaError(
    "trust.inside",
    `Consents would be kept in ${folder}, which lies in the project itself.`,
  );
}

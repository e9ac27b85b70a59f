/**
 * What is in a PID file, before anybody asks whether it is true: line 1 is the PID, as always; line 2 is the
 * service's record.
 */

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ProjectPaths } from "../../project/index.ts";
import { readSmallFile, writeOwnFile } from "../../system/files/index.ts";
import { AmalfaError, accessReason, messageOf, systemErrorCode } from "../../system/index.ts";
import { isPid } from "../../system/process/index.ts";
import { parseJsonObject } from "../http.ts";

export type PidFile =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: string }
  /** Not a PID file at all: empty, garbage, a PID that no process can have, a folder. */
  | { readonly kind: "malformed"; readonly reason: string; readonly stamp: string }
  | {
      readonly kind: "read";
      readonly pid: number;
      /** Undefined for files that hold a PID only, as earlier versions wrote them. */
      readonly record: ServiceRecord | undefined;
      /** Changes whenever the file does. */
      readonly stamp: string;
    };

/** No PID file is longer; what is, is something else. */
const LONGEST_BYTES = 64 * 1024;

/** Reads a PID file. Never throws, follows no link, and opens nothing but regular files. */
export function readPidFile(path: string): PidFile {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined) return { kind: "absent" };
    const place = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    if (stat.isDirectory()) return { kind: "unreadable", reason: "it is a folder" };
    if (!stat.isFile()) return { kind: "malformed", reason: "it is not a regular file", stamp: place };
    if (stat.size > LONGEST_BYTES) return { kind: "malformed", reason: "it is too long", stamp: place };
    const text = readSmallFile(path, LONGEST_BYTES);
    return parsePidFile(text, `${place}\n${text}`);
  } catch (error) {
    return systemErrorCode(error) === "ENOENT"
      ? { kind: "absent" }
      : { kind: "unreadable", reason: messageOf(error) };
  }
}

function parsePidFile(text: string, stamp: string): PidFile {
  if (text.trim() === "") return { kind: "malformed", reason: "it is empty", stamp };
  const [first = "", ...rest] = text.split("\n");
  const pid = /^\s*\d{1,10}\s*$/.test(first) ? Number(first) : Number.NaN;
  if (!isPid(pid)) {
    const shown = JSON.stringify(first.trim().slice(0, 40));
    return { kind: "malformed", reason: `${shown} is not the PID of a process`, stamp };
  }
  return { kind: "read", pid, record: parseServiceRecord(rest.join("\n")), stamp };
}

/* The second line of a PID file: the identity of a service, as JSON. */

/** What a service writes about itself. */
export interface ServiceRecord {
  readonly service: string;
  /** Absolute path of the project root that it serves. */
  readonly root: string;
  /** As in `ProcessIdentity`; null where the system does not tell. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /**
   * The PID namespace in which the PID counts; absent in files of earlier versions, null where the system does not
   * tell.
   */
  readonly pidNamespace?: string | null;
  /** Whether the service holds the liveness lock beside its PID file; absent in files of earlier versions. */
  readonly livenessLock?: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
  /** Null before it listens, and for services on stdio. */
  readonly port: number | null;
  /** Where a service that listens elsewhere than on 127.0.0.1, or encrypts, answers for its health there. */
  readonly healthPort?: number | null;
  /** The address for clients, of services that have such. */
  readonly url?: string | null;
  /** Model id, of services that have one. */
  readonly model: string | null;
}

/**
 * Undefined for text that is no record. What is missing or of the wrong type, apart from service and root, is not
 * known.
 */
function parseServiceRecord(text: string): ServiceRecord | undefined {
  const value = parseJsonObject(text);
  if (value === undefined) return undefined;
  const { service, root, startTime, bootId, pidNamespace, lifeLock, startedAt, version, model, url } = value;
  if (typeof service !== "string" || typeof root !== "string") return undefined;
  const textOf = (field: unknown) => (typeof field === "string" ? field : null);
  const portOf = (field: unknown) =>
    typeof field === "number" && Number.isInteger(field) && field > 0 && field < 65_536 ? field : null;
  return {
    service,
    root,
    startTime: textOf(startTime),
    bootId: textOf(bootId),
    pidNamespace: textOf(pidNamespace),
    livenessLock: lifeLock === true,
    startedAt: textOf(startedAt) ?? "",
    version: textOf(version) ?? "",
    port: portOf(value.port),
    healthPort: portOf(value.healthPort),
    url: textOf(url),
    model: textOf(model),
  };
}

/** The port of the loopback interface on which a service answers for its health. */
export function healthPortOf({
  healthPort,
  port,
}: Pick<ServiceRecord, "healthPort" | "port">): number | null {
  return healthPort ?? port;
}

/**
 * What follows the PID in a PID file. There the liveness lock keeps the name that it has in files of other versions.
 */
export function writtenServiceRecord({ livenessLock, ...record }: ServiceRecord): string {
  return JSON.stringify({ ...record, lifeLock: livenessLock });
}

/* Which PID files a project has. */

/** The PID files in a project's runtime folder, sorted by name. Absolute paths. Throws `service.runtime`. */
export function listPidFiles(paths: Pick<ProjectPaths, "runtime">): string[] {
  try {
    const names = readdirSync(paths.runtime).filter((name) => name.endsWith(".pid"));
    return names.sort().map((name) => join(paths.runtime, name));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw new AmalfaError(
      "service.runtime",
      `The folder of the PID files, ${paths.runtime}, cannot be read: ${accessReason(error)}.`,
      { cause: error },
    );
  }
}

/*
 * A secret of the project, by which an answer on a port is told from a stranger's: whoever asks sends a text of its
 * own choice, and a service of this project answers with a digest that only somebody who knows the secret can make.
 *
 * It proves an answer, and nothing about a process: nobody is signalled on account of it (I6).
 */

const NAME = "nonce";
const SECRET = /^[0-9a-f]{64}$/;

/** The project's secret; undefined where there is none yet. Never throws. */
export function readNonce({ runtime }: Pick<ProjectPaths, "runtime">): string | undefined {
  const path = join(runtime, NAME);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const text = readSmallFile(path).trim();
    return SECRET.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The secret for a service that starts; undefined where it cannot be made. The caller holds the lock of the PID files.
 *
 * @param isInUse whether another service of the project runs, which then has proved itself by the secret that is there.
 * Any other may have come with the folder, and be known to whoever made that (I14): it is replaced.
 */
export function makeNonce(
  paths: Pick<ProjectPaths, "runtime">,
  { isInUse }: { readonly isInUse: boolean },
): string | undefined {
  const found = isInUse ? readNonce(paths) : undefined;
  if (found !== undefined) return found;
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
  try {
    // Whole or not at all; what is there already is none.
    writeOwnFile(join(paths.runtime, NAME), `${secret}\n`, { mode: 0o600 });
    return secret;
  } catch {
    return undefined;
  }
}

/**
 * What a service answers to a challenge. The port keeps a stranger from passing the question on to the service that
 * it poses as.
 */
export function answerTo(
  challenge: string,
  secret: string,
  { pid, port }: { pid: number; port: number },
): string {
  return new Bun.CryptoHasher("sha256", secret).update(`${challenge}\n${pid}\n${port}`).digest("hex");
}

/**
 * What a process of the same user sends to be let in by a service that takes no others. It is no answer to any
 * challenge, which all have several lines.
 */
export function callerToken(secret: string, { pid, port }: { pid: number; port: number }): string {
  return new Bun.CryptoHasher("sha256", secret).update(`caller of ${pid} at ${port}`).digest("hex");
}

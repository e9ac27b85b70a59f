/**
 * What is in a PID file, before anybody asks whether it is true: line 1 is the PID, as always; line 2 is the service's record.
 */
import { lstatSync, readFileSync } from "node:fs";
import { messageOf, systemErrorCode } from "../../errors.ts";
import { isPid } from "../processes/process-identity.ts";
import { parseServiceRecord, type ServiceRecord } from "./service-record.ts";

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
    const text = readFileSync(path, "utf8");
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

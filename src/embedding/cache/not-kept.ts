/**
 * Why a vector cache takes nothing in although nothing is wrong with it: it lies in a project that is read-only, or on
 * a disk that is full. Neither is a fault that anybody has to mend.
 */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { databaseFiles, shortageBehind, sqliteFault } from "../../sqlite/index.ts";
import { existingFolder, realPlace } from "../../system/files/index.ts";
import { accessReason, systemErrorCode } from "../../system/index.ts";

export interface NotKept {
  readonly kind: "no room" | "read-only";
  /** A clause. */
  readonly reason: string;
}

/** Undefined where the error of opening the file or writing to it says something else. */
export function whyNotKept(path: string, error: unknown): NotKept | undefined {
  const shortage = shortageBehind(path, error);
  if (shortage === "disk" || shortage === "quota")
    return { kind: "no room", reason: "there is no space left" };
  if (!isRefusal(error)) return undefined;
  try {
    for (const place of placesOf(realPlace(path))) accessSync(place, constants.W_OK);
    return undefined;
  } catch (refusal) {
    return REFUSED.test(systemErrorCode(refusal) ?? "")
      ? { kind: "read-only", reason: accessReason(refusal) }
      : undefined;
  }
}

const REFUSED = /^(EACCES|EPERM|EROFS)$/;

function isRefusal(error: unknown): boolean {
  switch (sqliteFault(error)) {
    case "read-only":
    case "interrupted write":
    case "no access":
      return true;
    default:
      return REFUSED.test(systemErrorCode(error) ?? "");
  }
}

/** What has to be written to: the files that are there, and the folder, or the nearest one above it. */
function placesOf(path: string): string[] {
  return [...databaseFiles(path), existingFolder(dirname(path))];
}

/** What keeps a database file from being written, where SQLite's own words do not say it: room, or permissions. */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { existingFolder, realPlace, type Shortage, shortageIn } from "../system/files/index.ts";
import { accessReason, systemErrorCode } from "../system/index.ts";
import { databaseFiles } from "./database-files.ts";
import { isInputOutput, isUnopenable, sqliteFault } from "./errors.ts";
import { Unshareable } from "./open.ts";

/** As where a folder cannot be made. */
const NO_ROOM = /^(ENOSPC|EDQUOT)$/;

/**
 * What was used up, where that is why a statement about the file at `path` failed. SQLite says it of a disk that is
 * full; a quota, a limit, and a disk without room for the memory that connections share look like failing hardware or
 * missing permissions.
 */
export function shortageBehind(path: string, error: unknown): Shortage | undefined {
  if (sqliteFault(error) === "full" || NO_ROOM.test(systemErrorCode(error) ?? "")) return "disk";
  const maybe = isInputOutput(error) || error instanceof Unshareable || isUnopenable(error);
  return maybe ? shortageIn(dirname(realPlace(path))) : undefined;
}

const REFUSED = /^(EACCES|EPERM|EROFS)$/;

/**
 * Why the system keeps writers from the file at `path`, from one beside it or from its folder, a clause; undefined
 * where a statement failed for another reason. SQLite's words for it depend on which of them it met first.
 */
export function refusalBehind(path: string, error: unknown): string | undefined {
  if (!mayBeRefusal(error)) return undefined;
  try {
    const real = realPlace(path);
    for (const place of [...databaseFiles(real), existingFolder(dirname(real))])
      accessSync(place, constants.W_OK);
    return undefined;
  } catch (refusal) {
    return REFUSED.test(systemErrorCode(refusal) ?? "") ? accessReason(refusal) : undefined;
  }
}

function mayBeRefusal(error: unknown): boolean {
  switch (sqliteFault(error)) {
    case "read-only":
    case "interrupted write":
    case "no access":
      return true;
    default:
      return REFUSED.test(systemErrorCode(error) ?? "");
  }
}

/** Whether room was lacking when a statement failed. */
import { dirname } from "node:path";
import { realPlace, type Shortage, shortageIn } from "../system/files/index.ts";
import { systemErrorCode } from "../system/index.ts";
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

import { sqliteFault } from "../../sqlite/index.ts";
import { AmalfaError, accessReason, clauseOf, EXIT, systemErrorCode } from "../../system/index.ts";
import type { ProjectPaths } from "../paths.ts";

/** Why the lock cannot be had, other than that somebody holds it: `lock.unavailable`. */
export function unavailable(paths: ProjectPaths, error: unknown): AmalfaError {
  if (isForbidden(error)) {
    return new AmalfaError(
      "lock.unavailable",
      `${paths.runtime} cannot be written: ${accessReason(error)}.`,
      { cause: error },
    );
  }
  if (isOutOfSpace(error)) {
    return new AmalfaError(
      "lock.unavailable",
      `There is no space left to make the maintenance lock ${paths.maintenanceLock}.`,
      {
        hint:
          "Nothing was changed. Free a few kilobytes and run the command " +
          "again; `amalfa reset --dry-run` says how much a reset would free.",
        exit: EXIT.busy,
        cause: error,
      },
    );
  }
  return new AmalfaError(
    "lock.unavailable",
    `The maintenance lock ${paths.maintenanceLock} cannot be used: ${clauseOf(error)}.`,
    {
      hint:
        "Run `amalfa doctor --check layout.access`; it names the " +
        "folder or file whose permissions or type are wrong.",
      cause: error,
    },
  );
}

/** Whether the disk or the permissions are in the way. */
function isForbidden(error: unknown): boolean {
  return ["EROFS", "EACCES", "EPERM"].includes(systemErrorCode(error) ?? "");
}

function isOutOfSpace(error: unknown): boolean {
  return sqliteFault(error) === "full" || ["ENOSPC", "EDQUOT"].includes(systemErrorCode(error) ?? "");
}

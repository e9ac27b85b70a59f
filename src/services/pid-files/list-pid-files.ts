/** Which PID files a project has. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ProjectPaths } from "../../config/paths.ts";
import { AmalfaError, accessReason, systemErrorCode } from "../../errors.ts";

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
      {
        hint: "Run `amalfa doctor --check layout.access`; it names the folder or file whose permissions or type are wrong.",
        cause: error,
      },
    );
  }
}

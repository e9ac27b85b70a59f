import { existsSync } from "node:fs";
import { join } from "node:path";

export { programFolders } from "../../bin/bun-flags.js";

/**
 * `node:child_process` where it is needed: on systems that have to be asked by a program what others tell in files.
 * Imported at the top, it would be loaded at every start.
 */
export function childProcess(): typeof import("node:child_process") {
  return process.getBuiltinModule("node:child_process");
}

/** The last is that of NixOS. */
const SYSTEM_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"];

/**
 * Absolute path of a program that comes with the system, whether it is there or not. By its name alone, the first of
 * the PATH would run: of whatever `npx` and the like put there, a project's own (I14).
 */
export function systemProgram(name: string): string {
  const places = SYSTEM_FOLDERS.map((folder) => join(folder, name));
  return places.find((place) => existsSync(place)) ?? join("/usr/bin", name);
}

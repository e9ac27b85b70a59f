/**
 * `node:child_process` where it is needed: on systems that have to be asked by a program what others tell in files.
 * Imported at the top, it would be loaded at every start.
 */
export function childProcess(): typeof import("node:child_process") {
  return process.getBuiltinModule("node:child_process");
}

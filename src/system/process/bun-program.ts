/**
 * How amalfa starts programs of its own: so that no file of any folder, the working directory above all, has an
 * effect on them (I14).
 */
import { join } from "node:path";
import { bunFlags } from "../../../bin/bun-flags.js";
import { PACKAGE_FOLDER } from "../program.ts";

/** A program of amalfa as a command line; arguments may follow. @param script absolute path */
export function bunProgram(script: string): string[] {
  return [process.execPath, ...bunFlags(join(PACKAGE_FOLDER, "bin")), script];
}

/**
 * The environment for a program that is to outlive the command that starts it: it does not hear of the launcher that
 * started that one.
 */
export function environmentOfService(): Record<string, string | undefined> {
  const { AMALFA_LAUNCHER: _, ...others } = process.env;
  return others;
}

/**
 * How amalfa starts programs of its own: so that no file of any folder, the working directory above all, has an
 * effect on them (I14).
 */
import { BUN_FLAGS } from "../../../bin/bun-flags.js";

/** A program of amalfa as a command line; arguments may follow. @param script absolute path */
export function bunProgram(script: string): string[] {
  return [process.execPath, ...BUN_FLAGS, script];
}

/**
 * The environment for a program that is to outlive the command that starts it: it does not hear of the launcher that
 * started that one.
 */
export function environmentOfService(): Record<string, string | undefined> {
  const { AMALFA_LAUNCHER: _, ...others } = process.env;
  return others;
}

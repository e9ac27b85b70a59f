/** Programs of amalfa's own: how one is started, and how it ends with whoever started it. */
import { join } from "node:path";
import { bunFlags } from "../../../bin/bun-flags.js";
import { PACKAGE_FOLDER } from "../program.ts";

/*
 * Ending with the parent: a process that hangs in the file system or in native code does not notice that the channel to
 * its parent was closed, and would stay behind for ever. So Linux is asked to kill it when the parent ends
 * (PR_SET_PDEATHSIG, prctl(2)); elsewhere a thread looks every second whether the parent is still there.
 */

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];
const LOOK_MS = 1_000;

/** To be called first, before anything that may hang. Never throws. */
export function dieWithParent(): void {
  const parent = process.ppid;
  if (process.platform !== "linux" || !askSystem()) watchFromThread(parent);
  // It may have ended before that.
  if (process.ppid !== parent) process.exit();
}

function askSystem(): boolean {
  // Loaded here, since nearly no program that imports this room needs it.
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  for (const library of LIBRARIES) {
    try {
      const { symbols } = dlopen(library, {
        prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
      });
      return symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0;
    } catch {
      // Another C library, or none that may be opened.
    }
  }
  return false;
}

function watchFromThread(parent: number): void {
  const program =
    `setInterval(() => { if (process.ppid !== ${parent}) ` +
    `process.kill(process.pid, "SIGKILL"); }, ${LOOK_MS});`;
  try {
    const url = URL.createObjectURL(new Blob([program], { type: "application/javascript" }));
    new Worker(url).unref();
  } catch {
    // Without a thread only the end of the channel is noticed.
  }
}

/**
 * A program of amalfa as a command line, such that no file of any folder, the working directory above all, has an
 * effect on it (I14). Arguments may follow.
 *
 * @param script absolute path
 */
export function bunProgram(script: string): string[] {
  return [process.execPath, ...bunFlags(join(PACKAGE_FOLDER, "bin")), script];
}

/**
 * The environment of a service, which outlives the command that starts it. The variable by which a program ends with
 * its launcher is left out.
 */
export function environmentOfService(): Record<string, string | undefined> {
  const { AMALFA_LAUNCHER: _, ...others } = process.env;
  return others;
}

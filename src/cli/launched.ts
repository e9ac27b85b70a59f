/**
 * The other half of the launcher (`bin/amalfa.js`) where it could not put Bun in its own place: the program ends with
 * it, however it ends.
 *
 * A launcher that is killed cannot pass that on. Linux sends a signal to the children of whoever ends, even to one
 * that is busy; where that cannot be asked for, the program looks four times a second whether the launcher is still
 * there.
 */
const LOOK_EVERY_MS = 250;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** The C libraries of Linux: glibc and musl. */
const C_LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** The launcher's process id; undefined where the program was started in another way, or in the launcher's place. */
export function launcherPid(): number | undefined {
  const pid = Number(process.env.AMALFA_LAUNCHER);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Ends this process when the launcher has ended. */
export async function endWithLauncher(): Promise<void> {
  const launcher = launcherPid();
  if (launcher === undefined) return;
  const parent = process.ppid;
  // A wrapper may stand between the two, as version managers put before Bun: then its end is not the launcher's.
  const told = parent === launcher && process.platform === "linux" && (await askForSignal());
  const look = (): void => {
    if (process.ppid !== parent || !exists(launcher)) process.kill(process.pid, "SIGKILL");
  };
  // It may have ended before it was asked for.
  look();
  if (!told) setInterval(look, LOOK_EVERY_MS).unref();
}

async function askForSignal(): Promise<boolean> {
  const { dlopen, FFIType } = await import("bun:ffi");
  const { i32, u64 } = FFIType;
  for (const library of C_LIBRARIES) {
    try {
      const { symbols } = dlopen(library, { prctl: { args: [i32, u64, u64, u64, u64], returns: i32 } });
      return symbols.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0;
    } catch {
      // Another C library then.
    }
  }
  return false;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/**
 * Commands that see file systems of their own: read-only ones, full ones. Nothing of it is seen outside, and nobody
 * has to be root.
 */

/** What gives a command mounts of its own. Who is not root becomes root of a namespace, where mounting is allowed. */
export const OWN_MOUNTS: readonly string[] = [
  "unshare",
  "--mount",
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
];

/** A command that runs a shell script, in which it may mount, and then what `command` says. */
export function inOwnMounts(script: string, command: readonly string[]): string[] {
  return [...OWN_MOUNTS, "sh", "-ec", `${script}\nexec "$@"`, "sh", ...command];
}

/**
 * A script that puts an empty file system of its own in the place of a folder. @param size as `mount` takes it, such
 * as `4m`
 */
export function mountOwn(folder: string, size: string): string {
  return `mount -t tmpfs -o size=${size} none '${folder}'`;
}

/**
 * A script that makes a mount read-only. The mount, not what is mounted: that may only be done by the root of all
 * namespaces. Who is not may not take restrictions of the file system below away either, so all there could be are
 * asked for.
 */
export function remountReadOnly(folder: string): string {
  return `mount -o remount,bind,ro,nosuid,nodev,noexec '${folder}'`;
}

/** A script that writes to a file system until there is not a byte left. */
export function fillUp(folder: string): string {
  return `dd if=/dev/zero of='${folder}/filler' bs=4k 2>/dev/null || true; dd if=/dev/zero of='${folder}/filler2' bs=1 2>/dev/null || true`;
}

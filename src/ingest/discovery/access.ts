/**
 * Whether this user may read a file, as far as its mode tells.
 *
 * A document is recognised as unchanged without being opened, so that one whose permissions were taken away would go
 * unnoticed for ever (I12). The mode comes with the size and the time and costs nothing; where it leaves doubt, the
 * file is opened and the system has the last word, since access lists may grant what the mode does not.
 */
import type { Stats } from "node:fs";
import type { FileAccess } from "../plan.ts";

const READ_BY_OWNER = 0o400;
const READ_BY_GROUP = 0o040;
const READ_BY_OTHERS = 0o004;
const READ_BY_ANYBODY = READ_BY_OWNER | READ_BY_GROUP | READ_BY_OTHERS;

/** Undefined where there are no such users, as on Windows. */
const USER = process.getuid?.();
const GROUPS: ReadonlySet<number> = new Set([process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])]);

export function accessByMode({ mode, uid, gid }: Pick<Stats, "mode" | "uid" | "gid">): FileAccess {
  if (USER === undefined) return "granted";
  return (mode & bitFor(uid, gid)) === 0 ? "in doubt" : "granted";
}

/** Root reads what belongs to others; a file that nobody may read is worth a try. */
function bitFor(uid: number, gid: number): number {
  if (USER === 0) return READ_BY_ANYBODY;
  if (uid === USER) return READ_BY_OWNER;
  return GROUPS.has(gid) ? READ_BY_GROUP : READ_BY_OTHERS;
}

/** Whose a process is, where it is another user's: then nothing can be sent to it, and nobody looks into it. */
import { readFileSync, statSync } from "node:fs";
import { childProcess, systemProgram } from "../child-process.ts";
import { systemErrorCode } from "../errors.ts";
import { isPid } from "./identity.ts";
import { procFolder } from "./proc.ts";

/**
 * `user kim (uid 1000)`, for messages; undefined for a process that this one may send signals to, as root may to all,
 * and for one that is gone. Never throws.
 */
export function otherUserOf(pid: number): string | undefined {
  if (!isPid(pid)) return undefined;
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    return systemErrorCode(error) === "EPERM" ? userOf(pid) : undefined;
  }
}

function userOf(pid: number): string {
  try {
    const [uid, name] = process.platform === "linux" ? userFromProc(pid) : userFromPs(pid);
    return name === undefined ? `user ${uid}` : `user ${name} (uid ${uid})`;
  } catch {
    return "another user";
  }
}

function userFromProc(pid: number): readonly [string, string | undefined] {
  const uid = String(statSync(procFolder(pid)).uid);
  const line = new RegExp(`^([^:\\n]+):[^:\\n]*:${uid}:`, "m").exec(readFileSync("/etc/passwd", "utf8"));
  return [uid, line?.[1]];
}

function userFromPs(pid: number): readonly [string, string | undefined] {
  const args = ["-o", "uid=,user=", "-p", String(pid)];
  const { stdout } = childProcess().spawnSync(systemProgram("ps"), args, { encoding: "utf8" });
  const [, uid = "", name] = /^\s*(\d+)\s+(\S+)/.exec(stdout) ?? [];
  if (uid === "") throw new Error("ps does not tell");
  return [uid, name];
}

import { readdirSync, readlinkSync } from "node:fs";

/** Whether a process has a graph open, as one has that has just searched by itself. */
export function hasGraphOpen(pid: number): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith("resonance.db");
    } catch {
      return false;
    }
  });
}

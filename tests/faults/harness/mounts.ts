/** File systems of a case's own, in the place of its project. The harness has a mount namespace to itself. */
import { spawnSync } from "node:child_process";
import { copyProject } from "./lab.ts";
import type { World } from "./world.ts";

let allowed: boolean | undefined;

/** Whether file systems can be mounted here. */
export function canMount(): boolean {
  allowed ??=
    process.env.AMALFA_FAULTS_INSIDE !== undefined && spawnSync("mount", ["--version"]).status === 0;
  return allowed;
}

/** Runs `mount`; returns what it says against it. */
export function mount(...args: readonly string[]): string {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  return status === 0 ? "" : stderr.trim() || `status ${status}`;
}

/** Puts the project on a file system in memory, with room for it. @param options as `mount -o` takes them */
export function moveToOwnDisk(world: World, options: string): void {
  const copy = `${world.root}.copy`;
  copyProject(world.root, copy);
  const said = mount("-t", "tmpfs", "-o", `size=256m,${options}`, "none", world.root);
  if (said !== "") throw new Error(`tmpfs: ${said}`);
  world.undo.push(() => {
    spawnSync("umount", ["-l", world.root]);
    spawnSync("rm", ["-rf", copy]);
  });
  copyProject(copy, world.root);
}

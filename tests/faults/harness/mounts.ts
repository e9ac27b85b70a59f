/** File systems of a case's own, in the place of its project. The harness has a mount namespace to itself. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmdirSync, rmSync, truncateSync } from "node:fs";
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

/** Enough that the doctor does not call it nearly full; what is not written takes no space. */
const IMAGE_SIZE = 600 * 2 ** 20;

let hasLoops: boolean | undefined;

/** Whether an image can be mounted as a disk of its own. */
export function canMountImages(): boolean {
  hasLoops ??= canMount() && Bun.which("mkfs.ext4") !== null && spawnSync("losetup", ["-f"]).status === 0;
  return hasLoops;
}

/**
 * Puts the project on a disk of its own, which can fail. Returns what makes it fail, as a disk that answers with
 * errors does: nothing more is written, by whoever has a file open either. And what mends it.
 */
export function moveToFailingDisk(world: World): { readonly fail: () => void; readonly mend: () => void } {
  const copy = `${world.root}.copy`;
  const image = `${world.root}.image`;
  copyProject(world.root, copy);
  closeSync(openSync(image, "w"));
  truncateSync(image, IMAGE_SIZE);
  spawnSync("mkfs.ext4", ["-q", "-F", image]);
  const attach = (): void => {
    const said = mount("-o", "loop", image, world.root);
    if (said !== "") throw new Error(`ext4: ${said}`);
  };
  const detach = (): void => {
    spawnSync("umount", [world.root]);
  };
  world.undo.push(() => {
    spawnSync("umount", ["-l", world.root]);
    for (const path of [copy, image]) rmSync(path, { recursive: true, force: true });
  });
  attach();
  rmdirSync(`${world.root}/lost+found`);
  copyProject(copy, world.root);
  spawnSync("sync", ["-f", world.root]);
  return {
    fail: () => void mount("-o", "remount,abort", world.root),
    mend: () => {
      detach();
      spawnSync("fsck.ext4", ["-fy", image]);
      attach();
    },
  };
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

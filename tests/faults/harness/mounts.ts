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

let hasQuotas: boolean | undefined;

/** Whether there is a file system with quotas that hold for root as well. */
export function canHaveQuotas(): boolean {
  hasQuotas ??= canMountImages() && Bun.which("mkfs.btrfs") !== null && Bun.which("btrfs") !== null;
  return hasQuotas;
}

/**
 * Puts the project on a disk of its own (btrfs) with a quota. Returns what leaves so many bytes more than are used, and
 * what lifts the quota.
 */
export function moveToQuota(world: World): {
  readonly leave: (bytes: number) => void;
  readonly lift: () => void;
} {
  const copy = `${world.root}.copy`;
  const image = `${world.root}.image`;
  const run = (...command: string[]): string => {
    const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr.trim()}`);
    return stdout;
  };
  copyProject(world.root, copy);
  closeSync(openSync(image, "w"));
  truncateSync(image, IMAGE_SIZE);
  world.undo.push(() => {
    spawnSync("umount", ["-l", world.root]);
    for (const path of [copy, image]) rmSync(path, { recursive: true, force: true });
  });
  run("mkfs.btrfs", "-q", image);
  run("mount", "-o", "loop", image, world.root);
  run("btrfs", "quota", "enable", world.root);
  run("btrfs", "subvolume", "create", `${world.root}/project`);
  run("umount", world.root);
  run("mount", "-o", "loop,subvol=project", image, world.root);
  copyProject(copy, world.root);
  return {
    leave: (bytes) => {
      run("sync", "-f", world.root);
      const group = run("btrfs", "qgroup", "show", "-f", "--raw", world.root).trim().split("\n").at(-1);
      const used = Number(group?.trim().split(/\s+/)[1]);
      run("btrfs", "qgroup", "limit", String(used + bytes), world.root);
    },
    // To change a limit takes a little room as well, which a group that is used up has none of.
    lift: () => {
      const lifted = spawnSync("btrfs", ["qgroup", "limit", "none", world.root]).status === 0;
      if (!lifted) run("btrfs", "quota", "disable", world.root);
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

/** What there is too little of: space, inodes, permissions, descriptors, size of files, memory. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, statfsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { WITHOUT_OVERRIDE } from "../../../helpers/privileges.ts";
import {
  canHaveQuotas,
  canMount,
  canMountImages,
  mount,
  moveToFailingDisk,
  moveToOwnDisk,
  moveToQuota,
} from "../mounts.ts";
import type { Vault } from "../vault.ts";
import type { World } from "../world.ts";
import { anyCommand, anyReader, anyWriter, type CommandLine, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

/** Some commands under the fault, the doctor among them, which never fails for what it diagnoses. */
async function work(world: World, times: number): Promise<void> {
  const { random } = world;
  for (; times > 0; times--) {
    const command: CommandLine = random.oneIn(4) ? ["doctor", "--json"] : anyCommand(random, world);
    await world.run(perhapsJson(random, command.at(-1) === "--json" ? command.slice(0, -1) : command));
  }
}

async function fullDisk(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  moveToOwnDisk(world, "nr_inodes=0");
  const { blocks, bfree, bsize } = statfsSync(world.root);
  const used = (blocks - bfree) * bsize;
  const free = random.pick([0, 4096, 16_384, 65_536, 262_144, 1_048_576]) + 4096 * random.between(0, 20);
  world.note(`${free} bytes free`);
  world.write(vault.new);
  mount("-o", `remount,size=${Math.ceil((used + free) / 1024)}k`, world.root);
  world.relieve = () => void mount("-o", "remount,size=2g", world.root);
  await work(world, random.between(1, 3));
  if (random.oneIn(2)) world.relieve();
}

async function quota(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  const { leave, lift } = moveToQuota(world);
  world.mayLoseMemory = true;
  world.write(vault.new);
  const free = random.pick([0, 16_384, 65_536, 262_144, 1_048_576]) + 4096 * random.between(0, 20);
  world.note(`${free} bytes left of the quota`);
  leave(free);
  world.relieve = lift;
  await work(world, random.between(1, 3));
  if (random.oneIn(2)) lift();
}

async function noInodes(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  moveToOwnDisk(world, "nr_inodes=100000");
  world.write(vault.new);
  const { files, ffree } = statfsSync(world.root);
  const more = random.between(0, 6);
  world.note(`${more} inodes free`);
  mount("-o", `remount,size=2g,nr_inodes=${files - ffree + more}`, world.root);
  world.relieve = () => void mount("-o", "remount,size=2g,nr_inodes=0", world.root);
  await work(world, random.between(1, 3));
  if (random.oneIn(2)) world.relieve();
}

/** The file system becomes read-only while a command works, as soon as nobody has a file open for writing. */
async function readOnly(world: World, vault: Vault): Promise<void> {
  const { random, lab } = world;
  moveToOwnDisk(world, "nr_inodes=0");
  mount("-o", "remount,size=2g", world.root);
  world.write(vault.new);
  const command = perhapsJson(random, anyWriter(random));
  const running = world.start(command);
  await Promise.race([
    sleep((random.between(0, 100) / 100) * lab.duration(command.join(" "))),
    running.ended,
  ]);
  let said = "";
  do {
    said = mount("-o", "remount,ro", world.root);
    if (said !== "") await sleep(2);
  } while (said !== "" && running.isRunning);
  if (said !== "") mount("-o", "remount,ro", world.root);
  world.note(running.isRunning ? "read-only in mid-run" : "read-only afterwards");
  world.judge(await running.ended, running.sent);
  await work(world, random.between(0, 2));
  mount("-o", "remount,rw", world.root);
}

/** A disk that fails while a command writes, and is checked and mounted again, with what had reached it. */
async function failingDisk(world: World, vault: Vault): Promise<void> {
  const { random, lab } = world;
  const { fail, mend } = moveToFailingDisk(world);
  world.write(vault.new);
  spawnSync("sync", ["-f", world.root]);
  const command = perhapsJson(random, anyWriter(random));
  const running = world.start(command);
  await Promise.race([
    sleep((random.between(0, 100) / 100) * lab.duration(command.join(" "))),
    running.ended,
  ]);
  fail();
  world.note(running.isRunning ? "the disk failed in mid-run" : "the disk failed afterwards");
  world.judge(await running.ended, running.sent);
  await work(world, random.between(0, 2));
  mend();
}

async function denied(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.before = WITHOUT_OVERRIDE;
  world.write(vault.new);
  const places = [
    ".",
    ".amalfa",
    ".amalfa/cache",
    ".amalfa/runtime",
    ...world.files(".amalfa"),
    ...world.documents.keys(),
  ];
  const changed = new Map<string, number>();
  for (let times = random.between(1, 2); times > 0; times--) {
    const place = world.join(random.pick(places));
    if (!existsSync(place)) continue;
    const stat = lstatSync(place);
    if (!changed.has(place)) changed.set(place, stat.mode & 0o7777);
    const mode = stat.isDirectory() ? random.pick([0, 0o500, 0o400, 0o300]) : random.pick([0, 0o400, 0o200]);
    world.note(`${place.slice(world.root.length)} ${mode.toString(8)}`);
    chmodSync(place, mode);
  }
  // A document that may not be read stays as it was in the graph, beside what is new of the others: status 3 says so.
  world.isBetweenStates = [...world.documents.keys()].some((path) => changed.has(world.join(path)));
  const restore = (): void => {
    for (const [place, mode] of [...changed].reverse()) if (existsSync(place)) chmodSync(place, mode);
    // SQLite gives what it puts beside a database the mode that the database has.
    for (const path of world.files(".amalfa")) chmodSync(world.join(path), 0o644);
  };
  world.relieve = restore;
  world.undo.push(restore);
  await work(world, random.between(1, 3));
  if (random.oneIn(2)) restore();
}

/** @param options of `prlimit`, from a random number */
function limited(options: (world: World) => string, mayBreak: boolean): Kind["run"] {
  return async (world, vault) => {
    const { random } = world;
    if (!random.oneIn(3)) world.write(vault.new);
    for (let times = random.between(1, 2); times > 0; times--) {
      const limit = options(world);
      world.note(limit);
      const command = perhapsJson(random, random.oneIn(3) ? anyReader(random, world) : anyWriter(random));
      await world.run(command, { before: ["prlimit", limit, "--"], mayBreak });
    }
  };
}

const hasPrlimit = (): boolean => Bun.which("prlimit") !== null;

export const LIMITS: readonly Kind[] = [
  {
    name: "full-disk",
    about: "a file system with nothing to a megabyte left (`ENOSPC`)",
    weight: 8,
    isPossible: canMount,
    run: fullDisk,
  },
  {
    name: "quota",
    about:
      "a disk (btrfs) with nothing to a megabyte left of its quota (`EDQUOT`); where the system ends a process for memory that has no place there, what it leaves is judged",
    weight: 5,
    isPossible: canHaveQuotas,
    run: quota,
  },
  {
    name: "no-inodes",
    about: "a file system with no to six inodes left",
    weight: 5,
    isPossible: canMount,
    run: noInodes,
  },
  {
    name: "read-only",
    about: "a file system that becomes read-only while a command works",
    weight: 5,
    isPossible: canMount,
    run: readOnly,
  },
  {
    name: "failing-disk",
    about: "a disk (ext4) that fails while a command works, and is checked and mounted again",
    weight: 5,
    isPossible: canMountImages,
    run: failingDisk,
  },
  {
    name: "denied",
    about: "files and folders without permission to read, write or enter (`EACCES`)",
    weight: 6,
    isPossible: ANYWHERE,
    run: denied,
  },
  {
    name: "file-size",
    about: "a command that may write no file larger than some kilobytes (`RLIMIT_FSIZE`)",
    weight: 5,
    isPossible: hasPrlimit,
    run: limited(
      ({ random }) => `--fsize=${random.pick([0, 1024, 8192, 32_768, 65_536, 131_072, 400_000])}`,
      false,
    ),
  },
  {
    name: "descriptors",
    about:
      "a command that may open few files at once (`RLIMIT_NOFILE`); below what the runtime needs only what it leaves is judged",
    weight: 4,
    isPossible: hasPrlimit,
    run: limited(({ random }) => `--nofile=${random.between(8, 64)}`, true),
  },
  {
    name: "memory",
    about:
      "a command with little address space (`RLIMIT_AS`); what the runtime says is its own, what it leaves is judged",
    weight: 4,
    isPossible: hasPrlimit,
    run: limited(({ random }) => `--as=${random.between(1, 120) * 1_000_000_000}`, true),
  },
];

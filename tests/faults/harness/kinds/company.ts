/** Many at once: commands, doctors, projects on one cache; files that change while they are read; services that end. */

import { Database } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE, GRAPH } from "../../../helpers/project-files.ts";
import { compareRows, differing, observe } from "../graph-state.ts";
import { canMount, mount } from "../mounts.ts";
import { markedProcesses } from "../processes.ts";
import type { Vault } from "../vault.ts";
import { World } from "../world.ts";
import { anyCommand, anyReader, anyWriter, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

async function storm(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  if (!random.oneIn(3)) world.write(vault.new);
  const running = Array.from({ length: random.between(4, 9) }, () => {
    const command = perhapsJson(random, anyCommand(random, world));
    return world.start(command);
  });
  if (random.oneIn(2)) {
    await sleep(random.between(0, 1500));
    random.pick(running).signal("SIGKILL");
  }
  for (const one of running) world.judge(await one.ended, one.sent);
}

async function twoDoctors(world: World): Promise<void> {
  const { random } = world;
  world.isDamaged = true;
  mkdirSync(world.join(".amalfa/runtime"), { recursive: true });
  writeFileSync(world.join(".amalfa/runtime/daemon.pid"), "");
  writeFileSync(world.join(".amalfa/old.tmp"), "x");
  utimesSync(world.join(".amalfa/old.tmp"), 0, 0);
  if (random.oneIn(2)) writeFileSync(world.join(CACHE), "noise, and no database");
  if (random.oneIn(2)) writeFileSync(world.join(".amalfa/runtime/maintenance.lock"), "no lock");
  const running = Array.from({ length: random.between(2, 4) }, () =>
    world.start(["doctor", "--fix", "--json"]),
  );
  if (random.oneIn(3)) running.push(world.start(["init", "--json"]));
  for (const one of running) world.judge(await one.ended, one.sent);
}

async function sharedCache(world: World, vault: Vault): Promise<void> {
  const { random, lab } = world;
  const place = lab.newFolder("shared");
  const settings = JSON.stringify({ cache: { path: `${place}/vectors.sqlite` } });
  const others = await Promise.all(
    [1, 2].map(() => World.create(lab, random, { size: "small", model: world.model })),
  );
  const all = [world, ...others];
  for (const each of all) writeFileSync(each.join("amalfa.settings.json"), settings);
  const killed = new Set<World>();
  const running = all.flatMap((each) => {
    if (each === world) each.write(vault.new);
    return [["init", "--force"], anyWriter(random)].map((command) => ({ each, one: each.start(command) }));
  });
  if (random.oneIn(2)) {
    await sleep(random.between(0, 2000));
    const { each, one } = random.pick(running);
    one.signal("SIGKILL");
    killed.add(each);
  }
  for (const { each, one } of running) each.judge(await one.ended, one.sent);
  for (const other of others) {
    await other.run(["init", "--json"]);
    const expected = await lab.expected(other.documents, other.model);
    const { rows, faults } = observe(other.join(GRAPH));
    for (const fault of faults) other.fault(fault);
    if (rows === undefined) other.fault("a project on a shared cache has no graph");
    else if (compareRows(rows, expected) !== "same") {
      other.fault(`a project on a shared cache differs in ${differing(rows, expected)}`);
    }
    world.faults.push(...other.faults);
    rmSync(other.root, { recursive: true });
  }
  world.undo.push(() => rmSync(place, { recursive: true, force: true }));
}

/** Files change, appear, vanish, lose their permission, and a folder is mounted over, while a command reads them. */
async function movingFiles(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.isBetweenStates = true;
  if (!random.oneIn(3)) world.before = [];
  const running = world.start([
    ...random.pick([["init"], ["init", "--force"], ["rebuild"], ["search", "soil"]]),
    "--json",
  ]);
  const paths = [...vault.new.keys()];
  while (running.isRunning) {
    move(world, random.pick(paths));
    await sleep(random.between(0, 25));
  }
  const ended = await running.ended;
  world.judge(ended, running.sent);
  settle(world, vault);
}

function move(world: World, path: string): void {
  const { random } = world;
  const file = world.join(path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    const action = random.between(1, 7);
    if (action <= 2) writeFileSync(file, `# Half written ${random.between(0, 999)}\n\nsoil`);
    else if (action === 3) rmSync(file, { recursive: true, force: true });
    else if (action === 4) chmodSync(file, 0);
    else if (action === 5) renameSync(file, `${file}.moved.md`);
    else if (action === 6 && canMount()) {
      mount("-t", "tmpfs", "none", world.join("soil"));
      Bun.spawnSync(["umount", "-l", world.join("soil")]);
    } else if (action === 7) {
      rmSync(file, { force: true });
      mkdirSync(file);
    }
  } catch {
    // Another one was faster: the folder is a file by now, or gone.
  }
}

function settle(world: World, vault: Vault): void {
  for (const name of world.files(".").filter((file) => file.endsWith(".md") && !file.startsWith(".amalfa"))) {
    rmSync(world.join(name), { force: true });
  }
  for (const path of [...vault.old.keys(), ...vault.new.keys()]) {
    rmSync(world.join(path), { recursive: true, force: true });
  }
  world.write(vault.new);
}

/** Times of files and rows that cannot be. */
async function clocks(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.write(vault.new);
  const times = [0, 1, 86_400, 2 ** 31 - 1, 4_102_444_800, Date.now() / 1000 + 86_400];
  for (const path of world.documents.keys()) {
    if (random.oneIn(2)) utimesSync(world.join(path), random.pick(times), random.pick(times));
  }
  for (const path of world.files(".amalfa")) {
    if (random.oneIn(3)) utimesSync(world.join(path), random.pick(times), random.pick(times));
  }
  {
    using db = new Database(world.join(CACHE), { readwrite: true });
    const stamp = random.pick([0, -1, 1, Date.now() + 1e12, 9_007_199_254_740_991]);
    world.note(`stamps ${stamp}`);
    db.run("UPDATE cache SET last_used = ? WHERE rowid % 2 = 0", [stamp]);
  }
  for (let count = random.between(1, 3); count > 0; count--) {
    await world.run(perhapsJson(random, random.oneIn(2) ? anyWriter(random) : anyReader(random, world)));
  }
}

async function services(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.hasServices = true;
  world.isBetweenStates = true;
  const started = random.oneIn(3) ? ["watcher", "vector"] : [random.pick(["watcher", "vector"])];
  for (const service of started) await world.run([service, "start", "--json"]);
  for (let times = random.between(1, 3); times > 0; times--) await disturb(world, vault);
}

async function disturb(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  const running = markedProcesses(world.mark).filter(({ command }) => / run$/.test(command));
  const action = random.between(1, 7);
  const pidFiles = world.files(".amalfa/runtime").filter((path) => path.endsWith(".pid"));
  if (action === 1 && running.length > 0) signal(world, random.pick(running).pid, "SIGKILL");
  else if (action === 2 && running.length > 0) signal(world, random.pick(running).pid, "SIGSTOP");
  else if (action === 3 && running.length > 0) signal(world, random.pick(running).pid, "SIGTERM");
  else if (action === 4 && pidFiles.length > 0) rmSync(world.join(random.pick(pidFiles)));
  else if (action === 5 && pidFiles.length > 0)
    writeFileSync(world.join(random.pick(pidFiles)), random.pick(["", "0\n", "1\n", "noise"]));
  else if (action === 6) await world.run([...anyWriter(random), "--json"]);
  else world.write(world.documents === vault.old ? vault.new : vault.old);
  world.note(`disturbed ${action}`);
  if (random.oneIn(2)) await world.run(["servers", "--json"]);
}

function signal(world: World, pid: number, name: NodeJS.Signals): void {
  world.note(`${name} to a service`);
  if (existsSync(`/proc/${pid}`)) process.kill(pid, name);
}

export const COMPANY: readonly Kind[] = [
  {
    name: "storm",
    about: "four to nine commands at once, one of them perhaps killed",
    weight: 6,
    isPossible: ANYWHERE,
    run: storm,
  },
  {
    name: "two-doctors",
    about: "two to four `doctor --fix` at once on a project with something to mend",
    weight: 4,
    isPossible: ANYWHERE,
    run: twoDoctors,
  },
  {
    name: "shared-cache",
    about: "three projects at work on one vector cache, one of them perhaps killed",
    weight: 4,
    isPossible: ANYWHERE,
    run: sharedCache,
  },
  {
    name: "moving-files",
    about:
      "documents that change, appear, vanish, become folders or are mounted over while a command reads them",
    weight: 8,
    isPossible: ANYWHERE,
    run: movingFiles,
  },
  {
    name: "clocks",
    about: "times of files and of cached vectors that lie in the past, before 1970 or far in the future",
    weight: 5,
    isPossible: ANYWHERE,
    run: clocks,
  },
  {
    name: "services",
    about: "services that are killed, stopped, lose their PID file or find garbage in it, while files change",
    weight: 8,
    isPossible: () => process.platform === "linux",
    run: services,
  },
];

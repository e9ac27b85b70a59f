/** Bytes of the files of `.amalfa` that become others. */
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { Random } from "../../../helpers/random.ts";
import type { World } from "../world.ts";
import { anyReader, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

type Damage = (random: Random, path: string, bytes: Buffer) => void;

const DAMAGES: Readonly<Record<string, Damage>> = {
  "bits flipped": (random, path, bytes) => {
    if (bytes.length === 0) return;
    for (let times = random.between(1, 8); times > 0; times--) {
      const place = random.between(0, bytes.length - 1);
      bytes[place] = bytes[place]! ^ (1 << random.between(0, 7));
    }
    writeFileSync(path, bytes);
  },
  "a stretch zeroed": (random, path, bytes) => {
    const from = random.between(0, bytes.length);
    writeFileSync(path, bytes.fill(0, from, from + random.pick([16, 512, 4096, 16_384])));
  },
  "a stretch of noise": (random, path, bytes) => {
    const from = random.between(0, bytes.length);
    const to = Math.min(bytes.length, from + random.pick([16, 512, 4096]));
    for (let place = from; place < to; place++) bytes[place] = random.between(0, 255);
    writeFileSync(path, bytes);
  },
  "cut off": (random, path, bytes) => truncateSync(path, random.between(0, bytes.length)),
  "cut at a page": (random, path, bytes) => truncateSync(path, 4096 * random.between(0, bytes.length >> 12)),
  emptied: (_random, path) => truncateSync(path, 0),
  "noise at its end": (random, path) =>
    appendFileSync(
      path,
      Uint8Array.from({ length: random.between(1, 9000) }, () => random.between(0, 255)),
    ),
  gone: (_random, path) => rmSync(path),
  "a folder instead": (_random, path) => {
    rmSync(path);
    mkdirSync(path);
  },
  "text instead": (_random, path) => writeFileSync(path, "12345\n{}\n"),
};

/** Files that a command or service writes now and then, so that there is something to damage. */
async function dress(world: World): Promise<void> {
  const { random } = world;
  const runtime = world.join(".amalfa/runtime");
  if (random.oneIn(2)) return;
  world.note("with PID files and logs");
  mkdirSync(runtime, { recursive: true });
  mkdirSync(world.join(".amalfa/logs"), { recursive: true });
  writeFileSync(
    world.join(".amalfa/runtime/daemon.pid"),
    `${random.between(2, 99_999)}\n{"service":"watcher"}\n`,
  );
  writeFileSync(world.join(".amalfa/logs/watcher.log"), "2026-01-01T00:00:00.000Z started\n".repeat(20));
  writeFileSync(world.join(".amalfa/runtime/maintenance.lock.holder"), '{"pid":1,"command":"init"}\n');
}

async function damageFile(world: World): Promise<void> {
  const { random } = world;
  await dress(world);
  world.isDamaged = true;
  const files = [...world.files(".amalfa"), "amalfa.settings.json"];
  const weighty = files.filter((path) => /resonance\.db$|vector_cache\.sqlite$/.test(path));
  for (let times = random.between(1, 2); times > 0; times--) {
    const path = random.pick(random.oneIn(2) ? weighty : files);
    const name = random.pick(Object.keys(DAMAGES));
    world.note(`${path}: ${name}`);
    try {
      DAMAGES[name]!(random, world.join(path), world.bytes(path));
    } catch {
      // The first damage has taken it away.
    }
  }
  world.relieve = () => {
    rmSync(world.join("amalfa.settings.json"), { recursive: true, force: true });
    writeFileSync(world.join("amalfa.settings.json"), "{}\n");
  };
  for (let times = random.between(0, 3); times > 0; times--) {
    await world.run(perhapsJson(random, anyReader(random, world)));
  }
}

export const BYTES: readonly Kind[] = [
  {
    name: "bytes",
    about:
      "a file of `.amalfa` (graph, cache, their logs, lock, PID files, logs) or the settings: bits flipped, a stretch zeroed or noise, cut off, emptied, something added, gone, another thing in its place",
    weight: 22,
    isPossible: ANYWHERE,
    run: damageFile,
  },
];

/** Write-ahead logs as a loss of power leaves them: cut anywhere, without their index, beside an older file. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { CACHE, GRAPH } from "../../../helpers/project-files.ts";
import type { Vault } from "../vault.ts";
import type { World } from "../world.ts";
import { anyReader, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

/**
 * An ingest whose log is not folded in, because somebody reads: the files are put back as they were while it was so.
 * Returns the graph's file as it was before the ingest.
 */
async function ingestIntoLog(world: World, vault: Vault): Promise<Map<string, Buffer>> {
  const before = new Map([GRAPH, CACHE].map((path) => [path, readFileSync(world.join(path))]));
  const kept = new Map<string, Buffer>();
  {
    using graph = new Database(world.join(GRAPH), { readonly: true });
    using cache = new Database(world.join(CACHE), { readonly: true });
    graph.run("BEGIN");
    graph.query("SELECT count(*) FROM nodes").get();
    cache.query("SELECT count(*) FROM cache").get();
    world.write(vault.new);
    await world.run([world.random.oneIn(2) ? "init" : "rebuild"]);
    for (const path of [GRAPH, CACHE].flatMap((name) => [name, `${name}-wal`, `${name}-shm`])) {
      if (existsSync(world.join(path))) kept.set(path, readFileSync(world.join(path)));
    }
  }
  for (const path of [GRAPH, CACHE]) {
    for (const end of ["", "-wal", "-shm"]) {
      const bytes = kept.get(path + end);
      if (bytes === undefined) rmSync(world.join(path + end), { force: true });
      else writeFileSync(world.join(path + end), bytes);
    }
  }
  return before;
}

async function perhapsAsk(world: World): Promise<void> {
  const { random } = world;
  for (let times = random.between(0, 2); times > 0; times--) {
    await world.run(perhapsJson(random, anyReader(random, world)));
  }
}

async function cutLog(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  await ingestIntoLog(world, vault);
  for (const path of random.oneIn(2) ? [GRAPH] : [GRAPH, CACHE]) {
    const log = world.join(`${path}-wal`);
    if (!existsSync(log)) continue;
    const bytes = readFileSync(log);
    const place = random.between(0, bytes.length);
    const how = random.pick(["cut", "cut", "noise from there on", "whole"]);
    world.note(`${path}-wal: ${how} at ${place} of ${bytes.length}`);
    if (how === "cut") truncateSync(log, place);
    else if (how !== "whole") writeFileSync(log, bytes.fill(random.between(0, 255), place));
    // With a changed log its index tells of frames that there are no more: after a loss of power it is gone or noise.
    if (random.oneIn(4))
      writeFileSync(world.join(`${path}-shm`), Buffer.alloc(32_768, random.between(0, 255)));
    else rmSync(world.join(`${path}-shm`), { force: true });
  }
  await perhapsAsk(world);
}

async function olderFile(world: World, vault: Vault): Promise<void> {
  world.isDamaged = true;
  const before = await ingestIntoLog(world, vault);
  // A second ingest, so that the log starts from a file that is not the older one.
  await world.run(["init", "--force"]);
  const later = new Map(before);
  world.write(vault.old);
  const kept = await ingestIntoLogAgain(world);
  for (const [path, bytes] of later) writeFileSync(world.join(path), bytes);
  for (const [path, bytes] of kept) writeFileSync(world.join(path), bytes);
  for (const path of [GRAPH, CACHE])
    if (world.random.oneIn(2)) rmSync(world.join(`${path}-shm`), { force: true });
  world.note("an older file with a newer log");
  await perhapsAsk(world);
}

async function ingestIntoLogAgain(world: World): Promise<Map<string, Buffer>> {
  const logs = new Map<string, Buffer>();
  using graph = new Database(world.join(GRAPH), { readonly: true });
  graph.run("BEGIN");
  graph.query("SELECT count(*) FROM nodes").get();
  await world.run(["init"]);
  for (const path of [`${GRAPH}-wal`, `${GRAPH}-shm`]) {
    const copy = `${world.join(path)}.copy`;
    if (!existsSync(world.join(path))) continue;
    copyFileSync(world.join(path), copy);
    logs.set(path, readFileSync(copy));
    rmSync(copy);
  }
  return logs;
}

export const LOGS: readonly Kind[] = [
  {
    name: "log-cut",
    about: "the write-ahead log of an ingest cut anywhere or noise from there on, its index gone or noise",
    weight: 8,
    isPossible: ANYWHERE,
    run: cutLog,
  },
  {
    name: "older-file",
    about: "an older graph and cache beside a newer log",
    weight: 4,
    isPossible: ANYWHERE,
    run: olderFile,
  },
];
